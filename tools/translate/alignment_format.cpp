#include "tools/translate/alignment_format.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tools/base/numbers.h"

namespace transept::tools {
namespace {

std::vector<AlignedPair> pairs_of(const AlignmentOptions& options, const Hypothesis& hypothesis) {
  if (options.kind == Alignments::hard) return hard_alignment(hypothesis.attention);
  return alignment_above(hypothesis.attention, options.threshold);
}

void add_item(std::string& text, const std::string& item) {
  if (!text.empty()) text += ' ';
  text += item;
}

std::string pairs_text(const AlignmentOptions& options, const Hypothesis& hypothesis) {
  std::string text;
  for (const AlignedPair& pair : pairs_of(options, hypothesis)) {
    add_item(text, std::to_string(pair.source) + '-' + std::to_string(pair.target));
  }
  return text;
}

std::string weights_text(const Hypothesis& hypothesis) {
  std::string text;
  for (std::size_t t = 0; t < hypothesis.attention.rows; ++t) {
    const std::span<const float> row = hypothesis.attention.row(t);
    std::string item;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) item += ',';
      item += shortest(row[c]);
    }
    add_item(text, item);
  }
  return text;
}

}  // namespace

AlignmentOptions alignment_options(const std::string& word) {
  if (word == "hard") return {.kind = Alignments::hard};
  if (word == "soft") return {.kind = Alignments::soft};
  AlignmentOptions options{.kind = Alignments::above};
  std::from_chars(word.data(), word.data() + word.size(), options.threshold);
  return options;
}

std::string alignment_text(const AlignmentOptions& options, const Hypothesis& hypothesis) {
  return options.kind == Alignments::soft ? weights_text(hypothesis)
                                          : pairs_text(options, hypothesis);
}

void write_alignment(JsonWriter& json, const AlignmentOptions& options,
                     const Hypothesis& hypothesis) {
  json.key("alignment").begin_array();
  for (const AlignedPair& pair : pairs_of(options, hypothesis)) {
    json.array(std::vector<std::uint64_t>{pair.source, pair.target});
  }
  json.end_array();
}

void write_attention(JsonWriter& json, const Hypothesis& hypothesis) {
  json.key("attention").begin_array();
  for (std::size_t t = 0; t < hypothesis.attention.rows; ++t) {
    json.array(hypothesis.attention.row(t));
  }
  json.end_array();
}

}  // namespace transept::tools
