// Results as JSON, and reports as text.
#include <algorithm>
#include <cstdint>

#include "tools/base/json_writer.h"
#include "tools/bench/describe.h"

namespace transept::bench {
namespace {

using tools::JsonWriter;

std::uint64_t whole(std::size_t number) { return number; }

void write_spread(JsonWriter& json, const char* name, const Spread& spread) {
  json.key(name).begin_object().key("median").value(spread.median).key("low").value(spread.low);
  json.key("high").value(spread.high).end_object();
}

void write_scale(JsonWriter& json, const char* name, const char* x,
                 const std::vector<ScalePoint>& points) {
  json.key(name).begin_array();
  for (const ScalePoint& point : points) {
    json.begin_object().key(x).value(whole(point.x));
    write_spread(json, "seconds", point.seconds);
    json.end_object();
  }
  json.end_array();
}

void write_machine(JsonWriter& json, const Results& results) {
  const Machine& machine = results.machine;
  json.key("machine")
      .begin_object()
      .key("processor")
      .value(machine.name)
      .key("cores")
      .value(whole(machine.cores));
  json.key("l1_bytes")
      .value(whole(machine.l1_bytes))
      .key("l2_bytes")
      .value(whole(machine.l2_bytes));
  json.key("l3_bytes").value(whole(machine.l3_bytes)).end_object();
  json.key("peaks")
      .begin_object()
      .key("threads")
      .value(whole(results.peaks.threads))
      .key("multiply_adds_per_second")
      .begin_array();
  for (const ArithmeticPeak& peak : results.peaks.arithmetic) {
    json.begin_object().key("name").value(peak.name).key("one_core").value(peak.one_core);
    json.key("all_threads").value(peak.all_cores).end_object();
  }
  json.end_array().key("bytes_per_second").begin_array();
  for (const BandwidthPeak& level : results.peaks.bandwidth) {
    json.begin_object().key("name").value(level.name).key("bytes").value(whole(level.bytes));
    json.key("one_core")
        .value(level.one_core)
        .key("all_threads")
        .value(level.all_cores)
        .end_object();
  }
  json.end_array().end_object();
}

void write_phases(JsonWriter& json, const Results& results) {
  json.key("phases").begin_array();
  for (const PhaseTimes& run : results.phases) {
    const Model& model = results.models[run.model];
    json.begin_object()
        .key("compute")
        .value(model.compute)
        .key("beam")
        .value(std::uint64_t{run.beam});
    json.key("batch")
        .value(whole(run.batch))
        .key("sentences")
        .value(whole(run.sentences))
        .key("wall_seconds")
        .value(run.wall);
    json.key("steps").value(run.profile.steps).key("rows").value(run.profile.rows);
    json.key("encoder_passes")
        .value(run.profile.encoder_passes)
        .key("source_tokens")
        .value(run.profile.source_tokens);
    json.key("parts").begin_array();
    for (std::size_t i = 0; i < kPhases; ++i) {
      const Done done = work_done(model.work, static_cast<Phase>(i), run.profile);
      json.begin_object()
          .key("phase")
          .value(kPhaseNames[i])
          .key("seconds")
          .value(run.profile.seconds[i]);
      json.key("multiply_adds")
          .value(done.multiply_adds)
          .key("bytes")
          .value(done.bytes)
          .end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

// Columns a text takes: code points, which is right for what reports say.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void add_padded(std::string& out, const std::string& text, std::size_t width, bool right) {
  const std::string padding(width - std::min(width, width_of(text)), ' ');
  out += right ? padding + text : text + padding;
}

std::string to_text(const html::Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t width = width_of(table.columns[c].title);
    for (const auto& row : table.rows) width = std::max(width, width_of(row[c].text));
    widths.push_back(width);
  }
  std::string out;
  const auto add_line = [&](const auto& text_of) {
    std::string line;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      line += "  ";
      add_padded(line, text_of(c), widths[c], table.columns[c].number);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  add_line([&](std::size_t c) { return table.columns[c].title; });
  for (const auto& row : table.rows) add_line([&](std::size_t c) { return row[c].text; });
  return out;
}

}  // namespace

std::string to_json(const Results& results, const html::Report& report) {
  JsonWriter json;
  json.begin_object();
  write_machine(json, results);
  json.key("sentences").value(whole(results.sentences)).key("rounds").value(whole(results.repeats));
  json.key("throughput").begin_array();
  for (const Throughput& one : results.throughput) {
    json.begin_object()
        .key("compute")
        .value(results.models[one.model].compute)
        .key("beam")
        .value(std::uint64_t{one.beam});
    json.key("threads").value(whole(one.threads)).key("batch").value(whole(one.batch));
    write_spread(json,
                 results.counts_words ? "source_words_per_second" : "source_tokens_per_second",
                 one.words);
    write_spread(json, "target_tokens_per_second", one.tokens);
    json.end_object();
  }
  json.end_array().key("latency").begin_array();
  for (const Latency& one : results.latency) {
    json.begin_object()
        .key("compute")
        .value(results.models[one.model].compute)
        .key("beam")
        .value(std::uint64_t{one.beam});
    json.key("threads").value(whole(one.threads));
    if (!one.seconds.empty()) {
      json.key("p50_seconds")
          .value(percentile(one.seconds, 0.5))
          .key("p95_seconds")
          .value(percentile(one.seconds, 0.95));
      json.key("p99_seconds").value(percentile(one.seconds, 0.99));
    }
    json.key("seconds").array(one.seconds).end_object();
  }
  json.end_array();
  write_phases(json, results);
  write_scale(json, "by_lines", "lines", results.by_lines);
  write_scale(json, "by_length", "tokens", results.by_length);
  json.key("starts").begin_array();
  for (const Start& one : results.starts) {
    json.begin_object()
        .key("compute")
        .value(results.models[one.model].compute)
        .key("peak_bytes")
        .value(one.peak_bytes);
    write_spread(json, "cold_start_seconds", one.cold);
    json.end_object();
  }
  json.end_array().end_object();
  // The report's members follow those of the results.
  const std::string members = json.text().substr(1, json.text().size() - 2);
  return html::to_json(report, members) + '\n';
}

std::string to_text(const html::Report& report) {
  std::string out = report.title + (report.subtitle.empty() ? "" : ", " + report.subtitle) + "\n\n";
  std::size_t widest = 0;
  for (const auto& [name, value] : report.facts) widest = std::max(widest, width_of(name));
  for (const auto& [name, value] : report.facts) {
    add_padded(out, name, widest + 2, false);
    out += value + '\n';
  }
  for (const html::Section& section : report.sections) {
    std::string tables;
    for (const html::Item& item : section.items) {
      if (const auto* table = std::get_if<html::Table>(&item)) {
        tables += '\n' + table->title + '\n' + to_text(*table);
      }
      if (const auto* paragraph = std::get_if<html::Paragraph>(&item)) {
        tables += '\n' + *paragraph + '\n';
      }
    }
    if (!tables.empty()) out += tables;
  }
  return out;
}

}  // namespace transept::bench
