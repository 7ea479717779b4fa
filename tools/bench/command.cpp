// transept bench: how fast a model is on this machine, where its time goes, and what the machine
// could do.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tools/base/line_input.h"
#include "tools/base/model_path.h"
#include "tools/base/printable.h"
#include "tools/bench/describe.h"
#include "tools/bench/measure.h"
#include "tools/cli/commands.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/messages.h"
#include "tools/cli/option_flags.h"
#include "tools/cli/output.h"
#include "tools/cli/translate_flags.h"
#include "tools/cli/validators.h"
#include "tools/html/report.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

struct BenchFlags {
  TranslateFlags translate;  // those that translate has, too
  std::vector<std::string> computes{"auto"};
  std::vector<std::uint32_t> beams{1, 4};
  std::vector<std::size_t> threads;
  std::vector<std::size_t> batches{1, 8, 32, 128};
  std::uint32_t repeats = 5;
  std::uint32_t seconds = 40;
  bool quick = false;
  bool json = false;
  std::string html;
  std::string render;
};

constexpr std::uint32_t kQuickSeconds = 8;
constexpr std::uint32_t kQuickRepeats = 3;

std::optional<Failure> check_flags(const BenchFlags& flags) {
  for (const std::string& compute : flags.computes) {
    TranslateFlags one = flags.translate;
    one.compute = *value_of<Compute>(compute);
    if (auto failure = check_flags(one)) return failure;
  }
  if (!flags.render.empty() && flags.html.empty()) {
    return Failure{kUsage, "--render needs --html FILE"};
  }
  if (!flags.render.empty() && flags.json) {
    return Failure{kUsage, "--render and --json exclude each other"};
  }
  return std::nullopt;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) return Status(Code::kInput, "cannot read " + path);
  return bytes;
}

int write(Output& output, const std::string& text) {
  Status status = output.write(text);
  if (status.ok()) status = output.finish();
  return status.ok() ? kSuccess : report_output(output, run_failure(status));
}

int render(const BenchFlags& flags) {
  const Result<std::string> json = read_file(flags.render);
  if (!json.ok()) return report(run_failure(json.status()));
  const Result<html::Report> page = html::parse_report(*json);
  if (!page.ok()) return report({kBadInput, flags.render + ": " + page.status().message()});
  Result<Output> output = Output::open(flags.html);
  if (!output.ok()) return report(run_failure(output.status()));
  return write(*output, html::to_html(*page));
}

// The lines of the input file, without those that have nothing to translate.
Result<std::vector<std::string>> read_lines(const std::string& path) {
  Result<LineInput> input = LineInput::open(path);
  if (!input.ok()) return input.status();
  std::vector<std::string> all;
  std::vector<std::string> lines;
  while (true) {
    const Result<bool> more = input->read(-1, lines);
    if (!more.ok()) return more.status();
    if (!*more) break;
    for (std::string& line : lines) {
      if (line.find_first_not_of(" \t\r") != std::string::npos) all.push_back(std::move(line));
    }
  }
  if (all.empty()) return Status(Code::kInput, path + " has no lines to translate");
  return all;
}

// Without an input file: sentences that come with the default model.
Result<std::string> default_input() {
  const Result<std::filesystem::path> model = find_model("");
  if (!model.ok()) {
    return Status(Code::kInput,
                  "the sentences of the default model are not there; --input-file gives others");
  }
  return (*model / "regression" / "full.en").string();
}

