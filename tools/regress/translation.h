// A set translated by a model under a setting, and what a model is, both by way of the program.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/base/program.h"
#include "tools/regress/suite.h"
#include "transept/status.h"

namespace transept::tools {

// What Program::run does; tests put something else in its place.
using RunProgram = std::function<Result<ProgramOutput>(const std::vector<std::string>&)>;

struct TranslatedLine {
  std::string text;
  std::vector<std::string> flags;  // "max-length", ...: as translate has them
  // Of the best hypothesis of a line that was not split, where a setting asks for `attention:
  // true`.
  std::vector<std::string> source_tokens;
  std::vector<std::string> tokens;
  std::vector<std::vector<float>> attention;  // [tokens, source tokens]
};

struct TranslatedSet {
  std::vector<TranslatedLine> lines;
  std::string bits;      // checksum of the ids and scores of all hypotheses
  double seconds = 0.0;  // of the whole program
  std::uint64_t peak_bytes = 0;
};

// Errors of this and the functions below: those of the program, so that run_failure() gives its
// exit code.
Result<TranslatedSet> translate_set(const RunProgram& run, const SuiteModel& model,
                                    const SuiteSetting& setting, const SuiteSet& set);

// Seconds the program takes when there is nothing to translate: to start, and to open the model.
Result<double> opening_seconds(const RunProgram& run, const SuiteModel& model,
                               const SuiteSetting& setting);

// Of the files that are read of a model, with their names: a model is the same wherever it lies.
Result<std::string> model_checksum(const RunProgram& run, const SuiteModel& model,
                                   const std::string& variant);

}  // namespace transept::tools
