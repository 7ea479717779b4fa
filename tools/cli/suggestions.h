// Suggestions: what a flag that nobody knows was probably meant to be.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace transept::tools {

// One sentence about an argument the parser of `app` did not know, with the flag or alias it may
// have been meant to be, whatever program the name is from.
std::string unknown_argument(const CLI::App& app, const std::string& argument,
                             const std::vector<std::string>& aliases = {});

// The sentence about `flag` where it is another program's name for a flag of `app`, or for what there
// is none for; "" when it is not.
std::string counterpart(const CLI::App& app, const std::string& flag);

// True for a long flag behind one dash ("-model"), ours or another program's, which the parser would
// take for a short one and its value.
bool lacks_a_dash(const CLI::App& app, const std::string& word);

}  // namespace transept::tools
