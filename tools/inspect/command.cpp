// transept inspect: what a model directory is.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tools/base/json_writer.h"
#include "tools/base/model_path.h"
#include "tools/base/numbers.h"
#include "tools/base/printable.h"
#include "tools/cli/commands.h"
#include "tools/cli/messages.h"
#include "tools/cli/option_flags.h"
#include "tools/cli/output.h"
#include "tools/cli/validators.h"
#include "transept/inspect.h"

namespace transept::tools {
namespace {

struct InspectFlags {
  std::string model;
  std::string variant;
  Compute compute = Compute::automatic;
  std::size_t threads = 0;
  std::size_t batch_tokens = 0;
  std::string cache;
  bool json = false;
  bool tensors = false;
};

std::string text_of(const Property& property) {
  struct Text {
    std::string operator()(bool truth) const { return truth ? "yes" : "no"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(float number) const { return shortest(number); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Text(), property.value);
}

// In the unit that leaves a number below 1024: "312 B", "1.4 KiB", "6.9 MiB".
std::string size_text(std::uintmax_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  double number = static_cast<double>(bytes) / 1024.0;
  std::size_t unit = 0;
  for (; number >= 1024.0 && unit + 1 < std::size(kUnits); ++unit) number /= 1024.0;
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %s", number, kUnits[unit]);
  return text;
}

// The most memory this process has had so far; 0 where the system does not say.
std::uint64_t peak_so_far() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (std::uint64_t kibibytes = 0; word == "VmHWM:" && status >> kibibytes) {
      return kibibytes * 1024;
    }
  }
  return 0;
}

std::string shape_of(const TensorInfo& tensor) {
  return "[" + std::to_string(tensor.rows) + ", " + std::to_string(tensor.cols) + "]";
}

void add(std::string& text, const std::string& name, const std::string& value) {
  constexpr std::size_t kColumn = 28;
  text += name + std::string(name.size() < kColumn ? kColumn - name.size() : 1, ' ') + value + '\n';
}

void add_properties(std::string& text, const std::string& title,
                    const std::vector<Property>& properties) {
  text += '\n' + title + '\n';
  for (const Property& property : properties) add(text, "  " + property.name, text_of(property));
}

// Tensors by type: "i8: 42, 6.1 MiB".
void add_types(std::string& text, const ModelInfo& info) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> types;
  for (const TensorInfo& tensor : info.tensors) {
    if (!tensor.shared_with.empty()) continue;
    auto& [count, bytes] = types[tensor.type];
    ++count;
    bytes += tensor.bytes;
  }
  text += "\nTensors\n";
  for (const auto& [type, found] : types) {
    add(text, "  " + type, std::to_string(found.first) + ", " + size_text(found.second));
  }
}

void add_tensors(std::string& text, const ModelInfo& info) {
  for (const TensorInfo& tensor : info.tensors) {
    text += "  " + tensor.role + " " + shape_of(tensor) + " " + tensor.type +
            (tensor.shared_with.empty() ? ", " + tensor.origin
                                        : ", the same as " + tensor.shared_with) +
            '\n';
  }
}

// Tied tables count once; where the files hold them more often, that is said.
std::string parameters_text(const ModelInfo& info) {
  std::size_t stored = 0;
  for (const TensorInfo& tensor : info.tensors) {
    if (tensor.shared_with.empty()) stored += tensor.rows * tensor.cols;
  }
  std::string text = std::to_string(info.parameters);
  if (stored > info.parameters) {
    text += " (" + std::to_string(stored) + " stored: tied tables are quantised one by one)";
  }
  return text;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string as_text(const ModelInfo& info, std::uint64_t open_bytes, bool tensors) {
  std::string text;
  add(text, "Family", info.family);
  add(text, "Format", info.format + (info.variant.empty() ? "" : ", " + info.variant));
  if (!info.source_language.empty()) add(text, "Translates from", info.source_language);
  add(text, "Parameters", parameters_text(info));
  add(text, "Computes in", info.compute);
  for (const std::string& form : info.weights) {
    add(text, &form == &info.weights.front() ? "Weights" : "", form);
  }
  add(text, "Tokenizer", info.tokenizer);
  if (!info.languages.empty()) add(text, "Languages (--to)", list_of(info.languages));
  add(text, "Memory",
      size_text(open_bytes) + " to open the model (" + size_text(info.weight_bytes) +
          " packed weights), up to " + size_text(info.working_bytes) + " more while translating");
  if (!info.packed_file.empty()) {
    add(text, "Packed weights",
        info.packed_file.string() + (info.packed_found ? ", found" : ", made now"));
  }
  text += "\nFiles\n";
  for (const FileInfo& file : info.files) {
    add(text, "  " + file.path.filename().string(), size_text(file.bytes));
  }
  add_properties(text, "Architecture", info.architecture);
  add_properties(text, "Search", info.generation);
  add_properties(text, "Lines", info.splitting);
  add_types(text, info);
  if (tensors) add_tensors(text, info);
  if (!info.notes.empty()) text += "\nNotes\n";
  for (const std::string& note : info.notes) text += "  " + note + '\n';
  return text;
}

void write_properties(JsonWriter& json, const char* key, const std::vector<Property>& properties) {
  json.key(key).begin_object();
  for (const Property& property : properties) {
    json.key(property.name);
    std::visit([&](const auto& value) { json.value(value); }, property.value);
  }
  json.end_object();
}

std::string as_json(const ModelInfo& info, std::uint64_t open_bytes) {
  JsonWriter json;
  json.begin_object();
  json.key("family")
      .value(info.family)
      .key("format")
      .value(info.format)
      .key("variant")
      .value(info.variant);
  if (!info.source_language.empty()) json.key("source_language").value(info.source_language);
  json.key("compute")
      .value(info.compute)
      .key("weights")
      .array(info.weights)
      .key("tokenizer")
      .value(info.tokenizer);
  if (!info.languages.empty()) json.key("languages").array(info.languages);
  json.key("parameters").value(std::uint64_t{info.parameters});
  json.key("weight_bytes").value(std::uint64_t{info.weight_bytes});
  json.key("working_bytes").value(std::uint64_t{info.working_bytes});
  json.key("open_bytes").value(open_bytes).key("peak_bytes").value(open_bytes + info.working_bytes);
  if (!info.packed_file.empty()) {
    json.key("packed_file")
        .value(info.packed_file.string())
        .key("packed_found")
        .value(info.packed_found);
  }
  json.key("files").begin_array();
  for (const FileInfo& file : info.files) {
    json.begin_object()
        .key("path")
        .value(file.path.string())
        .key("bytes")
        .value(std::uint64_t{file.bytes})
        .end_object();
  }
  json.end_array();
  write_properties(json, "architecture", info.architecture);
  write_properties(json, "generation", info.generation);
  write_properties(json, "splitting", info.splitting);
  json.key("tensors").begin_array();
  for (const TensorInfo& tensor : info.tensors) {
    json.begin_object().key("role").value(tensor.role).key("type").value(tensor.type);
    json.key("shape")
        .begin_array()
        .value(std::uint64_t{tensor.rows})
        .value(std::uint64_t{tensor.cols})
        .end_array();
    json.key("bytes").value(std::uint64_t{tensor.bytes}).key("origin").value(tensor.origin);
    if (!tensor.shared_with.empty()) json.key("shared_with").value(tensor.shared_with);
    json.end_object();
  }
  json.end_array().key("notes").array(info.notes).end_object();
  return json.text() + '\n';
}

int inspect_model(const InspectFlags& flags) {
  const Result<std::filesystem::path> model = find_model(flags.model);
  if (!model.ok()) return report(model_failure(model.status()));
  OpenOptions options;
  options.variant = flags.variant;
  options.compute = flags.compute;
  options.threads = flags.threads;
  options.batch_tokens = flags.batch_tokens;
  options.packed_cache = flags.cache;
  const Result<ModelInfo> info = inspect(*model, options);
  if (!info.ok()) return report(model_failure(info.status()));
  // The model has been opened as translate opens it: what that took is what it takes.
  const std::uint64_t open_bytes = peak_so_far();

  Result<Output> output = Output::open("");
  if (!output.ok()) return report(run_failure(output.status()));
  Status status =
      output->write(flags.json ? as_json(*info, open_bytes)
                               : printable_lines(as_text(*info, open_bytes, flags.tensors)));
  if (status.ok()) status = output->finish();
  if (status.ok()) return kSuccess;
  return report_output(*output, run_failure(status));
}

}  // namespace

Command add_inspect(CLI::App& program) {
  Command command;
  command.app = program.add_subcommand("inspect", "Show what a model directory is");
  const auto flags = std::make_shared<InspectFlags>();
  command.app
      ->add_option("MODEL,-m,--model", flags->model, "Model directory [en-de, which comes along]")
      ->check(some_path())
      ->type_name("PATH")
      ->group("What to show");
  command.app->add_option("--variant", flags->variant, "Of several exports: fp32, fp16, q8, ...")
      ->type_name("NAME")
      ->group("What to show");
  add_word_flag<Compute>(*command.app, "--compute", flags->compute,
                         "As translate has it: how weights would be held [auto]")
      ->type_name("TYPE")
      ->group("What to show");
  command.app
      ->add_option("--threads", flags->threads, "As translate has it: for the memory [one a core]")
      ->check(whole_number())
      ->type_name("N")
      ->group("What to show");
  command.app
      ->add_option("--batch-tokens", flags->batch_tokens,
                   "As translate has it: for the memory [2048]")
      ->check(whole_number())
      ->type_name("N")
      ->group("What to show");
  command.app
      ->add_option("--cache", flags->cache,
                   "As translate has it: the file there is named, and made if need be")
      ->check(some_path())
      ->type_name("DIR")
      ->group("What to show");
  command.app->add_flag("--tensors", flags->tensors, "Also list every tensor")
      ->group("What to show");
  command.app->add_flag("--json", flags->json, "Everything, as one JSON object")
      ->group("What to show");
  command.common = add_common_flags(*command.app);
  command.app->footer("For example:\n  transept inspect model/pretrained/en-de");
  command.run = [flags] { return inspect_model(*flags); };
  return command;
}

}  // namespace transept::tools
