#include "tools/bleu/arguments.h"

#include <array>
#include <string_view>
#include <utility>

namespace transept::tools {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kShortFlags = {{
    {"-nr", "--num-refs"},
    {"-sl", "--sentence-level"},
    {"-sv", "--smooth-value"},
    {"-tok", "--tokenize"},
    {"-lc", "--lowercase"},
    {"-cc", "--chrf-char-order"},
    {"-cw", "--chrf-word-order"},
    {"-ci", "--confidence"},
    {"-cin", "--confidence-n"},
    {"-par", "--paired-ar"},
    {"-pbs", "--paired-bs"},
    {"-parn", "--paired-ar-n"},
    {"-pbsn", "--paired-bs-n"},
    {"-sh", "--short"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kRenamedFlags = {{
    {"-nc", "--no-color"},
    {"-q", "--quiet"},
    {"-V", "--version"},
}};

std::string_view expanded(std::string_view flag) {
  for (const auto& [from, to] : kShortFlags) {
    if (flag == from) return to;
  }
  for (const auto& [from, to] : kRenamedFlags) {
    if (flag == from) return to;
  }
  return flag;
}

}  // namespace

void add_bleu_flags(CLI::App& app, BleuArguments& a) {
  app.add_option("references", a.references, "Reference files, in front of -i")->type_name("FILE");
  app.add_option("-i,--input", a.systems, "Files to score (default: standard input)")
      ->type_name("FILE");
  app.add_option("--num-refs", a.reference_columns,
                 "-nr: references in the one file given, separated by tabs")
      ->check(CLI::PositiveNumber);
  app.add_option("-m,--metrics", a.metrics, "bleu, chrf, ter: one or more")
      ->type_name("METRIC")
      ->check(CLI::IsMember({"bleu", "chrf", "ter"}));
  app.add_flag("--sentence-level", a.sentence_level, "-sl: a score for each line");
  app.add_option("-l,--language-pair", a.language_pair, "such as en-zh: chooses the tokenizer");
  app.add_option("-e,--encoding", a.encoding, "Encoding of the files: utf-8")
      ->check(CLI::IsMember({"utf-8", "utf8"}, CLI::ignore_case));
  app.add_option("-t,--test-set", a.test_set)->group("");

  const std::string bleu = "BLEU";
  app.add_option("-s,--smooth-method", a.smoothing, "exp, floor, add-k or none")
      ->check(CLI::IsMember({"exp", "floor", "add-k", "none"}))
      ->capture_default_str()
      ->group(bleu);
  app.add_option("--smooth-value", a.bleu.smooth_value,
                 "-sv: of floor (default 0.1) and add-k (default 1)")
      ->group(bleu);
  app.add_option("--tokenize", a.tokenizer,
                 "-tok: 13a, intl, zh, char, none, ja-mecab, flores101, flores200 or spm (default: by "
                 "target language, else 13a)")
      ->check(CLI::IsMember({"none", "zh", "13a", "intl", "char", "ja-mecab", "spm", "flores101",
                             "flores200"}))
      ->group(bleu);
  app.add_option("--tokenizer-model", a.tokenizer_model,
                 "SentencePiece model of flores101, flores200 and spm")
      ->type_name("FILE")
      ->group(bleu);
  app.add_flag("--lowercase", a.bleu.lowercase, "-lc: ignore case")->group(bleu);
  app.add_flag("--force", a.force, "Do not warn about tokenized text")->group(bleu);

  const std::string chrf = "chrF";
  app.add_option("--chrf-char-order", a.chrf.char_order, "-cc: longest n-gram of characters")
      ->capture_default_str()
      ->group(chrf);
  app.add_option("--chrf-word-order", a.chrf.word_order, "-cw: of words; 2 is chrF++")
      ->capture_default_str()
      ->group(chrf);
  app.add_option("--chrf-beta", a.chrf.beta, "Weight of recall")->capture_default_str()->group(chrf);
  app.add_flag("--chrf-whitespace", a.chrf.whitespace, "White space counts")->group(chrf);
  app.add_flag("--chrf-lowercase", a.chrf.lowercase, "Ignore case")->group(chrf);
  app.add_flag("--chrf-eps-smoothing", a.chrf.eps_smoothing,
               "Mean over all orders, as chrF++.py, NLTK and Moses")
      ->group(chrf);

  const std::string ter = "TER";
  app.add_flag("--ter-case-sensitive", a.ter.case_sensitive, "Mind case")->group(ter);
  app.add_flag("--ter-asian-support", a.ter.asian_support, "The next two also for Chinese, Japanese")
      ->group(ter);
  app.add_flag("--ter-no-punct", a.ter.no_punct, "Remove punctuation")->group(ter);
  app.add_flag("--ter-normalized", a.ter.normalized, "Split punctuation, decode XML escapes")
      ->group(ter);

  const std::string tests = "Significance";
  app.add_flag("--confidence", a.confidence, "-ci: 95% intervals by bootstrap resampling")->group(tests);
  app.add_option("--confidence-n", a.confidence_resamples, "-cin: resamples")
      ->capture_default_str()
      ->group(tests);
  CLI::Option* const randomization =
      app.add_flag("--paired-ar", a.paired_randomization,
                   "-par: compare with the first system by approximate randomization")
          ->group(tests);
  app.add_flag("--paired-bs", a.paired_bootstrap,
               "-pbs: compare with the first system by bootstrap resampling")
      ->excludes(randomization)
      ->group(tests);
  app.add_option("--paired-ar-n", a.randomization_trials, "-parn: trials")
      ->capture_default_str()
      ->group(tests);
  app.add_option("--paired-bs-n", a.bootstrap_resamples, "-pbsn: resamples")
      ->capture_default_str()
      ->group(tests);
  app.add_option("-j,--paired-jobs", a.jobs)->group("");

  const std::string output = "Output";
  app.add_flag("--short", a.short_signature, "-sh: short signature")->group(output);
  app.add_flag("-b,--score-only", a.score_only, "Only the score")->group(output);
  app.add_option("-w,--width", a.decimals, "Decimals")
      ->check(CLI::Range(0, 300))
      ->capture_default_str()
      ->group(output);
  app.add_flag("-d,--detail", a.detail)->group("");
  app.add_flag("--no-color", a.no_color, "-nc: no colours")->group(output);
  app.add_option("-f,--format", a.format, "json, text or latex (latex for several systems)")
      ->check(CLI::IsMember({"json", "text", "latex"}))
      ->capture_default_str()
      ->group(output);
}

std::vector<std::string> expand_bleu_flags(std::vector<std::string> arguments) {
  for (std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const std::string_view flag = std::string_view(argument).substr(0, equals);
    const std::string_view long_flag = expanded(flag);
    if (long_flag != flag) {
      argument = std::string(long_flag) +
                 (equals == std::string::npos ? std::string() : argument.substr(equals));
    }
  }
  return arguments;
}

}  // namespace transept::tools
