// Command line: what all sub-commands have in common: shared flags, values from the environment and
// from a configuration file, one-line errors with suggestions.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/exit_code.h"
#include "tools/messages.h"

namespace transept::tools {

// -h, --version, --config, -v, --quiet, --log-file.
struct CommonFlags {
  MessageOptions messages;
  std::string config;
};

using Arguments = std::vector<std::string>;

// A sub-command: its parser, and what runs it once the parser has filled in its flags.
struct Command {
  CLI::App* app = nullptr;
  std::shared_ptr<CommonFlags> common;
  std::function<int()> run;
  // Where arguments have forms the parser does not know: takes those out, or turns them into forms
  // it knows.
  std::function<Arguments(Arguments)> rewrite = {};
  Arguments aliases = {};  // the other forms, as suggestions
};

// Takes the texts out of a sub-command's arguments, its name in front. They may be anything: the
// parser would split "[a, b]", stop at "++" and take the name of a sub-command for one.
Arguments take_texts(const CLI::App& app, Arguments& arguments);

// Flags every sub-command has.
std::shared_ptr<CommonFlags> add_common_flags(CLI::App& app);

// Flags of `command` that the command line leaves open are taken from the environment (--n-best:
// TRANSEPT_N_BEST), then from the file --config names: `key = value` lines as in the long flags
// without dashes, at its top or in a section [sub-command].
std::optional<Failure> fill_from_surroundings(const Command& command);

// One sentence about an argument the parser did not know, with the flag or alias it may have been
// meant to be.
std::string unknown_argument(const CLI::App& app, const std::string& argument,
                             const Arguments& aliases = {});

// The candidate that `word` was probably meant to be; "" when none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace transept::tools
