// Where the time goes: with the counters on, apart from the other figures.
#include <algorithm>

#include "tools/bench/measurements.h"

namespace transept::bench {

Status measure_phases(Session& session, const Chosen& chosen, Results& results) {
  const std::size_t largest =
      std::min(chosen.input.size(),
               *std::max_element(session.plan().batches.begin(), session.plan().batches.end()));
  for (std::size_t m = 0; m < results.models.size(); ++m) {
    session.say("where the time goes, " + results.models[m].compute);
    const auto open = session.translator(m, 1, true);
    if (!open.ok()) return open.status();
    for (const std::uint32_t beam : session.plan().beams) {
      for (const std::size_t batch : {largest, std::size_t{1}}) {
        if (batch == 1 && largest == 1 && !results.phases.empty() &&
            results.phases.back().batch == 1) {
          continue;
        }
        const Result<Run> warm =
            session.run_batches(**open, sample(session.plan(), 4), batch, session.options(beam));
        if (!warm.ok()) return warm.status();
        // The round whose time is the median of three.
        std::vector<PhaseTimes> rounds;
        for (int i = 0; i < 3; ++i) {
          const Profile before = (*open)->profile();
          const Result<Run> run =
              session.run_batches(**open, chosen.input, batch, session.options(beam));
          if (!run.ok()) return run.status();
          rounds.push_back({m, beam, batch, chosen.input.size(), run->seconds,
                            difference((*open)->profile(), before)});
        }
        std::sort(rounds.begin(), rounds.end(),
                  [](const auto& a, const auto& b) { return a.wall < b.wall; });
        results.phases.push_back(rounds[1]);
      }
    }
  }
  return Status();
}

}  // namespace transept::bench
