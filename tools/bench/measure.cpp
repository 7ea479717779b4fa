#include "tools/bench/measure.h"

#include <algorithm>

#include "tools/base/try.h"
#include "tools/bench/measurements.h"
#include "transept/words.h"

namespace transept::bench {
namespace {

Status inspect_models(const Plan& plan, Results& results) {
  for (const std::string& name : plan.computes) {
    OpenOptions options = plan.open;
    options.compute = *value_of<Compute>(name);
    options.threads = 1;
    Result<ModelInfo> info = inspect(plan.model, options);
    if (!info.ok()) return info.status();
    Model model{info->compute, *info, info->work};
    results.models.push_back(std::move(model));
  }
  return Status();
}

void measure_limits(const Session& session, Results& results) {
  session.say("limits of the machine");
  const std::size_t threads =
      *std::max_element(session.plan().threads.begin(), session.plan().threads.end());
  results.peaks = measure_peaks(results.machine, std::min(threads, results.machine.cores),
                                std::clamp(0.08 * session.plan().seconds, 0.5, 4.0));
}

// As many sentences as the time allows, the same for every setting; and how long one takes.
Result<Chosen> choose_sentences(Session& session, Results& results) {
  constexpr std::size_t kProbe = 6;
  const Input probe = sample(session.plan(), kProbe);
  Chosen chosen;
  double sum = 0.0;
  for (std::size_t m = 0; m < results.models.size(); ++m) {
    session.say("how long a sentence takes, " + results.models[m].compute);
    const auto open = session.translator(m, 1, false);
    if (!open.ok()) return open.status();
    for (const std::uint32_t beam : session.plan().beams) {
      double fastest = 1e9;
      for (int i = 0; i < 2; ++i) {  // the first one warms up
        const Result<Run> run = session.run_batches(**open, probe, 1, session.options(beam));
        if (!run.ok()) return run.status();
        fastest = std::min(fastest, run->seconds / static_cast<double>(probe.size()));
      }
      if (m == 0 && beam == session.plan().beams.front()) chosen.sentence_seconds = fastest;
      for (const std::size_t threads : session.plan().threads) {
        sum += fastest;
        for (const std::size_t batch : session.plan().batches) {
          if (batch > 1) {
            sum += 0.5 * fastest / static_cast<double>(std::min(threads, results.machine.cores));
          }
        }
      }
    }
  }
  const double affordable =
      0.5 * session.plan().seconds / (static_cast<double>(session.plan().repeats) * sum);
  const auto count = static_cast<std::size_t>(std::clamp(affordable, 8.0, 1e6));
  chosen.input = sample(session.plan(), count);
  results.sentences = chosen.input.size();
  return chosen;
}

}  // namespace

Result<Results> measure(const Plan& plan, const std::atomic<bool>& stop,
                        const std::function<void(const std::string&)>& say) {
  Session session(plan, stop, say);
  Results results;
  results.machine = this_machine();
  results.repeats = plan.repeats;
  results.counts_words = !plan.texts.empty();
  TRANSEPT_RETURN_IF_ERROR(inspect_models(plan, results));
  // First, while this process is small: a child begins with what its parent had (getrusage(2)).
  TRANSEPT_RETURN_IF_ERROR(measure_starts(session, results));
  measure_limits(session, results);
  const Result<Chosen> chosen = choose_sentences(session, results);
  if (!chosen.ok()) return chosen.status();
  for (const auto measurement :
       {measure_throughput, measure_phases, measure_lines, measure_lengths}) {
    TRANSEPT_RETURN_IF_ERROR(measurement(session, *chosen, results));
  }
  return results;
}

}  // namespace transept::bench
