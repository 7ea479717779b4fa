#include "tools/result_format.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "tools/json.h"

namespace transept::tools {
namespace {

// N lines in give N lines out, whatever a model writes.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// The best hypotheses of all segments as one.
Hypothesis whole(const Translation& line) {
  Hypothesis sum;
  sum.text = line.text;
  for (const TranslatedSegment& segment : line.segments) {
    if (segment.hypotheses.empty()) continue;
    sum.sum += segment.hypotheses.front().sum;
    sum.score += segment.hypotheses.front().score;
  }
  return sum;
}

void write_hypotheses(JsonWriter& json, const FormatOptions& options,
                      const std::vector<Hypothesis>& hypotheses) {
  const Alignments alignments = options.alignments.kind;
  json.key("hypotheses").begin_array();
  for (const Hypothesis& one : hypotheses) {
    json.begin_object();
    json.key("text").value(one.text);
    json.key("score").value(one.score).key("sum").value(one.sum);
    json.key("ids").array(one.ids).key("tokens").array(one.tokens);
    json.key("token_scores").array(one.token_scores);
    if (alignments == Alignments::hard || alignments == Alignments::above) {
      write_alignment(json, options.alignments, one);
    }
    if (options.attention || alignments == Alignments::soft) write_attention(json, one);
    json.end_object();
  }
  json.end_array();
}

void write_segment(JsonWriter& json, const FormatOptions& options,
                   const TranslatedSegment& segment) {
  write_hypotheses(json, options, segment.hypotheses);
  json.key("source_ids").array(segment.source_ids);
  json.key("source_tokens").array(segment.source_tokens);
}

std::string as_json(const FormatOptions& options, std::size_t number, const Translation& line) {
  JsonWriter json;
  json.begin_object().key("line").value(std::uint64_t{number}).key("text").value(line.text);
  if (line.segments.empty()) {
    write_segment(json, options,
                  {.source_ids = {}, .source_tokens = {}, .hypotheses = {Hypothesis{}}});
  } else if (line.segments.size() == 1) {
    write_segment(json, options, line.segments.front());
  } else {
    json.key("segments").begin_array();
    for (const TranslatedSegment& segment : line.segments) {
      json.begin_object();
      write_segment(json, options, segment);
      json.end_object();
    }
    json.end_array();
  }
  json.key("flags").array(line.flags).end_object();
  return json.text() + '\n';
}

// " ||| alignment" where alignments are asked for.
std::string alignment_field(const FormatOptions& options,
                            std::span<const AlignedSegment> segments) {
  if (options.alignments.kind == Alignments::none) return "";
  return " ||| " + alignment_text(options.alignments, segments);
}

// That of the line as a whole: of the best hypotheses of its segments.
std::string alignment_field(const FormatOptions& options, const Translation& line) {
  std::vector<AlignedSegment> segments;
  for (const TranslatedSegment& segment : line.segments) {
    if (!segment.hypotheses.empty()) segments.push_back({&segment, &segment.hypotheses.front()});
  }
  return alignment_field(options, segments);
}

std::string nbest_line(std::size_t number, const Hypothesis& hypothesis,
                       const std::string& alignment) {
  return std::to_string(number) + " ||| " + one_line(hypothesis.text) + alignment +
         " ||| F0= " + shortest(hypothesis.sum) + " ||| " + shortest(hypothesis.score) + '\n';
}

std::string as_nbest(const FormatOptions& options, std::size_t number, const Translation& line) {
  if (line.segments.size() != 1)
    return nbest_line(number, whole(line), alignment_field(options, line));
  const TranslatedSegment& segment = line.segments.front();
  std::string text;
  for (const Hypothesis& one : segment.hypotheses) {
    const AlignedSegment aligned[] = {{&segment, &one}};
    text += nbest_line(number, one, alignment_field(options, aligned));
  }
  return text;
}

std::string as_text(const FormatOptions& options, const Translation& line) {
  const std::string score = options.scores ? shortest(whole(line).score) + '\t' : "";
  return score + one_line(line.text) + alignment_field(options, line) + '\n';
}

}  // namespace

std::string format_result(const FormatOptions& options, std::size_t number,
                          const Translation& line) {
  switch (options.format) {
    case Format::jsonl: return as_json(options, number, line);
    case Format::nbest: return as_nbest(options, number, line);
    case Format::text: break;
  }
  return as_text(options, line);
}

}  // namespace transept::tools
