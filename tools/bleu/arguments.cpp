#include "tools/bleu/arguments.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tools/cli/validators.h"

namespace transept::tools {
namespace {

struct ShortFlag {
  std::string_view flag, long_flag;
};
constexpr std::array<ShortFlag, 19> kShortFlags = {{
    {"-nr", "--num-refs"},        {"-sl", "--sentence-level"}, {"-sv", "--smooth-value"},
    {"-tok", "--tokenize"},       {"-lc", "--lowercase"},      {"-cc", "--chrf-char-order"},
    {"-cw", "--chrf-word-order"}, {"-ci", "--confidence"},     {"-cin", "--confidence-n"},
    {"-par", "--paired-ar"},      {"-pbs", "--paired-bs"},     {"-parn", "--paired-ar-n"},
    {"-pbsn", "--paired-bs-n"},   {"-sh", "--short"},          {"-nc", "--no-color"},
    {"-ol", "--origlang"},        {"-q", "--quiet"},           {"-t", "--test-set"},
    {"-V", "--version"},
}};

constexpr std::array<std::string_view, 3> kFormats = {"json", "text", "latex"};

// The one flag of `app` that is `flag` or begins with it; `flag` itself where there is none or
// several.
std::string completed(const CLI::App& app, const std::string& flag) {
  std::string found;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const std::string candidate = "--" + name;
      if (candidate == flag) return flag;
      if (!candidate.starts_with(flag)) continue;
      if (!found.empty()) return flag;
      found = candidate;
    }
  }
  return found.empty() ? flag : found;
}

std::string expanded(const CLI::App& app, const std::string& flag) {
  for (const auto& [short_flag, long_flag] : kShortFlags) {
    if (flag == short_flag) return std::string(long_flag);
  }
  return flag.size() > 2 && flag.starts_with("--") ? completed(app, flag) : flag;
}

}  // namespace

