#include "tools/cli/command_line.h"

#include <cctype>
#include <memory>

#include "tools/cli/validators.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

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
      ->check(some_path())
      ->type_name("FILE")
      ->group("Messages");
  app.add_option("--config", flags->config, "Flags from a file: lines such as beam = 4")
      ->check(some_path())
      ->type_name("FILE")
      ->group("Messages");
  return flags;
}

}  // namespace transept::tools
