#include "tools/cli/suggestions.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "tools/base/nearest.h"
#include "tools/cli/foreign_flags.h"

namespace transept::tools {
namespace {

bool is_planned(std::string_view flag) {
  return std::any_of(planned_flags().begin(), planned_flags().end(),
                     [&](const PlannedFlag& planned) { return planned.flag == flag; });
}

bool has_flag(const CLI::App& app, const std::string& flag) {
  return app.get_option_no_throw(flag) != nullptr;
}

// Another sub-command that has this flag; "" when none has.
std::string other_owner(const CLI::App& app, const std::string& flag) {
  if (app.get_parent() == nullptr || !flag.starts_with("--")) return "";
  for (const CLI::App* other :
       app.get_parent()->get_subcommands([](const CLI::App*) { return true; })) {
    if (other != &app && has_flag(*other, flag)) return other->get_name();
  }
  return "";
}

}  // namespace

std::string counterpart(const CLI::App& app, const std::string& flag) {
  const std::string unknown = "unknown option " + flag;
  std::string answer;
  any_foreign_flags([&](const ForeignFlags& foreign) {
    if (!is_among(foreign.names, flag)) return false;
    if (!foreign.command.empty() && foreign.command != app.get_name()) return false;
    const std::string note(foreign.note);
    if (foreign.flag.empty()) {
      answer = unknown + ": " + note;
    } else if (has_flag(app, std::string(foreign.flag.substr(0, foreign.flag.find(' '))))) {
      answer = unknown + ": here it is " + std::string(foreign.flag);
      if (!note.empty()) answer += ", " + note;
    }
    return !answer.empty();
  });
  if (!answer.empty()) return answer;
  for (const PlannedFlag& planned : planned_flags()) {
    if (is_among(planned.names, flag)) {
      return unknown + ": it would be " + std::string(planned.flag) +
             ", which this version does not have";
    }
  }
  return "";
}

std::string unknown_argument(const CLI::App& app, const std::string& argument,
                             const std::vector<std::string>& aliases) {
  const std::string flag = argument.substr(0, argument.find('='));
  if (is_planned(flag)) return "this version does not have " + flag;
  if (flag.size() < 2 || flag.front() != '-') return "unexpected argument " + argument;
  const std::string unknown = "unknown option " + flag;
  if (has_flag(app, "-" + flag)) return unknown + "; did you mean -" + flag + "?";
  if (std::string answer = counterpart(app, flag); !answer.empty()) return answer;
  if (const std::string owner = other_owner(app, flag); !owner.empty()) {
    return unknown + ": it is one of transept " + owner;
  }
  std::vector<std::string> names = aliases;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // not listed by --help
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string near = nearest(flag, names);
  return unknown + (near.empty() ? "" : "; did you mean " + near + "?");
}

bool lacks_a_dash(const CLI::App& app, const std::string& word) {
  if (word.size() < 4 || word[0] != '-' || word[1] == '-') return false;
  if (std::isalpha(static_cast<unsigned char>(word[2])) == 0) return false;  // "-b6"
  const std::string flag = word.substr(0, word.find('='));
  if (has_flag(app, "-" + flag)) return true;
  return !counterpart(app, flag).empty();
}

}  // namespace transept::tools