Result<bench::Plan> make_plan(const BenchFlags& flags) {
  bench::Plan plan;
  plan.open = open_options(flags.translate);
  plan.translate.lengths = flags.translate.options.lengths;
  plan.computes = flags.computes;
  plan.beams = flags.beams;
  plan.threads = flags.threads;
  if (plan.threads.empty()) {
    const std::size_t cores = bench::this_machine().cores;
    plan.threads = cores > 1 ? std::vector<std::size_t>{1, cores} : std::vector<std::size_t>{1};
  }
  plan.batches = flags.batches;
  if (std::find(plan.batches.begin(), plan.batches.end(), 1u) == plan.batches.end()) {
    plan.batches.push_back(1);
  }
  for (auto* list : {&plan.threads, &plan.batches}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  plan.repeats = flags.quick ? kQuickRepeats : flags.repeats;
  plan.seconds = flags.quick ? kQuickSeconds : flags.seconds;

  std::string path = flags.translate.input_file;
  if (path.empty()) {
    Result<std::string> found = default_input();
    if (!found.ok()) return found.status();
    path = *found;
  }
  Result<std::vector<std::string>> lines = read_lines(path);
  if (!lines.ok()) return lines.status();
  if (flags.translate.input == InputForm::text) {
    plan.texts = *std::move(lines);
    return plan;
  }
  for (std::size_t i = 0; i < lines->size(); ++i) {
    Result<std::vector<std::int32_t>> ids = parse_ids((*lines)[i]);
    if (!ids.ok()) {
      return Status(Code::kInput,
                    path + ", line " + std::to_string(i + 1) + ": " + ids.status().message());
    }
    plan.ids.push_back(*std::move(ids));
  }
  return plan;
}

std::string subtitle() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", &parts);
  return std::string("version " TRANSEPT_VERSION ", ") + date;
}

int run_bench(const BenchFlags& flags, const MessageOptions& messages) {
  if (auto failure = check_flags(flags)) return report(*failure);
  if (!flags.render.empty()) return render(flags);

  std::atomic<bool> stop{false};
  // Files appear when they are complete: what is there when a signal comes late is removed.
  std::atomic<const Output*> page{nullptr};
  std::atomic<const Output*> results{nullptr};
  Interrupt interrupt([&] { stop = true; },
                      [&] {
                        if (const Output* output = page) output->discard();
                        if (const Output* output = results) output->discard();
                      });

  Result<bench::Plan> plan = make_plan(flags);
  if (!plan.ok()) return report(run_failure(plan.status()));
  const Result<std::filesystem::path> model = find_model(flags.translate.model);
  if (!model.ok()) return report(model_failure(model.status()));
  plan->model = *model;

  // What cannot be written shows before a minute is spent.
  Result<Output> output = Output::open(flags.translate.output_file);
  if (!output.ok()) return report(run_failure(output.status()));
  results = &*output;
  std::unique_ptr<Output> html;
  if (!flags.html.empty()) {
    Result<Output> opened = Output::open(flags.html);
    if (!opened.ok()) return report(run_failure(opened.status()));
    html = std::make_unique<Output>(*std::move(opened));
    page = html.get();
  }

  const bool show = !messages.quiet && ::isatty(STDERR_FILENO) == 1;
  const Result<bench::Results> measured = bench::measure(*plan, stop, [&](const std::string& what) {
    show ? show_status("measuring " + what) : info("measuring " + what);
  });
  if (show) show_status("");
  page = nullptr;
  results = nullptr;
  if (interrupt.signal() != 0) {
    return report({signal_exit(interrupt.signal()), "interrupted before there were results"});
  }
  if (!measured.ok()) return report(model_failure(measured.status()));

  const html::Report report_page = bench::describe(*measured, subtitle());
  const int written = write(*output, flags.json ? bench::to_json(*measured, report_page)
                                                : printable_lines(bench::to_text(report_page)));
  if (written != kSuccess || html == nullptr) return written;
  return write(*html, html::to_html(report_page));
}