void add_bleu_flags(CLI::App& app, BleuArguments& a) {
  const char* const input = "What to score";
  app.add_option("references", a.references, "Reference files, in front of -i")
      ->check(some_path())
      ->type_name("FILE")
      ->group(input);
  app.add_option("-i,--input", a.systems,
                 "Files to score, one a system [standard input, systems separated by tabs]")
      ->configurable(false)
      ->check(some_path())
      ->type_name("FILE")
      ->group(input);
  app.add_option("--num-refs", a.reference_columns,
                 "-nr: references in the one file given, separated by tabs [1]")
      ->check(whole_number_between(1, 1000))
      ->type_name("N")
      ->group(input);
  app.add_option("-m,--metrics", a.metrics, "bleu, chrf, ter: one or more [bleu]")
      ->delimiter(',')
      ->check(one_of({"bleu", "chrf", "ter"}))
      ->type_name("METRIC")
      ->group(input);
  app.add_flag("--sentence-level", a.sentence_level, "-sl: a score for each line")->group(input);
  app.add_option("-l,--language-pair", a.language_pair,
                 "Such as en-zh: chooses the tokenizer of BLEU")
      ->type_name("PAIR")
      ->group(input);
  app.add_option("-e,--encoding", a.encoding, "Encoding of the files [utf-8, the only one]")
      ->check(CLI::IsMember({"utf-8", "utf8"}, CLI::ignore_case).description(""))
      ->type_name("NAME")
      ->group(input);
  // sacreBLEU's own test sets: known, so that the answer can be that there are none here.
  for (const char* name : {"--test-set", "--origlang", "--subset", "--download", "--echo"}) {
    app.add_option_function<std::string>(name,
                                         [&a](const std::string&) { a.wants_test_set = true; })
        ->configurable(false)
        ->group("");
  }
  for (const char* name : {"--list", "--citation,--cite"}) {
    app.add_flag(name, a.wants_test_set)->configurable(false)->group("");
  }

  const char* const bleu = "BLEU";
  app.add_option("--tokenize", a.tokenizer,
                 "-tok: 13a, intl, zh, char, none, ja-mecab, ko-mecab, flores101, flores200, "
                 "spBLEU-1K or spm "
                 "[by target language, else 13a]")
      ->check(one_of({"13a", "intl", "zh", "char", "none", "ja-mecab", "ko-mecab", "flores101",
                      "flores200", "spBLEU-1K", "spm"}))
      ->type_name("NAME")
      ->group(bleu);
  app.add_option("--spm-model", a.spm_model,
                 "SentencePiece model of flores101, flores200, spBLEU-1K and spm [where sacreBLEU "
                 "keeps it]")
      ->check(some_path())
      ->type_name("FILE")
      ->group(bleu);
  app.add_option("-s,--smooth-method", a.smoothing, "exp, floor, add-k or none [exp]")
      ->check(one_of({"exp", "floor", "add-k", "none"}))
      ->type_name("HOW")
      ->group(bleu);
  app.add_option("--smooth-value", a.bleu.smooth_value, "-sv: of floor [0.1] and add-k [1]")
      ->check(number())
      ->type_name("X")
      ->group(bleu);
  app.add_flag("--lowercase", a.bleu.lowercase, "-lc: ignore case")->group(bleu);
  app.add_flag("--force", a.force, "Do not warn about tokenized text")->group(bleu);

  const char* const chrf = "chrF";
  app.add_option("--chrf-char-order", a.chrf.char_order, "-cc: longest n-gram of characters [6]")
      ->check(whole_number_between(0, 100))
      ->type_name("N")
      ->group(chrf);
  app.add_option("--chrf-word-order", a.chrf.word_order, "-cw: of words; 2 is chrF++ [0]")
      ->check(whole_number_between(0, 100))
      ->type_name("N")
      ->group(chrf);
  app.add_option("--chrf-beta", a.chrf.beta, "Weight of recall [2]")
      ->check(whole_number())
      ->type_name("N")
      ->group(chrf);
  app.add_flag("--chrf-whitespace", a.chrf.whitespace, "White space counts")->group(chrf);
  app.add_flag("--chrf-lowercase", a.chrf.lowercase, "Ignore case")->group(chrf);
  app.add_flag("--chrf-eps-smoothing", a.chrf.eps_smoothing,
               "Mean over all orders, as chrF++.py, NLTK and Moses")
      ->group(chrf);

  const char* const ter = "TER";
  app.add_flag("--ter-case-sensitive", a.ter.case_sensitive, "Mind case")->group(ter);
  app.add_flag("--ter-normalized", a.ter.normalized, "Split punctuation, decode XML escapes")
      ->group(ter);
  app.add_flag("--ter-no-punct", a.ter.no_punct, "Remove punctuation")->group(ter);
  app.add_flag("--ter-asian-support", a.ter.asian_support,
               "The two above also for Chinese and Japanese")
      ->group(ter);

  const char* const tests = "Significance";
  app.add_flag("--confidence", a.confidence, "-ci: 95% intervals by bootstrap resampling")
      ->group(tests);
  app.add_option("--confidence-n", a.confidence_resamples, "-cin: resamples [1000]")
      ->check(whole_number())
      ->type_name("N")
      ->group(tests);
  app.add_flag("--paired-bs", a.paired_bootstrap,
               "-pbs: compare with the first system by bootstrap resampling")
      ->group(tests);
  app.add_option("--paired-bs-n", a.bootstrap_resamples, "-pbsn: resamples [1000]")
      ->check(whole_number())
      ->type_name("N")
      ->group(tests);
  app.add_flag("--paired-ar", a.paired_randomization,
               "-par: compare with the first system by approximate randomization")
      ->group(tests);
  app.add_option("--paired-ar-n", a.randomization_trials, "-parn: trials [10000]")
      ->check(whole_number())
      ->type_name("N")
      ->group(tests);
  app.add_option("-j,--paired-jobs", a.jobs)->check(whole_number())->group("");

  const char* const output = "Output";
  app.add_option("-f,--format", a.format, "json, text or latex (latex for several systems) [json]")
      ->check(one_of({kFormats.begin(), kFormats.end()}))
      ->type_name("FORM")
      ->group(output);
  app.add_flag("-b,--score-only", a.score_only, "Only the score")->group(output);
  app.add_option("-w,--width", a.decimals, "Decimals [1]")
      ->check(whole_number_between(0, 300))
      ->type_name("N")
      ->group(output);
  app.add_flag("--short", a.short_signature, "-sh: short signature")->group(output);
  app.add_flag("-d,--detail", a.detail)->group("");
  app.add_flag("--no-color", a.no_color, "-nc: no colours")->group(output);
}

std::vector<std::string> expand_bleu_flags(const CLI::App& app,
                                           std::vector<std::string> arguments) {
  for (std::string& argument : arguments) {
    if (argument == "--") break;  // only files follow
    const std::size_t equals = argument.find('=');
    argument.replace(0, equals, expanded(app, argument.substr(0, equals)));
  }
  return arguments;
}

std::vector<std::string> bleu_short_flags() {
  std::vector<std::string> flags;
  for (const ShortFlag& flag : kShortFlags) flags.emplace_back(flag.flag);
  return flags;
}

bool is_bleu_format(std::string_view name) {
  return std::find(kFormats.begin(), kFormats.end(), name) != kFormats.end();
}

}  // namespace transept::tools
