#include "tools/regress/suite.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <string_view>

#include "tools/base/nearest.h"
#include "tools/cli/flag_names.h"
#include "tools/cli/suggestions.h"
#include "tools/cli/translate_flags.h"
#include "tools/regress/files.h"
#include "tools/regress/yaml.h"
#include "transept/scorer.h"

namespace transept::tools {
namespace {

constexpr std::string_view kMetrics[] = {"bleu", "chrf", "chrf++", "ter"};

// What ends the reading of a suite from anywhere within it.
struct Refusal {
  std::size_t line;
  std::string why;
};

[[noreturn]] void refuse(const YamlNode& node, const std::string& why) {
  throw Refusal{node.line, why};
}

std::string suggestion(const std::string& word, const std::vector<std::string>& words) {
  const std::string near = nearest(word, words);
  return near.empty() ? "" : "; did you mean " + near + "?";
}

void check_kind(const YamlNode& node, YamlNode::Kind kind, const std::string& what) {
  if (node.kind == kind) return;
  switch (kind) {
    case YamlNode::Kind::scalar: refuse(node, what + " must be a single value");
    case YamlNode::Kind::sequence: refuse(node, what + " must be a list");
    default: refuse(node, what + " must be a map of keys and values");
  }
}

void check_keys(const YamlNode& map, const std::string& what,
                const std::vector<std::string>& known) {
  check_kind(map, YamlNode::Kind::map, what);
  for (const auto& [key, value] : map.members) {
    if (std::find(known.begin(), known.end(), key.text) == known.end()) {
      refuse(key, "unknown key " + key.text + " in " + what + suggestion(key.text, known));
    }
  }
}

const YamlNode& needed(const YamlNode& map, const std::string& key, const std::string& what) {
  const YamlNode* node = map.find(key);
  if (node == nullptr) refuse(map, what + " needs the key " + key);
  return *node;
}

const std::string& text_of(const YamlNode& node, const std::string& what) {
  check_kind(node, YamlNode::Kind::scalar, what);
  if (node.text.empty()) refuse(node, what + " must not be empty");
  for (const char c : node.text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      refuse(node, what + " must be one line without control characters");
    }
  }
  return node.text;
}

std::string optional_text(const YamlNode& map, const std::string& key, std::string otherwise = "") {
  const YamlNode* node = map.find(key);
  return node == nullptr ? std::move(otherwise) : text_of(*node, key);
}

double number_of(const YamlNode& node, const std::string& what) {
  const std::string& text = text_of(node, what);
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) ||
      number < 0.0) {
    refuse(node, what + " must be a number from 0, not " + text);
  }
  return number;
}

std::optional<double> optional_number(const YamlNode& map, const std::string& key) {
  const YamlNode* node = map.find(key);
  return node == nullptr ? std::nullopt : std::optional<double>(number_of(*node, key));
}

bool truth_of(const YamlNode& node, const std::string& what) {
  const std::string& text = text_of(node, what);
  for (const char* word : {"true", "yes", "on"}) {
    if (text == word) return true;
  }
  for (const char* word : {"false", "no", "off"}) {
    if (text == word) return false;
  }
  refuse(node, what + " must be true or false, not " + text);
}

// "150 MiB", "1.5 GB" or bytes.
std::uint64_t bytes_of(const YamlNode& node, const std::string& what) {
  const std::string& text = text_of(node, what);
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::pair<std::string_view, double> units[] = {
      {"", 1.0},   {"B", 1.0},      {"kB", 1e3}, {"KiB", 0x1p10},
      {"MB", 1e6}, {"MiB", 0x1p20}, {"GB", 1e9}, {"GiB", 0x1p30}};
  for (const auto& [name, factor] : units) {
    const double bytes = number * factor;
    if (error == std::errc() && unit == name && bytes > 0.0 && bytes < 0x1p60) {
      return static_cast<std::uint64_t>(bytes);
    }
  }
  refuse(node, what + " must be a size such as 150 MiB, not " + text);
}

