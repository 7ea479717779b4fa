// Memory and the time to the first sentence, of the program run as a child.
#include "tools/base/program.h"
#include "tools/base/try.h"
#include "tools/bench/measurements.h"

namespace transept::bench {
namespace {

constexpr std::size_t kBatch = 32;

std::vector<std::string> lines_of(const Input& input) {
  if (!input.texts.empty()) return input.texts;
  std::vector<std::string> lines;
  for (const auto& ids : input.ids) {
    std::string& line = lines.emplace_back();
    for (const std::int32_t id : ids) line += (line.empty() ? "" : " ") + std::to_string(id);
  }
  return lines;
}

// What `transept translate` is called with, but for the lines.
std::vector<std::string> arguments_of(const Plan& plan, const std::string& compute) {
  std::vector<std::string> arguments = {"translate",
                                        "--model",
                                        plan.model.string(),
                                        "--threads",
                                        "1",
                                        "--compute",
                                        compute,
                                        "--beam",
                                        std::to_string(plan.beams.front()),
                                        "--gemm",
                                        plan.open.gemm == Gemm::openblas ? "openblas" : "native"};
  if (!plan.open.variant.empty()) {
    arguments.insert(arguments.end(), {"--variant", plan.open.variant});
  }
  if (plan.texts.empty()) arguments.insert(arguments.end(), {"--input", "ids"});
  if (const auto& length = plan.translate.lengths.min_length) {
    arguments.insert(arguments.end(), {"--min-length", std::to_string(*length)});
  }
  if (const auto& length = plan.translate.lengths.max_length) {
    arguments.insert(arguments.end(), {"--max-length", std::to_string(*length)});
  }
  arguments.push_back("--");
  return arguments;
}

Result<tools::ProgramOutput> run_child(const Session& session, tools::Program& program,
                                       std::vector<std::string> arguments,
                                       const std::vector<std::string>& lines) {
  TRANSEPT_RETURN_IF_ERROR(session.check_stopped());
  arguments.insert(arguments.end(), lines.begin(), lines.end());
  Result<tools::ProgramOutput> output = program.run(arguments);
  if (output.ok() && output->code != 0) {
    return Status(Code::kInternal, "the program run as a child failed: " + output->err);
  }
  return output;
}

}  // namespace

Status measure_starts(Session& session, Results& results) {
  tools::Program program(".");
  for (std::size_t m = 0; m < results.models.size(); ++m) {
    session.say("memory and start, " + results.models[m].compute);
    const std::vector<std::string> arguments =
        arguments_of(session.plan(), session.plan().computes[m]);
    Start start{.model = m};
    std::vector<std::string> lines = lines_of(sample(session.plan(), kBatch));
    const Result<tools::ProgramOutput> batch = run_child(session, program, arguments, lines);
    if (!batch.ok()) return batch.status();
    start.peak_bytes = batch->peak_bytes;
    lines.resize(1);
    std::vector<double> seconds;
    for (std::size_t i = 0; i < session.plan().repeats; ++i) {
      const Result<tools::ProgramOutput> one = run_child(session, program, arguments, lines);
      if (!one.ok()) return one.status();
      seconds.push_back(one->seconds);
    }
    start.cold = spread_of(seconds);
    results.starts.push_back(start);
  }
  return Status();
}

}  // namespace transept::bench
