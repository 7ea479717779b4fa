// transept shortlist: a lexical shortlist from sentences and their translations.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tools/base/line_input.h"
#include "tools/base/model_path.h"
#include "tools/base/try.h"
#include "tools/cli/commands.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/messages.h"
#include "tools/cli/output.h"
#include "tools/cli/validators.h"
#include "transept/shortlist.h"

namespace transept::tools {
namespace {

struct ShortlistFlags {
  std::string sources;
  std::string targets;
  std::string model;
  std::string output;
  std::string format = "auto";
  BuildShortlistOptions build;
  std::size_t threads = 0;
};

// Lines of one side, the first of which have no partner yet.
struct Side {
  LineInput input;
  std::vector<std::string> lines = {};

  // No lines afterwards: the input has ended. Errors: those of LineInput.
  Status fill(const Interrupt& interrupt) {
    return lines.empty() ? input.read(interrupt.wake_fd(), lines).status() : Status();
  }
  void drop(std::size_t count) {
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(count));
  }
};

// What is done meanwhile, on the terminal.
using Tell = std::function<void(const std::string&)>;

// All lines of both sides, pair by pair. Errors: kInput; kCancelled when interrupted.
Status read_pairs(const ShortlistFlags& flags, Side sources, Side targets,
                  const Interrupt& interrupt, const Tell& tell, ShortlistBuilder& builder) {
  while (true) {
    Status status = sources.fill(interrupt);
    if (status.ok()) status = targets.fill(interrupt);
    if (!status.ok()) return status;
    if (interrupt.signal() != 0) return Status(Code::kCancelled, "interrupted");
    const std::size_t count = std::min(sources.lines.size(), targets.lines.size());
    if (count == 0) {
      if (sources.lines.empty() && targets.lines.empty()) return Status();
      const std::string& shorter = sources.lines.empty() ? flags.sources : flags.targets;
      return Status(Code::kInput, shorter + " ends after line " +
                                      std::to_string(builder.pairs() + builder.left_out()) +
                                      ", the other side does not: line N must translate line N");
    }
    status =
        builder.add(std::span(sources.lines).first(count), std::span(targets.lines).first(count));
    if (!status.ok()) return status;
    sources.drop(count);
    targets.drop(count);
    tell(std::to_string(builder.pairs()) + " pairs of sentences");
  }
}

BuildShortlistOptions build_options(const ShortlistFlags& flags) {
  BuildShortlistOptions options = flags.build;
  const bool binary =
      flags.format == "binary" || (flags.format == "auto" && flags.output.ends_with(".bin"));
  options.form = binary ? ShortlistForm::binary : ShortlistForm::text;
  return options;
}

Result<std::string> learn(const ShortlistFlags& flags, Side sources, Side targets,
                          const Interrupt& interrupt, const Tell& tell, ShortlistBuilder& builder) {
  TRANSEPT_RETURN_IF_ERROR(
      read_pairs(flags, std::move(sources), std::move(targets), interrupt, tell, builder));
  if (builder.left_out() > 0) {
    info(std::to_string(builder.left_out()) +
         " pairs with an empty side, or too long for sentences, are left out");
  }
  return builder.build(build_options(flags), [&](std::uint32_t iteration) {
    tell(std::to_string(builder.pairs()) + " pairs of sentences, iteration " +
         std::to_string(iteration + 1) + " of " + std::to_string(flags.build.iterations));
    return interrupt.signal() == 0;
  });
}

int make_shortlist(const ShortlistFlags& flags, const MessageOptions& messages) {
  if (flags.sources == "-" && flags.targets == "-") {
    return report({kUsage, "only one of SOURCE and TARGET can be standard input"});
  }
  std::atomic<const Output*> to_discard = nullptr;
  const Interrupt interrupt([] {},
                            [&] {
                              if (const Output* output = to_discard.load()) output->discard();
                            });
  Result<LineInput> sources = LineInput::open(flags.sources);
  if (!sources.ok()) return report(run_failure(sources.status()));
  Result<LineInput> targets = LineInput::open(flags.targets);
  if (!targets.ok()) return report(run_failure(targets.status()));
  const Result<std::filesystem::path> model = find_model(flags.model);
  if (!model.ok()) return report(model_failure(model.status()));
  Result<ShortlistBuilder> builder = ShortlistBuilder::open(*model, flags.threads);
  if (!builder.ok()) return report(model_failure(builder.status()));
  // Before the work, so that a place where nothing can be written is known at once.
  Result<Output> output = Output::open(flags.output);
  if (!output.ok()) return report(run_failure(output.status()));
  to_discard = &*output;

  const bool show_progress = !messages.quiet && ::isatty(STDERR_FILENO) == 1;
  const Tell tell = [show_progress](const std::string& what) {
    if (show_progress) show_status(what);
  };
  const Result<std::string> bytes =
      learn(flags, {*std::move(sources)}, {*std::move(targets)}, interrupt, tell, *builder);
  tell("");
  to_discard = nullptr;
  if (interrupt.signal() != 0) {
    return report({signal_exit(interrupt.signal()), "interrupted; nothing was written"});
  }
  if (!bytes.ok()) return report(run_failure(bytes.status()));
  Status status = output->write(*bytes);
  if (status.ok()) status = output->finish();
  return status.ok() ? kSuccess : report_output(*output, run_failure(status));
}

}  // namespace

