#include "tools/regress/baselines.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "tools/base/bounded_json.h"
#include "tools/regress/files.h"
#include "tools/regress/record_json.h"

namespace transept::tools {
namespace {

// Members in the order in which they are written.
using json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 30;

json to_json(const RecordedResult& result) {
  json scores = json::object();
  for (const auto& [metric, score] : result.scores) {
    scores[metric] = {{"score", score.score}, {"signature", score.signature}};
  }
  json object = {{"model", result.of.model},
                 {"setting", result.of.setting},
                 {"set", result.of.set},
                 {"scores", scores},
                 {"model_checksum", result.model_checksum},
                 {"set_checksum", result.set_checksum},
                 {"flags", result.flags},
                 {"bits", result.bits},
                 {"seconds", result.seconds},
                 {"peak_bytes", result.peak_bytes}};
  if (!result.translations.empty()) object["translations"] = result.translations;
  return object;
}

json to_json(const RecordedRun& run) {
  json results = json::array();
  for (const RecordedResult& result : run.results) results.push_back(to_json(result));
  return {{"recorded", record_json(run.record)}, {"results", results}};
}

RunRecord read_record(const json& object) {
  RunRecord record;
  record.time = object.at("time").get<std::string>();
  record.version = object.at("version").get<std::string>();
  record.commit = object.value("commit", "");
  record.processor = object.value("processor", "");
  record.cores = object.value("cores", 0u);
  return record;
}

RecordedResult read_result(const json& object) {
  RecordedResult result;
  result.of = {object.at("model").get<std::string>(), object.at("setting").get<std::string>(),
               object.at("set").get<std::string>()};
  for (const auto& [metric, score] : object.at("scores").items()) {
    result.scores[metric] = {score.at("score").get<double>(),
                             score.at("signature").get<std::string>()};
  }
  result.model_checksum = object.at("model_checksum").get<std::string>();
  result.set_checksum = object.at("set_checksum").get<std::string>();
  result.flags = object.value("flags", std::vector<std::string>());
  result.bits = object.at("bits").get<std::string>();
  result.seconds = object.value("seconds", 0.0);
  result.peak_bytes = object.value("peak_bytes", std::uint64_t{0});
  result.translations = object.value("translations", std::vector<std::string>());
  return result;
}

RecordedRun read_run(const json& object) {
  RecordedRun run;
  run.record = read_record(object.at("recorded"));
  for (const json& result : object.at("results")) run.results.push_back(read_result(result));
  return run;
}

std::string dump(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace) + '\n';
}

// What the library says begins with a tag in brackets that tells users nothing.
std::string reason(const json::exception& e) {
  const std::string_view what = e.what();
  const std::size_t end = what.find("] ");
  return std::string(end == std::string_view::npos ? what : what.substr(end + 2));
}

}  // namespace

json record_json(const RunRecord& record) {
  return {{"time", record.time},
          {"version", record.version},
          {"commit", record.commit},
          {"processor", record.processor},
          {"cores", record.cores}};
}

const RecordedResult* RecordedRun::find(const Combination& of) const {
  const auto found = std::find_if(results.begin(), results.end(),
                                  [&](const RecordedResult& one) { return one.of == of; });
  return found == results.end() ? nullptr : &*found;
}

Result<Baselines> load_baselines(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return Status(Code::kNotFound, path.string() + " does not exist");
  }
  const Result<std::string> bytes = read_file(path, kLargestFile);
  return bytes.ok() ? parse_baselines(*bytes, path.string()) : bytes.status();
}

Result<Baselines> parse_baselines(std::string_view bytes, const std::string& name) {
  try {
    const json file = parse_bounded<json>(bytes);
    const int format = file.at("format").get<int>();
    if (format != kFormat) {
      return Status(Code::kInput, name + " has format " + std::to_string(format) +
                                      ", this version reads " + std::to_string(kFormat));
    }
    Baselines baselines;
    baselines.newest = read_run(file);
    for (const json& run : file.at("history")) baselines.history.push_back(read_run(run));
    return baselines;
  } catch (const json::exception& e) {
    return Status(Code::kInput, name + " is no file of baselines: " + reason(e));
  }
}

std::string format_baselines(const Baselines& baselines) {
  json file = {{"format", kFormat}};
  file.update(to_json(baselines.newest));
  file["history"] = json::array();
  for (const RecordedRun& run : baselines.history) file["history"].push_back(to_json(run));
  return dump(file, 1);
}

Result<std::vector<RecordedRun>> load_history(const std::filesystem::path& path) {
  std::vector<RecordedRun> runs;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return runs;
  const Result<std::string> bytes = read_file(path, kLargestFile);
  if (!bytes.ok()) return bytes.status();
  std::string_view rest = *bytes;
  std::size_t number = 0;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    ++number;
    try {
      runs.push_back(read_run(parse_bounded<json>(rest.substr(0, end))));
    } catch (const json::exception& e) {
      return Status(Code::kInput,
                    path.string() + ", line " + std::to_string(number) + ": " + reason(e));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return runs;
}

std::string format_history_line(const RecordedRun& run) { return dump(to_json(run), -1); }

}  // namespace transept::tools
