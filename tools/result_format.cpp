#include "tools/result_format.h"

#include <algorithm>
#include <cstdint>

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

void write_hypotheses(JsonWriter& json, const std::vector<Hypothesis>& hypotheses) {
  json.key("hypotheses").begin_array();
  for (const Hypothesis& one : hypotheses) {
    json.begin_object();
    json.key("text").value(one.text);
    json.key("score").value(one.score).key("sum").value(one.sum);
    json.key("ids").array(one.ids).key("tokens").array(one.tokens);
    json.key("token_scores").array(one.token_scores);
    json.end_object();
  }
  json.end_array();
}

void write_segment(JsonWriter& json, const TranslatedSegment& segment) {
  write_hypotheses(json, segment.hypotheses);
  json.key("source_ids").array(segment.source_ids);
  json.key("source_tokens").array(segment.source_tokens);
}

std::string as_json(std::size_t number, const Translation& line) {
  JsonWriter json;
  json.begin_object().key("line").value(std::uint64_t{number}).key("text").value(line.text);
  if (line.segments.empty()) {
    write_segment(json, {.source_ids = {}, .source_tokens = {}, .hypotheses = {Hypothesis{}}});
  } else if (line.segments.size() == 1) {
    write_segment(json, line.segments.front());
  } else {
    json.key("segments").begin_array();
    for (const TranslatedSegment& segment : line.segments) {
      json.begin_object();
      write_segment(json, segment);
      json.end_object();
    }
    json.end_array();
  }
  json.key("flags").array(line.flags).end_object();
  return json.text() + '\n';
}

std::string as_nbest(std::size_t number, const Translation& line) {
  const std::vector<Hypothesis> joined = {whole(line)};
  const auto& hypotheses = line.segments.size() == 1 ? line.segments.front().hypotheses : joined;
  std::string text;
  for (const Hypothesis& one : hypotheses) {
    text += std::to_string(number) + " ||| " + one_line(one.text) + " ||| F0= " + shortest(one.sum) +
            " ||| " + shortest(one.score) + '\n';
  }
  return text;
}

}  // namespace

std::string format_result(const FormatOptions& options, std::size_t number, const Translation& line) {
  if (options.format == Format::jsonl) return as_json(number, line);
  if (options.format == Format::nbest) return as_nbest(number, line);
  const std::string text = one_line(line.text) + '\n';
  return options.scores ? shortest(whole(line).score) + '\t' + text : text;
}

}  // namespace transept::tools
