// The sub-commands: each adds its parser to the program's.
#pragma once

#include "tools/cli/command_line.h"

namespace transept::tools {

Command add_translate(CLI::App& program);
Command add_inspect(CLI::App& program);
Command add_bleu(CLI::App& program);
Command add_regress(CLI::App& program);
Command add_bench(CLI::App& program);
Command add_shortlist(CLI::App& program);

}  // namespace transept::tools