Command add_shortlist(CLI::App& program) {
  Command command;
  command.app = program.add_subcommand(
      "shortlist", "Make a shortlist for translate --shortlist from translations");
  const auto flags = std::make_shared<ShortlistFlags>();
  CLI::App& app = *command.app;
  const std::string io = "What to learn from";
  app.add_option("SOURCE", flags->sources, "Sentences, one a line [-: standard input]")
      ->check(some_path())
      ->type_name("")
      ->required()
      ->configurable(false)
      ->group(io);
  app.add_option("TARGET", flags->targets, "Their translations, line by line")
      ->check(some_path())
      ->type_name("")
      ->required()
      ->configurable(false)
      ->group(io);
  app.add_option("-m,--model", flags->model,
                 "Model directory, whose pieces are the words [en-de, which comes along]")
      ->check(some_path())
      ->type_name("PATH")
      ->group(io);
  app.add_option("-o,--output", flags->output, "Write here [-: standard output]")
      ->check(some_path())
      ->type_name("FILE")
      ->group(io);
  app.add_option("--format", flags->format,
                 "text, binary, or auto: binary when the output ends in .bin [auto]")
      ->check(one_of({"auto", "text", "binary"}))
      ->type_name("FORM")
      ->group(io);
  const std::string size = "How much";
  app.add_option("--best", flags->build.best,
                 "Keep the N likeliest target words of each source word [100]")
      ->check(whole_number())
      ->type_name("N")
      ->group(size);
  app.add_option("--threshold", flags->build.threshold, "... if more likely than this [0]")
      ->check(number())
      ->type_name("X")
      ->group(size);
  app.add_option("--first", flags->build.first,
                 "The first N words are always in; part of a binary file [100]")
      ->check(whole_number())
      ->type_name("N")
      ->group(size);
  const std::string run = "How to run";
  app.add_option("--iterations", flags->build.iterations,
                 "Of expectation maximisation (IBM Model 1) [5]")
      ->check(whole_number())
      ->type_name("N")
      ->group(run);
  app.add_option("--threads", flags->threads, "Threads [one a core]")
      ->check(whole_number())
      ->type_name("N")
      ->group(run);
  command.common = add_common_flags(app);
  app.footer(
      "Text and binary files are Marian's (lex.s2t). For example:\n"
      "  transept shortlist corpus.en corpus.de -o lex.s2t.bin\n"
      "  transept translate -i in.en -o out.de --shortlist lex.s2t.bin");
  command.run = [flags, common = command.common] {
    return make_shortlist(*flags, common->messages);
  };
  return command;
}

}  // namespace transept::tools
