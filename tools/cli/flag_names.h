// Flag names: what the program calls the options of the library.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transept/option_table.h"
#include "transept/status.h"

namespace transept::tools {

// "--n-best" of the option that the structs call n_best.
std::string flag_of(std::string_view option);

// Of a field of the request: flag_of(&TranslateOptions::Search::n_best).
template <class Group, class Request>
std::string flag_of(Request Group::*field) {
  return flag_of(name_of(field).name);
}

// The message, with flags for the options it speaks of: "--n-best 5 is above --beam 4".
std::string in_flags(const Status& status);

// What a request sets of the options in the table, as flags: "--split=long".
std::vector<std::string> given_flags(const TranslateOptions& request);

}  // namespace transept::tools
