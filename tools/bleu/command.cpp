// transept bleu: scores of translations, with sacreBLEU's command line, arithmetic and output.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "tools/bleu/arguments.h"
#include "tools/bleu/evaluate.h"
#include "tools/cli/commands.h"
#include "tools/cli/messages.h"
#include "tools/cli/output.h"
#include "transept/scorer.h"

namespace transept::tools {
namespace {

// "" when the variable is not set.
std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

BleuSurroundings surroundings_of(const BleuArguments& arguments) {
  BleuSurroundings surroundings;
  std::ios::sync_with_stdio(false);  // errors of reading show
  surroundings.input = &std::cin;
  if (const char* seed = std::getenv("SACREBLEU_SEED")) surroundings.seed = seed;
  const std::string home = environment("HOME");
  std::string folder = environment("SACREBLEU");
  if (folder.empty() && !home.empty()) folder = home + "/.sacrebleu";
  if (!folder.empty()) surroundings.model_folder = folder + "/models";
  const bool colors =
      !arguments.no_color && environment("NO_COLOR").empty() && ::isatty(STDOUT_FILENO) == 1;
  surroundings.colors = colors ? Colors::on : Colors::off;
  surroundings.warn = warn;
  return surroundings;
}

Failure failure_of(const Status& status) {
  // What is unsupported is a tokenizer whose library is not installed: no model is to blame.
  if (status.code() == Code::kUnsupported) return {kRunTime, status.message()};
  return run_failure(status);
}

int evaluate(BleuArguments arguments) {
  // As in sacreBLEU the variable wins, unless it makes no sense.
  const std::string format = CLI::detail::to_lower(environment("SACREBLEU_FORMAT"));
  if (is_bleu_format(format)) arguments.format = format;

  if (arguments.tokenizer == "intl") {
    info("the tokenizer intl takes punctuation and symbols of Unicode " +
         std::string(score::unicode_version()));
  }
  const Result<std::string> text = evaluate_bleu(arguments, surroundings_of(arguments));
  if (!text.ok()) return report(failure_of(text.status()));
  Result<Output> output = Output::open("");
  if (!output.ok()) return report(run_failure(output.status()));
  Status status = output->write(*text);
  if (status.ok()) status = output->finish();
  if (status.ok()) return kSuccess;
  return report_output(*output, run_failure(status));
}

}  // namespace

Command add_bleu(CLI::App& program) {
  Command command;
  command.app = program.add_subcommand(
      "bleu", "Score translations: BLEU, chrF and TER as sacreBLEU has them");
  const auto arguments = std::make_shared<BleuArguments>();
  add_bleu_flags(*command.app, *arguments);
  command.common = add_common_flags(*command.app);
  command.app->footer(
      "The command line is sacreBLEU's. Scores, signatures and tests are equal to those of "
      "sacreBLEU 2.6.\n"
      "Lines end in line feeds only, from standard input, too, where sacreBLEU also cuts at a "
      "carriage return.\n"
      "For example:\n"
      "  transept bleu reference.de -i translation.de -m bleu chrf -f text\n"
      "  transept translate -i source.en | transept bleu reference.de -b\n"
      "  transept bleu reference.de -i baseline.de other.de --paired-bs -f text");
  command.rewrite = [app = command.app](Arguments words) {
    return expand_bleu_flags(*app, std::move(words));
  };
  command.aliases = bleu_short_flags();
  command.run = [arguments] { return evaluate(*arguments); };
  return command;
}

}  // namespace transept::tools
