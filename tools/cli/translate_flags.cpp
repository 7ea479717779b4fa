#include "tools/cli/translate_flags.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "tools/base/line_input.h"
#include "tools/cli/option_flags.h"
#include "tools/cli/validators.h"
#include "transept/status.h"

namespace transept::tools {
namespace {

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
  if (ids->empty()) {
    return Status(Code::kInvalidArgument, origin + ": an empty sequence cannot be suppressed");
  }
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

void add_io_flags(CLI::App& app, TranslateFlags& flags) {
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
  add_word_flag<InputForm>(app, "--input", flags.input, "Lines are text, tokens or ids [text]")
      ->type_name("FORM")
      ->group(io);
}

void add_text_flags(CLI::App& app, TranslateOptions& options) {
  const std::string text = "Text";
  add_group<TranslateOptions::Text>(app, options, text);
  app.add_option("--from-text", options.text.text_language,
                 "Language of the text, where sentences end: en, deu, de_DE, zh-Hans, ... [the "
                 "model's]")
      ->type_name("L")
      ->group(text);
  // Known, so that the answer can say why it does not apply; listed once a model is told.
  app.add_option("--from", options.text.from)->group("");
  app.add_option("--to", options.text.to,
                 "Target language of a multilingual model: fra, fr, fra_Latn; inspect lists them")
      ->type_name("LANG")
      ->group(text);
}

void add_return_flags(CLI::App& app, TranslateFlags& flags) {
  const std::string returns = "What to return";
  add_word_flag<Format>(app, "--format", flags.format, "text, jsonl or nbest (Moses) [text]")
      ->type_name("FORM")
      ->group(returns);
  app.add_flag("--scores", flags.scores, "Text with its score and a tab in front")->group(returns);
  app.add_option("--alignments", flags.alignments,
                 "Source-target pairs behind the text and |||, or in JSON: hard, above a "
                 "number; soft: all weights")
      ->check(alignments_form())
      ->type_name("HOW")
      ->group(returns);
  app.add_flag("--attention", flags.attention, "The weights of all source tokens, with jsonl")
      ->group(returns);
  add_group<TranslateOptions::Returns>(app, flags.options, returns);
}

void add_word_list_flags(CLI::App& app, TranslateFlags& flags) {
  const std::string words = "Words (sequences in the form of --input)";
  add_group<TranslateOptions::Words>(app, flags.options, words);
  app.add_option("--suppress", flags.suppress, "Never generate this; repeatable")
      ->type_name("SEQ")
      ->take_all()
      ->allow_extra_args(false)
      ->group(words);
  app.add_option("--bad-words", flags.bad_words, "Never generate these, a sequence a line")
      ->check(some_path())
      ->type_name("FILE")
      ->group(words);
  app.add_option("--end-token", flags.end_tokens, "Ends a translation; repeatable")
      ->type_name("TOK")
      ->take_all()
      ->allow_extra_args(false)
      ->group(words);
}

void add_run_flags(CLI::App& app, TranslateFlags& flags) {
  const std::string run = "How to run";
  app.add_option("--variant", flags.variant, "Of several exports: fp32, fp16, q8, ...")
      ->type_name("NAME")
      ->group(run);
  add_word_flag<Compute>(app, "--compute", flags.compute,
                         "float32, bfloat16, int8, int4 (weights of 4 bits), or auto: int8 where "
                         "most of the file is, else float32 [auto]")
      ->type_name("TYPE")
      ->group(run);
  add_word_flag<Gemm>(app, "--gemm", flags.gemm, "native or openblas [native]")
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
}

void add_shortlist_flags(CLI::App& app, TranslateFlags& flags) {
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

}  // namespace

void add_translate_flags(CLI::App& app, TranslateFlags& flags) {
  add_io_flags(app, flags);
  add_return_flags(app, flags);
  add_text_flags(app, flags.options);
  add_group<TranslateOptions::Search>(app, flags.options, "Search (defaults: what the model says)");
  add_group<TranslateOptions::Lengths>(app, flags.options, "Lengths (in tokens)");
  add_word_list_flags(app, flags);
  add_run_flags(app, flags);
  add_shortlist_flags(app, flags);
}

std::optional<Failure> check_flags(const TranslateFlags& flags) {
  const TranslateOptions& options = flags.options;
  using Ask = TranslateOptions;
  if (!flags.texts.empty() && !flags.input_file.empty()) {
    return Failure{kUsage, "texts on the command line and --input-file exclude each other"};
  }
  const Rules rules = options.search.rules;
  if (rules != Rules::automatic && rules != Rules::transformers) {
    return Failure{kUsage, "this version does not have " + flag_of(&Ask::Search::rules) + " " +
                               std::string(word_of(rules)) + ", only " +
                               std::string(word_of(Rules::transformers))};
  }
  const std::string n_best = flag_of(&Ask::Search::n_best);
  if (flags.format == Format::text && options.search.n_best.value_or(1) > 1) {
    return Failure{kUsage, n_best +
                               " above 1 needs --format jsonl or nbest: text has one line for each "
                               "input line"};
  }
  if (flags.attention && flags.format != Format::jsonl) {
    return Failure{
        kUsage,
        "--attention needs --format jsonl; --alignments soft writes the same behind the text"};
  }
  if (!options.text.to.empty() && flags.input == InputForm::ids) {
    return Failure{kUsage,
                   "--to is for text and tokens: ids of --input ids are complete, with the "
                   "language's own in front"};
  }
  if (const Status status = check_options(options); !status.ok()) return run_failure(status);
  if (options.text.max_segment && options.text.split == Split::none) {
    const std::string split = flag_of(&Ask::Text::split) + " " + std::string(word_of(Split::none));
    return Failure{kUsage, flag_of(&Ask::Text::max_segment) + " is about what is split, and " +
                               split + " splits nothing"};
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

OpenOptions open_options(const TranslateFlags& flags) {
  OpenOptions options;
  options.compute = flags.compute;
  options.gemm = flags.gemm;
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
  TranslateOptions options = flags.options;
  options.returns.scores = flags.scores || flags.format != Format::text;
  options.returns.attention = flags.attention || flags.alignments;
  options.returns.text_only = flags.format == Format::text && !options.returns.attention;

  for (const std::string& sequence : flags.suppress) {
    if (Status status = add_bad_words(sequence, "--suppress", flags.input, translator, options);
        !status.ok()) {
      return status;
    }
  }
  if (!flags.bad_words.empty()) {
    if (Status status = read_bad_words(flags.bad_words, flags.input, translator, options);
        !status.ok()) {
      return status;
    }
  }
  for (const std::string& token : flags.end_tokens) {
    Result<std::int32_t> id = end_token(token, flags.input, translator);
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