std::string checksum_of(const YamlNode& map) {
  const YamlNode* node = map.find("checksum");
  if (node == nullptr) return "";
  std::string text = text_of(*node, "checksum");
  if (!text.starts_with("sha256:")) text = "sha256:" + text;
  const bool hexadecimal = std::all_of(text.begin() + 7, text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (text.size() != 7 + 64 || !hexadecimal) {
    refuse(*node, "checksum must be sha256: and 64 hexadecimal digits in lower case");
  }
  return text;
}

// The items of a list of named maps.
template <class Item>
std::vector<Item> named_items(const YamlNode& list, const std::string& what,
                              const std::function<Item(const YamlNode&)>& read) {
  check_kind(list, YamlNode::Kind::sequence, what);
  if (list.items.empty()) refuse(list, what + " is empty");
  std::vector<Item> items;
  for (const YamlNode& node : list.items) {
    check_kind(node, YamlNode::Kind::map, "an item of " + what);
    const std::string& name = text_of(needed(node, "name", "an item of " + what), "name");
    for (const Item& before : items) {
      if (before.name == name) refuse(node, "two of " + what + " have the name " + name);
    }
    items.push_back(read(node));
    items.back().name = name;
  }
  return items;
}

// --- settings: the flags of translate, checked by its own parser ---

// What a suite decides elsewhere.
std::optional<std::string> decided_elsewhere(const std::string& flag) {
  if (flag == "model") return "models decides it";
  if (flag == "input-file" || flag == "input" || flag == "TEXT") return "sets decides it";
  if (flag == "output" || flag == "format") return "regress needs it itself";
  return std::nullopt;
}

bool is_default(const std::string& flag) {
  const std::vector<std::string> flags = default_flags();
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

// The flags one key of a setting stands for.
std::vector<std::string> flags_of(const CLI::App& parser, const YamlNode& key,
                                  const YamlNode& value) {
  if (const auto reason = decided_elsewhere(key.text)) {
    refuse(key, key.text + " does not belong into a setting: " + *reason);
  }
  const std::string flag = "--" + key.text;
  const CLI::Option* option = parser.get_option_no_throw(flag);
  if (option == nullptr) refuse(key, unknown_argument(parser, flag));
  std::vector<std::string> flags;
  if (option->get_expected_max() == 0) {  // has no value
    if (truth_of(value, key.text)) {
      flags.push_back(flag);
    } else if (is_default(flag + "=true")) {
      flags.push_back(flag + "=false");
    }
    return flags;
  }
  if (value.kind == YamlNode::Kind::sequence) {
    for (const YamlNode& item : value.items) flags.push_back(flag + "=" + text_of(item, key.text));
  } else {
    flags.push_back(flag + "=" + text_of(value, key.text));
  }
  return flags;
}

// What the parser of translate makes of these flags.
TranslateFlags parse_flags(const std::vector<std::string>& flags, const YamlNode& where) {
  CLI::App parser;
  TranslateFlags parsed;
  add_translate_flags(parser, parsed);
  try {
    parser.parse(std::vector<std::string>(flags.rbegin(), flags.rend()));
  } catch (const CLI::ParseError& e) {
    refuse(where, e.what());
  }
  return parsed;
}

SuiteSetting read_setting(const YamlNode& node) {
  CLI::App parser;
  TranslateFlags unused;
  add_translate_flags(parser, unused);
  SuiteSetting setting;
  for (const auto& [key, value] : node.members) {
    if (key.text == "name") continue;
    const std::vector<std::string> flags = flags_of(parser, key, value);
    parse_flags(flags, key);  // so that an error has its line
    setting.flags.insert(setting.flags.end(), flags.begin(), flags.end());
  }
  TranslateFlags all = parse_flags(setting.flags, node);
  all.format = Format::jsonl;
  if (const auto failure = check_flags(all)) refuse(node, failure->message);
  setting.variant = all.variant;
  return setting;
}

// --- the other parts ---

SuiteModel read_model(const YamlNode& node, const std::filesystem::path& directory) {
  check_keys(node, "a model", {"name", "path", "checksum"});
  SuiteModel model;
  model.path = text_of(needed(node, "path", "a model"), "path");
  std::error_code ignored;
  const std::filesystem::path beside = directory / model.path;
  const bool is_name =
      model.path.find('/') == std::string::npos && !std::filesystem::exists(beside, ignored);
  if (!is_name) model.path = std::filesystem::absolute(beside).lexically_normal().string();
  model.checksum = checksum_of(node);
  return model;
}

SuiteSet read_set(const YamlNode& node, const std::filesystem::path& directory) {
  check_keys(node, "a set", {"name", "source", "references", "input", "tokenize", "checksum"});
  SuiteSet set;
  set.source = directory / text_of(needed(node, "source", "a set"), "source");
  const YamlNode& references = needed(node, "references", "a set");
  check_kind(references, YamlNode::Kind::sequence, "references");
  for (const YamlNode& reference : references.items) {
    set.references.push_back(directory / text_of(reference, "a reference"));
  }
  if (set.references.empty()) refuse(references, "a set needs at least one reference");
  set.input = optional_text(node, "input", set.input);
  if (set.input != "text" && set.input != "tokens" && set.input != "ids") {
    refuse(*node.find("input"), "input must be text, tokens or ids, not " + set.input);
  }
  set.tokenize = optional_text(node, "tokenize", set.tokenize);
  const auto known = score::tokenizer_names();
  if (std::find(known.begin(), known.end(), set.tokenize) == known.end()) {
    refuse(*node.find("tokenize"),
           "there is no tokenizer " + set.tokenize +
               suggestion(set.tokenize, std::vector<std::string>(known.begin(), known.end())));
  }
  set.checksum = checksum_of(node);
  return set;
}

std::vector<std::string> read_metrics(const YamlNode* node) {
  if (node == nullptr) return {"bleu", "chrf"};
  check_kind(*node, YamlNode::Kind::sequence, "metrics");
  const std::vector<std::string> known(std::begin(kMetrics), std::end(kMetrics));
  std::vector<std::string> metrics;
  for (const YamlNode& item : node->items) {
    const std::string& name = text_of(item, "a metric");
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      refuse(item, "there is no metric " + name + suggestion(name, known));
    }
    if (std::find(metrics.begin(), metrics.end(), name) != metrics.end()) {
      refuse(item, name + " stands twice in metrics");
    }
    metrics.push_back(name);
  }
  if (metrics.empty()) refuse(*node, "metrics is empty");
  return metrics;
}

// Adds what a map of points by metric says of `key`, if it is a metric's name.
bool read_points(const YamlNode& key, const YamlNode& value,
                 const std::vector<std::string>& metrics, PointsByMetric& points) {
  if (std::find(std::begin(kMetrics), std::end(kMetrics), key.text) == std::end(kMetrics)) {
    return false;
  }
  if (std::find(metrics.begin(), metrics.end(), key.text) == metrics.end()) {
    refuse(key, key.text + " is not among the metrics of this suite");
  }
  points[key.text] = number_of(value, key.text);
  return true;
}

SuiteTolerance read_tolerance(const YamlNode* node, const std::vector<std::string>& metrics) {
  SuiteTolerance tolerance;
  if (node == nullptr) return tolerance;
  std::vector<std::string> known(std::begin(kMetrics), std::end(kMetrics));
  known.push_back("significant");
  check_keys(*node, "tolerance", known);
  for (const auto& [key, value] : node->members) {
    if (read_points(key, value, metrics, tolerance.points)) continue;
    tolerance.significant = number_of(value, "significant");
    if (*tolerance.significant <= 0.0 || *tolerance.significant >= 1.0) {
      refuse(value, "significant must lie between 0 and 1, such as 0.05");
    }
  }
  return tolerance;
}

std::string known_setting(const YamlNode& node, const Suite& suite) {
  const std::string& name = text_of(node, "a setting");
  std::vector<std::string> known;
  for (const SuiteSetting& setting : suite.settings) known.push_back(setting.name);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    refuse(node, "there is no setting " + name + suggestion(name, known));
  }
  return name;
}

