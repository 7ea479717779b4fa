#include "tools/regress/translation.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "tools/base/bounded_json.h"
#include "tools/base/one_line.h"
#include "tools/cli/exit_code.h"
#include "tools/regress/files.h"

namespace transept::tools {
namespace {

using nlohmann::json;

// What a child said when it failed, with the code that gives its exit code again.
Status failure_of(const ProgramOutput& output) {
  std::string_view said = output.err;
  while (said.ends_with('\n')) said.remove_suffix(1);
  // Warnings may stand before the error.
  if (const std::size_t last = said.rfind('\n'); last != std::string_view::npos) {
    said.remove_prefix(last + 1);
  }
  constexpr std::string_view kName = "transept: ";
  if (said.starts_with(kName)) said.remove_prefix(kName.size());
  const std::string message =
      output.code >= 128 ? "the program was ended by signal " + std::to_string(output.code - 128)
      : said.empty()     ? "the program failed with exit code " + std::to_string(output.code)
                         : std::string(said);
  switch (output.code) {
    case kUsage: return Status(Code::kInvalidArgument, message);
    case kBadInput: return Status(Code::kInput, message);
    case kBadOutput: return Status(Code::kOutput, message);
    case kBadModel: return Status(Code::kCorrupt, message);
    default: return Status(Code::kInternal, message);
  }
}

Result<ProgramOutput> run_well(const RunProgram& run, const std::vector<std::string>& arguments) {
  Result<ProgramOutput> output = run(arguments);
  if (output.ok() && output->code != kSuccess) return failure_of(*output);
  return output;
}

std::vector<std::string> translate_arguments(const SuiteModel& model, const SuiteSetting& setting,
                                             const std::string& source, const std::string& input) {
  std::vector<std::string> arguments = {"translate", "--model=" + model.path,
                                        "--input-file=" + source, "--input=" + input,
                                        "--format=jsonl"};
  const auto key_of = [](const std::string& flag) { return flag.substr(0, flag.find('=')); };
  for (const std::string& flag : default_flags()) {
    const bool said =
        std::any_of(setting.flags.begin(), setting.flags.end(),
                    [&](const std::string& one) { return key_of(one) == key_of(flag); });
    if (!said) arguments.push_back(flag);
  }
  arguments.insert(arguments.end(), setting.flags.begin(), setting.flags.end());
  return arguments;
}

// Adds what must not change when nothing has changed.
void add_bits(const json& line, std::string& bits) {
  for (const json& hypothesis : line.at("hypotheses")) {
    for (const char* key : {"ids", "sum", "score", "token_scores"}) {
      if (hypothesis.contains(key)) bits += hypothesis.at(key).dump();
    }
    bits += ';';
  }
}

void read_attention(const json& object, TranslatedLine& line) {
  if (!object.contains("hypotheses") || object.at("hypotheses").empty()) return;
  const json& best = object.at("hypotheses").front();
  if (!best.contains("attention")) return;
  line.source_tokens = object.at("source_tokens").get<std::vector<std::string>>();
  line.tokens = best.at("tokens").get<std::vector<std::string>>();
  for (const json& weights : best.at("attention")) {
    const auto row = weights.get<std::vector<float>>();
    line.attention.values.insert(line.attention.values.end(), row.begin(), row.end());
  }
  line.attention.rows = line.tokens.size();
  line.attention.cols = line.source_tokens.size();
}

TranslatedLine read_line(const json& object, std::string& bits) {
  TranslatedLine line;
  // As `--format text` writes it, and as a line of references can be.
  line.text = one_line(object.at("text").get<std::string>());
  line.flags = object.value("flags", std::vector<std::string>());
  bits += line.text;
  add_bits(object, bits);
  bits += '\n';
  read_attention(object, line);
  return line;
}

}  // namespace

Result<TranslatedSet> translate_set(const RunProgram& run, const SuiteModel& model,
                                    const SuiteSetting& setting, const SuiteSet& set) {
  const std::string source = std::filesystem::absolute(set.source).string();
  const Result<ProgramOutput> output =
      run_well(run, translate_arguments(model, setting, source, set.input));
  if (!output.ok()) return output.status();
  TranslatedSet translated;
  translated.seconds = output->seconds;
  translated.peak_bytes = output->peak_bytes;
  std::string bits;
  std::string_view rest = output->out;
  try {
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      translated.lines.push_back(read_line(parse_bounded<json>(rest.substr(0, end)), bits));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  } catch (const json::exception& e) {
    return Status(Code::kInternal,
                  "line " + std::to_string(translated.lines.size() + 1) +
                      " of the program's output is not what it should be: " + e.what());
  }
  translated.bits = checksum_of(bits);
  return translated;
}

Result<double> opening_seconds(const RunProgram& run, const SuiteModel& model,
                               const SuiteSetting& setting) {
  const Result<ProgramOutput> output =
      run_well(run, translate_arguments(model, setting, "/dev/null", "text"));
  if (!output.ok()) return output.status();
  return output->seconds;
}

Result<std::string> model_checksum(const RunProgram& run, const SuiteModel& model,
                                   const std::string& variant) {
  std::vector<std::string> arguments = {"inspect", "--model=" + model.path, "--json"};
  if (!variant.empty()) arguments.push_back("--variant=" + variant);
  const Result<ProgramOutput> output = run_well(run, arguments);
  if (!output.ok()) return output.status();

  std::vector<std::filesystem::path> files;
  try {
    const json description = parse_bounded<json>(output->out);
    for (const json& file : description.at("files")) {
      files.emplace_back(file.at("path").get<std::string>());
    }
  } catch (const json::exception& e) {
    return Status(
        Code::kInternal,
        std::string("what the program says of a model is not what it should be: ") + e.what());
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::pair(a.filename(), a) < std::pair(b.filename(), b);
  });
  std::string list;
  for (const std::filesystem::path& file : files) {
    const Result<std::string> sum = checksum_of_files(std::span(&file, 1));
    if (!sum.ok()) return sum.status();
    list += *sum + "  " + file.filename().string() + '\n';
  }
  return checksum_of(list);
}

}  // namespace transept::tools
