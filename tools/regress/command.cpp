// transept regress: translation quality under test.
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/base/append.h"
#include "tools/base/printable.h"
#include "tools/base/program.h"
#include "tools/cli/commands.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/messages.h"
#include "tools/cli/output.h"
#include "tools/cli/validators.h"
#include "tools/regress/evaluation.h"
#include "tools/regress/results.h"
#include "tools/regress/suite.h"

namespace transept::tools {
namespace {

struct RegressFlags {
  std::string suite;
  bool update = false;
  std::string json;
  std::string junit;
  std::string report;
  std::size_t changes = 10;
};

// A file that a run writes.
struct NamedOutput {
  std::string path;
  std::string text;
};

// Writes files under temporary names first: all of them get their names, or those up to the first
// that fails.
int write_files(const std::vector<NamedOutput>& files) {
  std::vector<Output> outputs;
  for (const NamedOutput& file : files) {
    Result<Output> output = Output::open(file.path);
    if (!output.ok()) return report(run_failure(output.status()));
    if (Status status = output->write(file.text); !status.ok()) {
      return report_output(*output, run_failure(status));
    }
    outputs.push_back(std::move(*output));
  }
  for (Output& output : outputs) {
    if (Status status = output.finish(); !status.ok()) {
      return report_output(output, run_failure(status));
    }
  }
  return kSuccess;
}

int print(const std::string& text) {
  Result<Output> output = Output::open("");
  if (!output.ok()) return report(run_failure(output.status()));
  Status status = output->write(text);
  if (status.ok()) status = output->finish();
  return status.ok() ? kSuccess : report_output(*output, run_failure(status));
}

// The exit code that a finished run without --update has.
int verdict(const Suite& suite, const Evaluation& evaluation) {
  const std::vector<std::string> failures = regressions(evaluation);
  if (!failures.empty()) {
    return report({kRunTime, "regression: " + failures.front() +
                                 (failures.size() == 1
                                      ? ""
                                      : "; and " + std::to_string(failures.size() - 1) + " more")});
  }
  if (const std::size_t fresh = evaluation.fresh(); fresh > 0) {
    return report({kBadInput, std::to_string(fresh) +
                                  (fresh == 1 ? " result has" : " results have") +
                                  " no recorded baseline; transept regress " + suite.file.string() +
                                  " --update records it"});
  }
  return kSuccess;
}

int regress(const RegressFlags& flags, const MessageOptions& messages) {
  const Result<Suite> suite = load_suite(flags.suite);
  if (!suite.ok()) return report(run_failure(suite.status()));

  Program program(suite->directory());
  const Interrupt interrupt([&] { program.stop(); }, [] {});
  const bool show_progress = !messages.quiet && ::isatty(STDERR_FILENO) == 1;
  EvaluationHooks hooks;
  hooks.run = [&](const std::vector<std::string>& arguments) { return program.run(arguments); };
  hooks.progress = [&](std::string_view what) {
    info(what);
    if (show_progress) show_status(what);
  };
  const Result<Evaluation> evaluation = evaluate_suite(*suite, !flags.update, hooks);
  if (show_progress) show_status("");
  if (interrupt.signal() != 0) {
    return report({signal_exit(interrupt.signal()), "interrupted; nothing was written"});
  }
  if (!evaluation.ok()) return report(run_failure(evaluation.status()));
  for (const std::string& note : evaluation->notes) warn(note);

  std::vector<NamedOutput> files;
  if (!flags.json.empty()) files.push_back({flags.json, format_json(*evaluation)});
  if (!flags.junit.empty()) files.push_back({flags.junit, format_junit(*evaluation)});
  if (!flags.report.empty()) files.push_back({flags.report, format_report(*evaluation)});
  if (flags.update) {
    files.push_back({suite->baselines.string(), format_baselines(record_baselines(*evaluation))});
  }
  if (const int code = write_files(files); code != kSuccess) return code;
  if (!suite->history.empty()) {
    const std::string line = format_history_line(record_run(*evaluation));
    if (Status status = append_to_file(suite->history, line); !status.ok()) {
      return report(run_failure(status));
    }
  }
  std::string text = format_text(*evaluation, flags.changes);
  if (flags.update) text += "recorded in " + suite->baselines.string() + '\n';
  if (const int code = print(printable_lines(text)); code != kSuccess) return code;
  return flags.update ? kSuccess : verdict(*suite, *evaluation);
}

}  // namespace

Command add_regress(CLI::App& program) {
  Command command;
  command.app = program.add_subcommand("regress", "Test that translations have not become worse");
  const auto flags = std::make_shared<RegressFlags>();
  const std::string what = "What to test";
  command.app
      ->add_option("SUITE", flags->suite, "YAML file: models, settings, sets, tolerance, baselines")
      ->check(some_path())
      ->type_name("")
      ->required()
      ->configurable(false)
      ->group(what);
  command.app->add_flag("--update", flags->update, "Record the results as the new baseline")
      ->configurable(false)
      ->group(what);
  const std::string results = "Results (besides the table on standard output)";
  command.app->add_option("--json", flags->json, "Write all results as one JSON object")
      ->check(some_path())
      ->type_name("FILE")
      ->group(results);
  command.app->add_option("--junit", flags->junit, "Write them as JUnit XML, which CI systems show")
      ->check(some_path())
      ->type_name("FILE")
      ->group(results);
  command.app
      ->add_option("--report", flags->report,
                   "Write a report to read: one HTML page, which needs no network")
      ->check(some_path())
      ->type_name("FILE")
      ->group(results);
  command.app
      ->add_option("--changes", flags->changes,
                   "Print the first N changed lines of each result [10]")
      ->type_name("N")
      ->group(results);
  command.common = add_common_flags(*command.app);
  command.app->footer(
      "Exit code 1: a regression. 3: no baseline is recorded, or it is one of another set.\n"
      "For example:\n"
      "  transept regress suite.yaml --update     # once, and whenever a change is meant\n"
      "  transept regress suite.yaml --report report.html");
  command.run = [flags, common = command.common] { return regress(*flags, common->messages); };
  return command;
}

}  // namespace transept::tools
