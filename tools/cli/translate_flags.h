// The flags of `transept translate`, as given and as options of the library.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli/exit_code.h"
#include "transept/translator.h"
#include "transept/words.h"

namespace transept {
namespace tools {
enum class InputForm { text, tokens, ids };
enum class Format { text, jsonl, nbest };
}  // namespace tools

template <>
struct WordsOf<tools::InputForm> {
  static constexpr Word<tools::InputForm> all[] = {{"text", tools::InputForm::text},
                                                   {"tokens", tools::InputForm::tokens},
                                                   {"ids", tools::InputForm::ids}};
};

template <>
struct WordsOf<tools::Format> {
  static constexpr Word<tools::Format> all[] = {{"text", tools::Format::text},
                                                {"jsonl", tools::Format::jsonl},
                                                {"nbest", tools::Format::nbest}};
};

namespace tools {

struct TranslateFlags {
  std::string model;
  std::vector<std::string> texts;
  std::string input_file;
  std::string output_file;
  InputForm input = InputForm::text;
  Format format = Format::text;
  bool scores = false;
  std::optional<std::string> alignments;
  bool attention = false;

  // But for the lists, whose sequences are known once there is a model, and what is returned.
  TranslateOptions options;
  std::vector<std::string> suppress;
  std::string bad_words;
  std::vector<std::string> end_tokens;

  std::string variant;
  Compute compute = Compute::automatic;
  Gemm gemm = Gemm::native;
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

OpenOptions open_options(const TranslateFlags& flags);

// Options of the search; sequences are looked up in the model's vocabulary.
// Errors: kInvalidArgument, kInput when the file of --bad-words cannot be read.
Result<TranslateOptions> translate_options(const TranslateFlags& flags,
                                           const Translator& translator);

// Ids written in decimal, separated by blanks. Errors: kInput naming what is no id.
Result<std::vector<std::int32_t>> parse_ids(const std::string& line);
// Words separated by blanks.
std::vector<std::string> parse_tokens(const std::string& line);

}  // namespace tools
}  // namespace transept
