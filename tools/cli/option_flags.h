// The flags of the options in the table: names, helps and forms of their values are those of the rows.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <type_traits>
#include <vector>

#include "tools/cli/flag_names.h"
#include "tools/cli/validators.h"
#include "transept/option_table.h"
#include "transept/words.h"

namespace transept::tools {

// A flag whose value is one of these words of T. The field must live as long as the parser.
template <class T, class Field>
CLI::Option* add_word_flag(CLI::App& app, const std::string& flag, Field& field,
                           const std::string& help,
                           const std::vector<std::string>& words = all_words<T>()) {
  const auto take = [&field](const std::string& word) { field = *value_of<T>(word); };
  return app.add_option_function<std::string>(flag, take, help)->check(one_of(words));
}

// The flag of one row, which fills in its field of `options`; they must live as long as the parser.
template <class Option>
void add_option_flag(CLI::App& app, const Option& option, TranslateOptions& options,
                     const std::string& group) {
  using Value = typename Option::Value;
  auto& field = option.of(options);
  const std::string flag = flag_of(option.name);
  const std::string help(option.help);
  CLI::Option* added = nullptr;
  if constexpr (std::is_same_v<std::decay_t<decltype(field)>, bool>) {
    added = app.add_flag(flag, field, help);
  } else if constexpr (std::is_same_v<Value, bool> || std::is_enum_v<Value>) {
    added = add_word_flag<Value>(app, flag, field, help);
  } else if constexpr (std::is_same_v<Value, float>) {
    added = app.add_option(flag, field, help)->check(number());
  } else {
    added = app.add_option(flag, field, help)->check(whole_number());
  }
  if (!option.value_name.empty()) added->type_name(std::string(option.value_name));
  added->group(group);
}

// The flags of all options in one group of the request: add_group<TranslateOptions::Search>(...).
template <class Group>
void add_group(CLI::App& app, TranslateOptions& options, const std::string& group) {
  for_each_option([&](const auto& option) {
    if constexpr (std::is_same_v<typename std::decay_t<decltype(option)>::Group, Group>) {
      add_option_flag(app, option, options, group);
    }
  });
}

}  // namespace transept::tools