std::vector<SuiteComparison> read_comparisons(const YamlNode* list, const Suite& suite) {
  std::vector<SuiteComparison> comparisons;
  if (list == nullptr) return comparisons;
  check_kind(*list, YamlNode::Kind::sequence, "compare");
  for (const YamlNode& node : list->items) {
    check_keys(node, "a comparison", {"setting", "with", "tolerance", "speed", "memory"});
    SuiteComparison comparison;
    comparison.setting = known_setting(needed(node, "setting", "a comparison"), suite);
    comparison.with = known_setting(needed(node, "with", "a comparison"), suite);
    if (const YamlNode* points = node.find("tolerance")) {
      check_keys(*points, "tolerance",
                 std::vector<std::string>(std::begin(kMetrics), std::end(kMetrics)));
      for (const auto& [key, value] : points->members) {
        read_points(key, value, suite.metrics, comparison.tolerance);
      }
    }
    comparison.speed = optional_number(node, "speed");
    comparison.memory = optional_number(node, "memory");
    if (comparison.tolerance.empty() && !comparison.speed && !comparison.memory) {
      refuse(node, "a comparison needs a tolerance, a speed or a memory");
    }
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

Suite read_suite(const YamlNode& root, const std::string& path) {
  Suite suite;
  suite.file = path;
  const std::filesystem::path directory = suite.directory();
  const std::string what = "a suite";
  check_keys(root, what,
             {"name", "models", "settings", "sets", "metrics", "tolerance", "compare",
              "peak-memory", "exact", "baselines", "history"});
  suite.name = optional_text(root, "name", suite.file.stem().string());
  suite.models =
      named_items<SuiteModel>(needed(root, "models", what), "models",
                              [&](const YamlNode& node) { return read_model(node, directory); });
  suite.settings =
      named_items<SuiteSetting>(needed(root, "settings", what), "settings", read_setting);
  suite.sets = named_items<SuiteSet>(needed(root, "sets", what), "sets", [&](const YamlNode& node) {
    return read_set(node, directory);
  });
  suite.metrics = read_metrics(root.find("metrics"));
  suite.tolerance = read_tolerance(root.find("tolerance"), suite.metrics);
  suite.compare = read_comparisons(root.find("compare"), suite);
  if (const YamlNode* node = root.find("peak-memory")) {
    suite.peak_memory = bytes_of(*node, "peak-memory");
  }
  if (const YamlNode* node = root.find("exact")) suite.exact = truth_of(*node, "exact");
  suite.baselines = directory / text_of(needed(root, "baselines", what), "baselines");
  if (const YamlNode* node = root.find("history")) {
    suite.history = directory / text_of(*node, "history");
  }
  return suite;
}

}  // namespace

std::vector<std::string> default_flags() {
  TranslateOptions options;
  options.text.split = Split::long_lines;
  options.text.special_tokens = true;
  options.text.copy_unknown = CopyUnknown::off;
  options.search.loop_guard = false;
  return given_flags(options);
}

Result<Suite> load_suite(const std::string& path) {
  const Result<std::string> text = read_file(path, kYamlBytes);
  if (!text.ok()) return text.status();
  return parse_suite(*text, path);
}

Result<Suite> parse_suite(const std::string& text, const std::string& path) {
  const Result<YamlNode> root = parse_yaml(text, path);
  if (!root.ok()) return root.status();
  if (root->kind == YamlNode::Kind::null) {
    return Status(Code::kInvalidArgument, path + " is empty: it should be a suite");
  }
  try {
    return read_suite(*root, path);
  } catch (const Refusal& refusal) {
    return Status(Code::kInvalidArgument,
                  path + ", line " + std::to_string(refusal.line) + ": " + refusal.why);
  }
}

}  // namespace transept::tools
