#include "tools/translate/result_format.h"

#include <cstdint>
#include <vector>

#include "tools/base/json_writer.h"
#include "tools/base/numbers.h"
#include "tools/base/one_line.h"

namespace transept::tools {
namespace {

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

void write_source(JsonWriter& json, const std::vector<std::int32_t>& ids,
                  const std::vector<std::string>& tokens) {
  json.key("source_ids").array(ids);
  json.key("source_tokens").array(tokens);
}

std::string as_json(const FormatOptions& options, std::size_t number, const Translation& line) {
  JsonWriter json;
  json.begin_object().key("line").value(std::uint64_t{number}).key("text").value(line.text);
  write_hypotheses(json, options, line.hypotheses);
  write_source(json, line.source_ids, line.source_tokens);
  if (!line.segments.empty()) {
    json.key("segments").begin_array();
    for (const TranslatedSegment& segment : line.segments) {
      json.begin_object();
      write_hypotheses(json, options, segment.hypotheses);
      write_source(json, segment.source_ids, segment.source_tokens);
      json.end_object();
    }
    json.end_array();
  }
  json.key("flags").array(line.flags).end_object();
  return json.text() + '\n';
}

// " ||| alignment" where alignments are asked for.
std::string alignment_field(const FormatOptions& options, const Hypothesis& hypothesis) {
  if (options.alignments.kind == Alignments::none) return "";
  return " ||| " + alignment_text(options.alignments, hypothesis);
}

std::string as_nbest(const FormatOptions& options, std::size_t number, const Translation& line) {
  std::string text;
  for (const Hypothesis& one : line.hypotheses) {
    text += std::to_string(number) + " ||| " + one_line(one.text) + alignment_field(options, one) +
            " ||| F0= " + shortest(one.sum) + " ||| " + shortest(one.score) + '\n';
  }
  return text;
}

std::string as_text(const FormatOptions& options, const Translation& line, bool carriage_return) {
  const Hypothesis& best = line.hypotheses.front();
  std::string text = options.scores ? shortest(best.score) + '\t' : "";
  text += one_line(line.text);
  text += alignment_field(options, best);
  text += carriage_return ? "\r\n" : "\n";
  return text;
}

}  // namespace

FormatOptions format_options(const TranslateFlags& flags) {
  const AlignmentOptions alignments =
      flags.alignments ? alignment_options(*flags.alignments) : AlignmentOptions();
  return {flags.format, flags.scores, alignments, flags.attention};
}

std::string format_result(const FormatOptions& options, std::size_t number, const Translation& line,
                          bool carriage_return) {
  switch (options.format) {
    case Format::jsonl: return as_json(options, number, line);
    case Format::nbest: return as_nbest(options, number, line);
    case Format::text: break;
  }
  return as_text(options, line, carriage_return);
}

}  // namespace transept::tools
