#include "tools/translate_flags.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "tools/line_input.h"
#include "tools/validators.h"
#include "transept/status.h"

namespace transept::tools {
namespace {

// The value of an option with a fixed set of words; the parser lets only these through.
template <class T, std::size_t N>
T choice(const std::string& word, const std::pair<const char*, T> (&choices)[N]) {
  for (const auto& [name, value] : choices) {
    if (word == name) return value;
  }
  return choices[0].second;
}

// What --alignments may be. At 1 and above no pair could be left.
CLI::Validator alignments_form() {
  return CLI::Validator(
      [](std::string& word) -> std::string {
        if (word == "hard" || word == "soft") return "";
        float threshold = -1.0f;
        const char* const end_of_word = word.data() + word.size();
        const auto [end, error] = std::from_chars(word.data(), end_of_word, threshold);
        const bool good =
            error == std::errc() && end == end_of_word && threshold >= 0.0f && threshold < 1.0f;
        return good ? "" : word + " is not hard, soft or a number from 0 to below 1";
      },
      "");
}

Status no_token(const std::string& token) {
  return Status(Code::kInvalidArgument, "the vocabulary has no token \"" + token + "\"");
}

// One sequence of target tokens, in the form of the input lines.
Result<std::vector<std::int32_t>> target_sequence(const std::string& text, InputForm form,
                                                  const Translator& translator) {
  if (form == InputForm::ids) return parse_ids(text);
  if (form == InputForm::text) return translator.encode_target(text);
  std::vector<std::int32_t> ids;
  for (const std::string& token : parse_tokens(text)) {
    ids.push_back(translator.target_id(token));
    if (ids.back() < 0) return no_token(token);
  }
  return ids;
}

Status add_bad_words(const std::string& text, const std::string& origin, InputForm form,
                     const Translator& translator, TranslateOptions& options) {
  Result<std::vector<std::int32_t>> ids = target_sequence(text, form, translator);
  if (!ids.ok()) return Status(Code::kInvalidArgument, origin + ": " + ids.status().message());
  if (ids->empty())
    return Status(Code::kInvalidArgument, origin + ": an empty sequence cannot be suppressed");
  options.words.bad_words.push_back(*std::move(ids));
  return Status();
}

Status read_bad_words(const std::string& path, InputForm form, const Translator& translator,
                      TranslateOptions& options) {
  Result<LineInput> file = LineInput::open(path);
  if (!file.ok()) return file.status();
  std::vector<std::string> lines;
  std::size_t number = 0;
  while (true) {
    const Result<bool> more = file->read(-1, lines);
    if (!more.ok()) return more.status();
    if (!*more) return Status();
    for (const std::string& line : lines) {
      ++number;
      if (line.empty()) continue;
      if (Status status = add_bad_words(line, path + ", line " + std::to_string(number), form,
                                        translator, options);
          !status.ok()) {
        return status;
      }
    }
  }
}

Result<std::int32_t> end_token(const std::string& token, InputForm form,
                               const Translator& translator) {
  if (form == InputForm::ids) {
    Result<std::vector<std::int32_t>> ids = parse_ids(token);
    if (ids.ok() && ids->size() == 1) return ids->front();
    return Status(Code::kInvalidArgument, "--end-token: \"" + token + "\" is not an id");
  }
  const std::int32_t id = translator.target_id(token);
  if (id < 0) return Status(Code::kInvalidArgument, "--end-token: " + no_token(token).message());
  return id;
}

}  // namespace

void add_translate_flags(CLI::App& app, TranslateFlags& flags) {
  const std::string io = "What to translate";
  // For the help; take_texts() is what finds them.
  app.add_option("TEXT", flags.texts, "A line each; without any: -i or standard input")->group(io);
  app.add_option("-m,--model", flags.model, "Model directory [en-de, which comes along]")
      ->check(some_path())
      ->type_name("PATH")
      ->group(io);
  app.add_option("-i,--input-file", flags.input_file, "Read lines from here [-: standard input]")
      ->check(some_path())
      ->type_name("FILE")
      ->group(io);
  app.add_option("-o,--output", flags.output_file,
                 "Write here when all is done; after an error what was done is in FILE.partial "
                 "[-: standard output, line by line]")
      ->check(some_path())
      ->type_name("FILE")
      ->group(io);
  app.add_option("--input", flags.input, "Lines are text, tokens or ids [text]")
      ->check(one_of({"text", "tokens", "ids"}))
      ->type_name("FORM")
      ->group(io);
  app.add_option("--format", flags.format, "text, jsonl or nbest (Moses) [text]")
      ->check(one_of({"text", "jsonl", "nbest"}))
      ->type_name("FORM")
      ->group(io);
  app.add_flag("--scores", flags.scores, "Text with its score and a tab in front")->group(io);
  app.add_option("--alignments", flags.alignments,
                 "Source-target pairs behind the text and |||, or in JSON: hard, above a "
                 "number; soft: all weights")
      ->check(alignments_form())
      ->type_name("HOW")
      ->group(io);
  app.add_flag("--attention", flags.attention, "The weights of all source tokens, with jsonl")
      ->group(io);
  app.add_option("--split", flags.split,
                 "A line becomes sentences; what is too long (long); none; auto: as suits the "
                 "model [auto]")
      ->check(one_of({"auto", "sentences", "long", "none"}))
      ->type_name("HOW")
      ->group(io);
  app.add_option("--from-text", flags.from_text,
                 "Language of the text, where sentences end: en, deu, de_DE, zh-Hans, ... [the "
                 "model's]")
      ->type_name("L")
      ->group(io);
  app.add_option(
         "--max-segment", flags.max_segment,
         "Tokens of what a line is cut into at most, where it must be [what is usual for the "
         "model]")
      ->check(whole_number())
      ->type_name("N")
      ->group(io);
  app.add_option("--truncate-input", flags.truncate_input, "Cut lines to N tokens [never]")
      ->check(whole_number())
      ->type_name("N")
      ->group(io);
  app.add_flag("--special-tokens", flags.special_tokens,
               "</s>, <pad> and the like in a text are these tokens, as transformers has it")
      ->group(io);
  app.add_option("--copy-unknown", flags.copy_unknown,
                 "Give text back that the vocabulary does not know: lines of nothing else; symbols "
                 "such as emojis, too; off; auto: lines [auto]")
      ->check(one_of({"auto", "off", "lines", "symbols"}))
      ->type_name("WHAT")
      ->group(io);
  // Known, so that the answer can say why it does not apply; listed once a model is told.
  app.add_option("--from", flags.from)->group("");
  app.add_option("--to", flags.to,
                 "Target language of a multilingual model: fra, fr, fra_Latn; inspect lists them")
      ->type_name("LANG")
      ->group(io);

  const std::string search = "Search (defaults: what the model says)";
  app.add_option("--beam", flags.beam, "Hypotheses kept; 1 is greedy")
      ->check(whole_number())
      ->type_name("N")
      ->group(search);
  app.add_option("--n-best", flags.n_best, "Hypotheses returned, with jsonl or nbest [1]")
      ->check(whole_number())
      ->type_name("N")
      ->group(search);
  app.add_flag("--n-best-repeats", flags.n_best_repeats,
               "Of split lines also hypotheses whose text is there already")
      ->group(search);
  app.add_option("--length-penalty", flags.length_penalty, "Score = sum / length^X")
      ->check(number())
      ->type_name("X")
      ->group(search);
  app.add_option("--early-stopping", flags.early_stopping, "false, true or never")
      ->check(one_of({"false", "true", "never"}))
      ->type_name("WHEN")
      ->group(search);
  app.add_option("--max-length", flags.max_length, "Generated tokens at most, end included")
      ->check(whole_number())
      ->type_name("N")
      ->group(search);
  app.add_option("--min-length", flags.min_length, "Generated tokens before the end token")
      ->check(whole_number())
      ->type_name("N")
      ->group(search);
  app.add_option("--loop-guard", flags.loop_guard,
                 "on or off: stop what repeats itself without end [on for text]")
      ->check(one_of({"on", "off"}))
      ->type_name("HOW")
      ->group(search);
  app.add_option("--rules", flags.rules, "auto or transformers: whose search it is [auto]")
      ->check(one_of({"auto", "transformers", "ctranslate2", "marian"}))
      ->type_name("RULES")
      ->group(search);

  const std::string words = "Words (sequences in the form of --input)";
  app.add_option("--repetition-penalty", flags.repetition_penalty,
                 "Above 1: used tokens become unlikely [1]")
      ->check(number())
      ->type_name("X")
      ->group(words);
  app.add_option("--no-repeat-ngram", flags.no_repeat_ngram,
                 "No N tokens in a row twice [0: allowed]")
      ->check(whole_number())
      ->type_name("N")
      ->group(words);
  app.add_option("--suppress", flags.suppress, "Never generate this; repeatable")
      ->type_name("SEQ")
      ->take_all()
      ->allow_extra_args(false)
      ->group(words);
  app.add_option("--bad-words", flags.bad_words, "Never generate these, a sequence a line")
      ->check(some_path())
      ->type_name("FILE")
      ->group(words);
  app.add_flag("--disable-unk", flags.disable_unk, "Never generate the unknown token")
      ->group(words);
  app.add_option("--end-token", flags.end_tokens, "Ends a translation; repeatable")
      ->type_name("TOK")
      ->take_all()
      ->allow_extra_args(false)
      ->group(words);
  app.add_option("--renormalize", flags.renormalize, "on or off: softmax again after all this")
      ->check(one_of({"on", "off"}))
      ->type_name("HOW")
      ->group(words);

  const std::string run = "How to run";
  app.add_option("--variant", flags.variant, "Of several exports: fp32, fp16, q8, ...")
      ->type_name("NAME")
      ->group(run);
  app.add_option("--compute", flags.compute,
                 "float32, bfloat16, int8, int4 (weights of 4 bits), or auto: int8 where most of "
                 "the file is, else float32 [auto]")
      ->check(one_of({"auto", "float32", "bfloat16", "int8", "int4"}))
      ->type_name("TYPE")
      ->group(run);
  app.add_option("--gemm", flags.gemm, "native or openblas [native]")
      ->check(one_of({"native", "openblas"}))
      ->type_name("WHOSE")
      ->group(run);
  app.add_option("--threads", flags.threads, "Threads [one a core]")
      ->check(whole_number())
      ->type_name("N")
      ->group(run);
  app.add_option("--batch-tokens", flags.batch_tokens, "Tokens at once, each thread [2048]")
      ->check(whole_number())
      ->type_name("N")
      ->group(run);
  app.add_option(
         "--cache", flags.cache,
         "Keep packed weights here: a large model then opens faster, and its processes share them")
      ->check(some_path())
      ->type_name("DIR")
      ->group(run);

  app.add_flag("--no-mmap", flags.no_mmap,
               "Read the model into memory: its files may then be overwritten while it is in use")
      ->group(run);

  const std::string shortlist =
      "Shortlist (less to compute: only likely target words, sentence by sentence)";
  app.add_option("--shortlist", flags.shortlist,
                 "Marian's lex.s2t, lex.s2t.gz or .bin; transept shortlist makes one")
      ->check(some_path())
      ->type_name("FILE")
      ->group(shortlist);
  app.add_option("--shortlist-first", flags.shortlist_first,
                 "The first N words are always in [100, or the .bin's own]")
      ->check(whole_number())
      ->type_name("N")
      ->group(shortlist);
  app.add_option("--shortlist-best", flags.shortlist_best,
                 "Of each source word the N likeliest [100]")
      ->check(whole_number())
      ->type_name("N")
      ->group(shortlist);
  app.add_option("--shortlist-threshold", flags.shortlist_threshold,
                 "... more likely than this [0]")
      ->check(number())
      ->type_name("X")
      ->group(shortlist);
}

std::optional<Failure> check_flags(const TranslateFlags& flags) {
  if (!flags.texts.empty() && !flags.input_file.empty()) {
    return Failure{kUsage, "texts on the command line and --input-file exclude each other"};
  }
  if (flags.rules == "ctranslate2" || flags.rules == "marian") {
    return Failure{kUsage,
                   "this version does not have --rules " + flags.rules + ", only transformers"};
  }
  if (flags.format == "text" && flags.n_best.value_or(1) > 1) {
    return Failure{
        kUsage,
        "--n-best above 1 needs --format jsonl or nbest: text has one line for each input line"};
  }
  if (flags.attention && flags.format != "jsonl") {
    return Failure{
        kUsage,
        "--attention needs --format jsonl; --alignments soft writes the same behind the text"};
  }
  if (!flags.to.empty() && flags.input == "ids") {
    return Failure{kUsage,
                   "--to is for text and tokens: ids of --input ids are complete, with the "
                   "language's own in front"};
  }
  for (const auto& [name, value] : {std::pair("--beam", flags.beam),
                                    {"--n-best", flags.n_best},
                                    {"--max-length", flags.max_length}}) {
    if (value == 0u) return Failure{kUsage, std::string(name) + " 0: at least 1 is needed"};
  }
  if (flags.max_segment == 0u) return Failure{kUsage, "--max-segment 0: at least 1 is needed"};
  if (flags.max_segment && flags.split == "none") {
    return Failure{kUsage, "--max-segment is about what is split, and --split none splits nothing"};
  }
  for (const auto& [name, given] : {std::pair("first", flags.shortlist_first.has_value()),
                                    {"best", flags.shortlist_best.has_value()},
                                    {"threshold", flags.shortlist_threshold.has_value()}}) {
    if (given && flags.shortlist.empty()) {
      return Failure{kUsage, std::string("--shortlist-") + name +
                                 " is about the file of --shortlist, which is missing"};
    }
  }
  return std::nullopt;
}

Compute compute_of(const std::string& word) {
  return choice<Compute>(word, {{"auto", Compute::automatic},
                                {"float32", Compute::float32},
                                {"bfloat16", Compute::bfloat16},
                                {"int8", Compute::int8},
                                {"int4", Compute::int4}});
}

InputForm input_form(const TranslateFlags& flags) {
  return choice<InputForm>(
      flags.input,
      {{"text", InputForm::text}, {"tokens", InputForm::tokens}, {"ids", InputForm::ids}});
}

AlignmentOptions alignment_options(const TranslateFlags& flags) {
  if (!flags.alignments) return {};
  if (*flags.alignments == "hard") return {.kind = Alignments::hard};
  if (*flags.alignments == "soft") return {.kind = Alignments::soft};
  AlignmentOptions options{.kind = Alignments::above};
  const std::string& number = *flags.alignments;
  std::from_chars(number.data(), number.data() + number.size(), options.threshold);
  return options;
}

FormatOptions format_options(const TranslateFlags& flags) {
  return {
      choice<Format>(flags.format,
                     {{"text", Format::text}, {"jsonl", Format::jsonl}, {"nbest", Format::nbest}}),
      flags.scores, alignment_options(flags), flags.attention};
}

OpenOptions open_options(const TranslateFlags& flags) {
  OpenOptions options;
  options.compute = compute_of(flags.compute);
  options.gemm = choice<Gemm>(flags.gemm, {{"native", Gemm::native}, {"openblas", Gemm::openblas}});
  options.variant = flags.variant;
  options.threads = flags.threads;
  options.batch_tokens = flags.batch_tokens;
  options.packed_cache = flags.cache;
  options.mapping = !flags.no_mmap;
  options.shortlist = {.file = flags.shortlist,
                       .first = flags.shortlist_first,
                       .best = flags.shortlist_best,
                       .threshold = flags.shortlist_threshold};
  return options;
}

Result<TranslateOptions> translate_options(const TranslateFlags& flags,
                                           const Translator& translator) {
  const InputForm form = input_form(flags);
  TranslateOptions options;
  options.search.rules = choice<Rules>(
      flags.rules, {{"auto", Rules::automatic}, {"transformers", Rules::transformers}});
  options.search.beam = flags.beam;
  options.search.n_best = flags.n_best;
  options.search.length_penalty = flags.length_penalty;
  if (flags.early_stopping) {
    options.search.early_stopping =
        choice<EarlyStopping>(*flags.early_stopping, {{"false", EarlyStopping::off},
                                                      {"true", EarlyStopping::on},
                                                      {"never", EarlyStopping::never}});
  }
  options.lengths.max_length = flags.max_length;
  options.lengths.min_length = flags.min_length;
  options.words.repetition_penalty = flags.repetition_penalty;
  options.words.no_repeat_ngram = flags.no_repeat_ngram;
  if (flags.renormalize) options.words.renormalize = *flags.renormalize == "on";
  if (flags.loop_guard) options.search.loop_guard = *flags.loop_guard == "on";
  options.words.disable_unk = flags.disable_unk;
  options.returns.scores = flags.scores || flags.format != "text";
  options.returns.attention = flags.attention || flags.alignments;
  options.returns.text_only = flags.format == "text" && !options.returns.attention;
  options.returns.n_best_repeats = flags.n_best_repeats;
  options.text.truncate_input = flags.truncate_input;
  options.text.max_segment = flags.max_segment.value_or(0);
  options.text.split = choice<Split>(flags.split, {{"auto", Split::automatic},
                                              {"sentences", Split::sentences},
                                              {"long", Split::long_lines},
                                              {"none", Split::none}});
  options.text.text_language = flags.from_text;
  options.text.special_tokens = flags.special_tokens;
  options.text.copy_unknown =
      choice<CopyUnknown>(flags.copy_unknown, {{"auto", CopyUnknown::automatic},
                                               {"off", CopyUnknown::off},
                                               {"lines", CopyUnknown::lines},
                                               {"symbols", CopyUnknown::symbols}});
  options.text.from = flags.from;
  options.text.to = flags.to;

  for (const std::string& sequence : flags.suppress) {
    if (Status status = add_bad_words(sequence, "--suppress", form, translator, options);
        !status.ok())
      return status;
  }
  if (!flags.bad_words.empty()) {
    if (Status status = read_bad_words(flags.bad_words, form, translator, options); !status.ok())
      return status;
  }
  for (const std::string& token : flags.end_tokens) {
    Result<std::int32_t> id = end_token(token, form, translator);
    if (!id.ok()) return id.status();
    options.words.end_tokens.push_back(*id);
  }
  return options;
}

std::vector<std::string> parse_tokens(const std::string& line) {
  constexpr const char* kBlanks = " \t\r";  // lines may end in "\r\n"
  std::vector<std::string> tokens;
  std::size_t begin = 0;
  while ((begin = line.find_first_not_of(kBlanks, begin)) != std::string::npos) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
    tokens.push_back(line.substr(begin, end - begin));
    begin = end;
  }
  return tokens;
}

Result<std::vector<std::int32_t>> parse_ids(const std::string& line) {
  std::vector<std::int32_t> ids;
  for (const std::string& word : parse_tokens(line)) {
    std::int32_t id = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || end != word.data() + word.size()) {
      return Status(Code::kInput, word + " is not an id");
    }
    ids.push_back(id);
  }
  return ids;
}

}  // namespace transept::tools
