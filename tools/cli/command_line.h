// Command line: what all sub-commands have in common: how they are made, shared flags, texts among the
// arguments.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tools/cli/messages.h"

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

}  // namespace transept::tools
