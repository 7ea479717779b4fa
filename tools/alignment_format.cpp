#include "tools/alignment_format.h"

#include <cstddef>
#include <cstdint>

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

std::string pairs_text(const AlignmentOptions& options, std::span<const AlignedSegment> segments) {
  std::string text;
  std::size_t source = 0;
  std::size_t target = 0;
  for (const auto& [segment, hypothesis] : segments) {
    for (const AlignedPair& pair : pairs_of(options, *hypothesis)) {
      add_item(text,
               std::to_string(source + pair.source) + '-' + std::to_string(target + pair.target));
    }
    source += segment->source_ids.size();
    target += hypothesis->ids.size();
  }
  return text;
}

std::string weights_text(std::span<const AlignedSegment> segments) {
  std::size_t columns = 0;
  for (const AlignedSegment& one : segments) columns += one.segment->source_ids.size();
  std::string text;
  std::size_t first = 0;
  for (const auto& [segment, hypothesis] : segments) {
    const std::size_t count = segment->source_ids.size();
    for (const std::vector<float>& row : hypothesis->attention) {
      std::string item;
      for (std::size_t c = 0; c < columns; ++c) {
        if (c > 0) item += ',';
        item += c < first || c >= first + count ? "0" : shortest(row[c - first]);
      }
      add_item(text, item);
    }
    first += count;
  }
  return text;
}

}  // namespace

std::string alignment_text(const AlignmentOptions& options,
                           std::span<const AlignedSegment> segments) {
  return options.kind == Alignments::soft ? weights_text(segments) : pairs_text(options, segments);
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
  for (const std::vector<float>& row : hypothesis.attention) json.array(row);
  json.end_array();
}

}  // namespace transept::tools
