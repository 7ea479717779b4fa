// The flags of `transept translate`, as given and as options of the library.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/exit_code.h"
#include "transept/translator.h"

namespace transept::tools {

enum class InputForm { text, tokens, ids };
enum class Format { text, jsonl, nbest };

struct TranslateFlags {
  std::string model;
  std::vector<std::string> texts;
  std::string input_file;
  std::string output_file;
  std::string input = "text";
  std::string format = "text";
  bool scores = false;
  std::optional<std::string> alignments;
  bool attention = false;
  std::string from;
  std::string to;

  std::string rules = "auto";
  std::optional<std::uint32_t> beam;
  std::optional<std::uint32_t> n_best;
  std::optional<float> length_penalty;
  std::optional<std::string> early_stopping;
  std::optional<std::uint32_t> max_length;
  std::optional<std::uint32_t> min_length;

  std::optional<float> repetition_penalty;
  std::optional<std::uint32_t> no_repeat_ngram;
  std::vector<std::string> suppress;
  bool disable_unk = false;
  std::string bad_words;
  std::vector<std::string> end_tokens;
  std::optional<std::string> renormalize;
  std::optional<std::string> loop_guard;

  bool n_best_repeats = false;
  std::string split = "auto";
  std::string from_text;
  std::optional<std::size_t> max_segment;
  std::size_t truncate_input = 0;
  bool special_tokens = false;
  std::string copy_unknown = "auto";

  std::string variant;
  std::string compute = "auto";
  std::string gemm = "native";
  std::size_t threads = 0;
  std::size_t batch_tokens = 0;
  std::string cache;
  bool no_mmap = false;
  std::string shortlist;
  std::optional<std::uint32_t> shortlist_first;
  std::optional<std::uint32_t> shortlist_best;
  std::optional<float> shortlist_threshold;
};

// Lets the parser fill in `flags`, which must live as long as it.
void add_translate_flags(CLI::App& app, TranslateFlags& flags);

// What contradicts itself whatever the model is.
std::optional<Failure> check_flags(const TranslateFlags& flags);

// The arithmetic that --compute names.
Compute compute_of(const std::string& word);

InputForm input_form(const TranslateFlags& flags);
OpenOptions open_options(const TranslateFlags& flags);

// Options of the search; sequences are looked up in the model's vocabulary.
// Errors: kInvalidArgument, kInput when the file of --bad-words cannot be read.
Result<TranslateOptions> translate_options(const TranslateFlags& flags,
                                           const Translator& translator);

// Ids written in decimal, separated by blanks. Errors: kInput naming what is no id.
Result<std::vector<std::int32_t>> parse_ids(const std::string& line);
// Words separated by blanks.
std::vector<std::string> parse_tokens(const std::string& line);

}  // namespace transept::tools
