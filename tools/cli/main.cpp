// The transept program: finds the sub-command, lets it parse its flags and runs it.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "tools/base/nearest.h"
#include "tools/cli/commands.h"
#include "tools/cli/messages.h"
#include "tools/cli/suggestions.h"
#include "tools/cli/surroundings.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

// A file opened later must not become standard input, output or error because those were closed.
// What stands in for a closed one fails like it: it is open for the other direction.
void reserve_standard_files() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int opened = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (opened < 0) {
      [[maybe_unused]] const int directory = ::open("/", O_RDONLY);
    }
  }
}

int usage_error(const std::string& message) { return report({kUsage, message}); }

int run(int argc, char** argv) {
  CLI::App program("Translates text with encoder-decoder models, on CPUs.", "transept");
  program.set_help_flag("-h,--help", "Show this help and exit");
  program.set_version_flag("--version", "transept " TRANSEPT_VERSION, "Show the version and exit");
  program.option_defaults()->take_last();
  program.footer(
      "transept COMMAND --help tells more. For example:\n  transept translate \"Where is the "
      "station?\"");
  program.require_subcommand(0, 1);  // behind one its name is an ordinary word
  const std::vector<Command> commands = {add_translate(program), add_inspect(program),
                                         add_bleu(program),      add_regress(program),
                                         add_bench(program),     add_shortlist(program)};

  if (argc < 2) return usage_error("a command is needed; transept --help lists them");
  const std::string first = argv[1];
  const Command* command = nullptr;
  std::vector<std::string> names;
  for (const Command& one : commands) {
    names.push_back(one.app->get_name());
    if (names.back() == first) command = &one;
  }
  if (command == nullptr && !first.starts_with('-')) {
    const std::string near = nearest(first, names);
    return usage_error("this version has no command " + first +
                       (near.empty() ? "" : "; did you mean " + near + "?"));
  }

  Arguments arguments(argv + 1, argv + argc);
  if (command != nullptr && command->rewrite) arguments = command->rewrite(std::move(arguments));
  if (command != nullptr) {
    for (const std::string& word : arguments) {
      if (word == "--") break;  // only texts and files follow
      if (lacks_a_dash(*command->app, word)) {
        return usage_error(unknown_argument(*command->app, word, command->aliases));
      }
    }
  }
  try {
    program.parse(Arguments(arguments.rbegin(), arguments.rend()));  // takes them from the end
  } catch (const CLI::Success& request) {                            // help or version
    return program.exit(request);
  } catch (const CLI::ExtrasError&) {
    const CLI::App& parser = command != nullptr ? *command->app : program;
    std::vector<std::string> unknown = program.remaining(true);
    return usage_error(unknown_argument(parser, unknown.empty() ? "" : unknown.front(),
                                        command != nullptr ? command->aliases : Arguments{}));
  } catch (const CLI::ParseError& e) {
    return usage_error(e.what());
  }
  if (command == nullptr) return usage_error("a command is needed; transept --help lists them");

  if (auto failure = fill_from_surroundings(*command)) return report(*failure);
  if (Status status = start_messages(command->common->messages); !status.ok()) {
    return report({kBadOutput, status.message()});
  }
  if (auto failure = check_environment(*command)) return report(*failure);
  return command->run();
}

}  // namespace
}  // namespace transept::tools

int main(int argc, char** argv) {
  using namespace transept::tools;
  // A reader that has gone, and a file that has become too large, show as errors of write().
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  reserve_standard_files();
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return report({kRunTime, "out of memory"});
  } catch (const std::exception& e) {
    return report({kRunTime, e.what()});
  }
}
