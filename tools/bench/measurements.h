// Measurements: one function for each thing that is measured; each fills its part of the results.
#pragma once

#include "tools/bench/measure.h"
#include "tools/bench/session.h"
#include "transept/status.h"

namespace transept::bench {

// What fits into the time of a plan.
struct Chosen {
  Input input;                    // of throughput, latency and phases
  double sentence_seconds = 0.0;  // first model, first beam, one by one
};

// Errors: those of Translator and of the program run as a child; kCancelled.
Status measure_starts(Session& session, Results& results);
Status measure_throughput(Session& session, const Chosen& chosen, Results& results);
Status measure_phases(Session& session, const Chosen& chosen, Results& results);
Status measure_lines(Session& session, const Chosen& chosen, Results& results);
Status measure_lengths(Session& session, const Chosen& chosen, Results& results);

}  // namespace transept::bench