void add_what_flags(CLI::App& app, BenchFlags& flags) {
  const std::string what = "What to measure";
  app.add_option("-m,--model", flags.translate.model, "Model directory [en-de, which comes along]")
      ->check(some_path())
      ->type_name("PATH")
      ->group(what);
  app.add_option("-i,--input-file", flags.translate.input_file,
                 "Lines to translate [1,000 English sentences]")
      ->check(some_path())
      ->type_name("FILE")
      ->group(what);
  add_word_flag<InputForm>(app, "--input", flags.translate.input, "Lines are text or ids [text]",
                           {"text", "ids"})
      ->type_name("FORM")
      ->group(what);
  app.add_option("--threads", flags.threads, "Numbers of threads, as 1,2 [1, and one a core]")
      ->check(whole_number_between(1, 1024))
      ->delimiter(',')
      ->type_name("LIST")
      ->group(what);
  app.add_option("--batch", flags.batches,
                 "Sentences given at once [1,8,32,128]; 1 is always measured")
      ->check(whole_number_between(1, 100000))
      ->delimiter(',')
      ->type_name("LIST")
      ->group(what);
  app.add_option("--beam", flags.beams, "Beam sizes [1,4]; 1 is greedy")
      ->check(whole_number_between(1, 1024))
      ->delimiter(',')
      ->type_name("LIST")
      ->group(what);
  app.add_option("--compute", flags.computes,
                 "Arithmetic: auto, float32, bfloat16, int8, int4 [auto]")
      ->check(one_of(all_words<Compute>()))
      ->delimiter(',')
      ->type_name("LIST")
      ->group(what);
  app.add_option("--variant", flags.translate.variant, "Of several exports: fp32, fp16, q8, ...")
      ->type_name("NAME")
      ->group(what);
  add_word_flag<Gemm>(app, "--gemm", flags.translate.gemm, "native or openblas [native]")
      ->type_name("WHOSE")
      ->group(what);
  app.add_option("--batch-tokens", flags.translate.batch_tokens,
                 "Tokens at once, each thread [2048]")
      ->check(whole_number())
      ->type_name("N")
      ->group(what);
  add_group<TranslateOptions::Lengths>(app, flags.translate.options, what);
}

void add_duration_flags(CLI::App& app, BenchFlags& flags) {
  const std::string how = "How long";
  app.add_option("--seconds", flags.seconds, "About, in all; sentences are chosen to fit [40]")
      ->check(whole_number_between(1, 100000))
      ->type_name("N")
      ->group(how);
  app.add_option("--repeat", flags.repeats, "Rounds, of which medians are told [5]")
      ->check(whole_number_between(1, 1000))
      ->type_name("N")
      ->group(how);
  app.add_flag("--quick", flags.quick, "Three rounds in about 8 seconds, for a first look")
      ->group(how);
}

void add_result_flags(CLI::App& app, BenchFlags& flags) {
  const std::string results = "Results";
  app.add_option("-o,--output", flags.translate.output_file, "Write here [standard output]")
      ->check(some_path())
      ->type_name("FILE")
      ->group(results);
  app.add_flag("--json", flags.json, "All figures, as one JSON object")->group(results);
  app.add_option("--html", flags.html, "Also a page with charts")
      ->check(some_path())
      ->type_name("FILE")
      ->group(results);
  app.add_option("--render", flags.render, "Measure nothing: make the page from this JSON")
      ->check(some_path())
      ->type_name("FILE")
      ->group(results);
}

}  // namespace

Command add_bench(CLI::App& program) {
  Command command;
  command.app =
      program.add_subcommand("bench", "Measure speed, latency and memory on this machine");
  const auto flags = std::make_shared<BenchFlags>();
  CLI::App& app = *command.app;

  add_what_flags(app, *flags);
  add_duration_flags(app, *flags);
  add_result_flags(app, *flags);
  command.common = add_common_flags(app);
  app.footer(
      "For example:\n"
      "  transept bench --quick\n"
      "  transept bench --html bench.html\n"
      "  transept bench --model DIR --compute int8,float32 --threads 1,2,4 --json -o bench.json");
  command.run = [flags, common = command.common] { return run_bench(*flags, common->messages); };
  return command;
}

}  // namespace transept::tools
