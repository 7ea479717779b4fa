#include "tools/command_line.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>

#include "transept/version.h"

namespace transept::tools {
namespace {

// Flags that belong to the program's contract, but to a later version.
constexpr std::string_view kPlanned[] = {"--alignments",
                                         "--alternatives",
                                         "--attention",
                                         "--coverage-penalty",
                                         "--glossary",
                                         "--min-p",
                                         "--min-alternative-prob",
                                         "--patience",
                                         "--prefix",
                                         "--prefix-bias",
                                         "--replace-unknowns",
                                         "--sample",
                                         "--samples",
                                         "--seed",
                                         "--shortlist",
                                         "--temperature",
                                         "--top-k",
                                         "--top-p",
                                         "--top-tokens",
                                         "--use-vmap",
                                         "--word-penalty"};

std::string environment_name(const std::string& flag) {
  std::string name = "TRANSEPT_";
  for (const char c : flag) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

// The long name of an option that may also come from elsewhere, without dashes; "" for others.
std::string long_name(const CLI::Option& option) {
  if (option.get_lnames().empty() || !option.get_configurable()) return "";
  return option.get_lnames().front();
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// True when a configuration file may set this flag of `app`.
bool may_set(const CLI::App& app, const std::string& flag) {
  const CLI::Option* option = app.get_option_no_throw("--" + flag);
  return option != nullptr && long_name(*option) == flag && flag != "config";
}

// Values by flag name, of the file's top and of the section of this sub-command. Everything in the
// file must be known to some sub-command.
std::map<std::string, std::vector<std::string>> read_config(const std::string& path,
                                                            const Command& command) {
  if (std::filesystem::is_directory(path)) throw CLI::FileError::Missing(path);
  const auto commands =
      command.app->get_parent()->get_subcommands([](const CLI::App*) { return true; });
  std::map<std::string, std::vector<std::string>> values;
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_file(path)) {
    if (item.name == "++" || item.name == "--") continue;  // section borders
    const std::string section = CLI::detail::join(item.parents, ".");
    const auto knows = [&](const CLI::App* app) {
      return (section.empty() || app->get_name() == section) && may_set(*app, item.name);
    };
    if (std::none_of(commands.begin(), commands.end(), knows)) {
      const auto named = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* app) {
        return app->get_name() == section;
      });
      if (named == commands.end() && !section.empty()) {
        throw CLI::ConfigError(path + ": there is no command for the section [" + section + "]");
      }
      const CLI::App& app = section.empty() ? *command.app : **named;
      if (app.get_option_no_throw("--" + item.name) != nullptr) {
        throw CLI::ConfigError(path + ": " + item.name + " cannot be set in a configuration file");
      }
      throw CLI::ConfigError(path + ": " + unknown_argument(app, "--" + item.name));
    }
    if (knows(command.app)) values[item.name] = item.inputs;
  }
  return values;
}

// What is neither "-x" nor "--xyz" is no flag: "-5", "- Hello" and "--" are texts as far as this
// goes.
bool is_flag(const std::string& word) {
  const std::size_t first = word.starts_with("--") ? 2 : 1;
  return word.size() > first && word.front() == '-' &&
         std::isalpha(static_cast<unsigned char>(word[first])) != 0;
}

}  // namespace

Arguments take_texts(const CLI::App& app, Arguments& arguments) {
  const auto takes_value = [&](const std::string& flag) {
    const CLI::Option* option = app.get_option_no_throw(flag);
    return option != nullptr && option->get_items_expected_min() > 0;
  };
  Arguments texts;
  Arguments others = {arguments.front()};
  bool only_texts = false;  // behind "--"
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (!only_texts && word == "--") {
      only_texts = true;
    } else if (only_texts || !is_flag(word)) {
      texts.push_back(word);
    } else {
      others.push_back(word);
      if (takes_value(word) && i + 1 < arguments.size()) others.push_back(arguments[++i]);
    }
  }
  arguments = std::move(others);
  return texts;
}

std::shared_ptr<CommonFlags> add_common_flags(CLI::App& app) {
  auto flags = std::make_shared<CommonFlags>();
  app.set_help_flag("-h,--help", "Show this help and exit")->configurable(false)->group("Messages");
  app.set_version_flag("--version", "transept " TRANSEPT_VERSION, "Show the version and exit")
      ->configurable(false)
      ->group("Messages");
  app.add_flag("-v,--verbose", flags->messages.verbose, "Say what happens; twice: more")
      ->group("Messages");
  app.add_flag("--quiet", flags->messages.quiet, "Errors only")->group("Messages");
  app.add_option("--log-file", flags->messages.log_file, "Write all messages here, too")
      ->type_name("FILE")
      ->group("Messages");
  app.add_option("--config", flags->config, "Flags from a file: lines such as beam = 4")
      ->type_name("FILE")
      ->group("Messages");
  return flags;
}

std::optional<Failure> fill_from_surroundings(const Command& command) {
  const auto fill = [](CLI::Option& option, const std::vector<std::string>& values,
                       const std::string& origin) -> std::optional<Failure> {
    try {
      for (const std::string& value : values) option.add_result(value);
      option.run_callback();
      return std::nullopt;
    } catch (const CLI::ParseError& e) {
      return Failure{kUsage, origin + ": " + e.what()};
    }
  };

  std::vector<CLI::Option*> open;
  for (CLI::Option* option : command.app->get_options()) {
    const std::string name = long_name(*option);
    if (name.empty() || option->count() > 0) continue;
    const std::string variable = environment_name(name);
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') {
      open.push_back(option);
    } else if (auto failure = fill(*option, {value}, variable)) {
      return failure;
    }
  }
  if (command.common->config.empty()) return std::nullopt;

  std::map<std::string, std::vector<std::string>> values;
  try {
    values = read_config(command.common->config, command);
  } catch (const CLI::ConfigError& e) {
    return Failure{kUsage, e.what()};
  } catch (const std::exception&) {
    return Failure{kUsage, "cannot read the configuration file " + command.common->config};
  }
  for (CLI::Option* option : open) {
    const auto found = values.find(long_name(*option));
    if (found == values.end()) continue;
    if (auto failure = fill(*option, found->second, command.common->config)) return failure;
  }
  return std::nullopt;
}

std::string unknown_argument(const CLI::App& app, const std::string& argument,
                             const Arguments& aliases) {
  const std::string flag = argument.substr(0, argument.find('='));
  if (std::find(std::begin(kPlanned), std::end(kPlanned), flag) != std::end(kPlanned)) {
    return "this version does not have " + flag;
  }
  if (flag.size() < 2 || flag.front() != '-') return "unexpected argument " + argument;
  std::vector<std::string> names = aliases;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string near = nearest(flag, names);
  return "unknown option " + flag + (near.empty() ? "" : "; did you mean " + near + "?");
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace transept::tools
