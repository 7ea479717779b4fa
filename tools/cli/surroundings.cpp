#include "tools/cli/surroundings.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string_view>

#include "tools/base/nearest.h"
#include "tools/cli/messages.h"
#include "tools/cli/suggestions.h"

namespace transept::tools {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kVariables = "TRANSEPT_";
constexpr std::size_t kConfigBytes = 1 << 20;

// Variables that are no flags.
constexpr std::string_view kOtherVariables[] = {"TRANSEPT_ISA",
                                                "TRANSEPT_MODEL_PATH",
                                                "TRANSEPT_MECAB_LIBRARY",
                                                "TRANSEPT_MECAB_DICTIONARY",
                                                "TRANSEPT_MECAB_KO_LIBRARY",
                                                "TRANSEPT_MECAB_KO_DICTIONARY"};

std::string environment_name(const std::string& flag) {
  std::string name(kVariables);
  for (const char c : flag) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

// "num-beams" of TRANSEPT_NUM_BEAMS.
std::string flag_name(std::string_view variable) {
  std::string flag;
  for (const char c : variable.substr(kVariables.size())) {
    flag += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return flag;
}

const char* environment_value(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value != nullptr ? value : std::getenv((std::string(kByteOrderMark) + variable).c_str());
}

// The long name of an option that may also come from elsewhere, without dashes; "" for others.
std::string long_name(const CLI::Option& option) {
  if (option.get_lnames().empty() || !option.get_configurable()) return "";
  return option.get_lnames().front();
}

std::vector<const CLI::App*> all_commands(const Command& command) {
  const CLI::App* program = command.app->get_parent();
  return program->get_subcommands([](const CLI::App*) { return true; });
}

// True when a configuration file may set this flag of `app`.
bool may_set(const CLI::App& app, const std::string& flag) {
  const CLI::Option* option = app.get_option_no_throw("--" + flag);
  return option != nullptr && long_name(*option) == flag && flag != "config";
}

std::string trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return "";
  return std::string(line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1));
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
  });
}

// Refuses lines that the parser would take for something else; lists that go over several lines are
// put on one.
std::string checked_config_lines(const std::string& path, const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  std::size_t number = 0;
  std::size_t list = 0;  // the line where an open list begins
  for (std::string raw; std::getline(lines, raw);) {
    ++number;
    const std::string line = trimmed(raw);
    const auto refuse = [&](const std::string& why) {
      throw CLI::ConfigError(path + ", line " + std::to_string(number) + ": " + why);
    };
    if (list == 0 && !out.empty()) out += '\n';
    out += line;
    if (list != 0) {
      if (trimmed(line.substr(0, line.find('#'))).ends_with(']')) list = 0;
      continue;
    }
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    const std::size_t equals = line.find('=');
    const std::size_t comment = line.find('#');
    if (line.front() == '[') {
      if (line.size() < 3 || line.back() != ']' || !is_name(line.substr(1, line.size() - 2))) {
        refuse(line + " is not a section such as [translate]");
      }
      continue;
    }
    const std::string key = trimmed(line.substr(0, std::min(equals, comment)));
    if (!is_name(key)) refuse(line + " is neither key = value nor [section]");
    if (equals == std::string::npos) continue;
    const std::string value = trimmed(line.substr(equals + 1));
    if (value.empty()) refuse(key + " has no value");
    if (value.front() == '[' && value.find(']') == std::string::npos) list = number;
  }
  if (list != 0) throw CLI::ConfigError(path + ", line " + std::to_string(list) + ": no ] follows");
  return out;
}

std::string read_config_text(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw CLI::FileError::Missing(path);
  std::ifstream file(path, std::ios::binary);
  std::string text(kConfigBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) throw CLI::FileError::Missing(path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kConfigBytes) throw CLI::ConfigError(path + " is larger than 1 MiB");
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw CLI::ConfigError(path + " is UTF-16; it must be UTF-8");
  }
  if (text.find('\0') != std::string::npos) {
    throw CLI::ConfigError(path + " is not a text file: it holds NUL bytes");
  }
  return checked_config_lines(path, text);
}

// Values by flag name, of the file's top and of the section of this sub-command. Everything in the
// file must be known to some sub-command.
std::map<std::string, std::vector<std::string>> read_config(const std::string& path,
                                                            const Command& command) {
  const std::vector<const CLI::App*> commands = all_commands(command);
  std::map<std::string, std::vector<std::string>> values;
  std::istringstream text(read_config_text(path));
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(text)) {
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

}  // namespace

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
    const char* value = environment_value(variable);
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

std::optional<Failure> check_environment(const Command& command) {
  std::vector<std::string> flags;
  for (const CLI::App* app : all_commands(command)) {
    for (const CLI::Option* option : app->get_options()) {
      if (std::string name = long_name(*option); !name.empty()) flags.push_back(std::move(name));
    }
  }
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    std::string_view variable(*entry);
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos || equals + 1 == variable.size()) continue;
    variable = variable.substr(0, equals);
    if (variable.starts_with(kByteOrderMark)) variable.remove_prefix(kByteOrderMark.size());
    if (!variable.starts_with(kVariables) || variable.size() == kVariables.size()) continue;
    const std::string flag = flag_name(variable);
    if (std::find(flags.begin(), flags.end(), flag) != flags.end()) continue;
    if (std::find(std::begin(kOtherVariables), std::end(kOtherVariables), variable) !=
        std::end(kOtherVariables)) {
      continue;
    }
    const std::string near = misspelt(flag, flags);
    // A single word may be a variable of somebody else: TRANSEPT_SRC.
    std::string answer =
        flag.find('-') == std::string::npos ? "" : counterpart(*command.app, "--" + flag);
    if (answer.empty() && !near.empty()) {
      answer = "unknown option --" + flag + "; did you mean " + environment_name(near) + "?";
    }
    if (!answer.empty()) return Failure{kUsage, std::string(variable) + ": " + answer};
    info("nothing reads the variable " + std::string(variable));
  }
  return std::nullopt;
}

}  // namespace transept::tools
