// How time grows with the number of lines and with the length of a sentence.
#include <algorithm>
#include <iterator>
#include <variant>

#include "tools/bench/measurements.h"

namespace transept::bench {
namespace {

// Sentences one behind the other, at least 500 ids, the end token last. Empty: there is nothing
// to take.
Result<std::vector<std::int32_t>> long_source(const Session& session,
                                              const Translator& translator) {
  std::vector<std::int32_t> ids;
  std::int32_t end = 0;
  const Input pool = sample(session.plan(), 64);
  while (ids.size() < 500) {
    const std::size_t before = ids.size();
    TranslateOptions quick = session.options(1);
    quick.lengths.max_length = 1;
    quick.lengths.min_length = 0;
    const auto results = session.translate(translator, pool, 0, pool.size(), quick);
    if (!results.ok()) return results.status();
    for (const Translation& one : *results) {
      if (one.source_ids.size() < 2) continue;
      end = one.source_ids.back();
      ids.insert(ids.end(), one.source_ids.begin(), one.source_ids.end() - 1);
    }
    if (ids.size() == before) return std::vector<std::int32_t>();
  }
  ids.push_back(end);
  return ids;
}

}  // namespace

// Ten times the lines are ten times the same lines.
Status measure_lines(Session& session, const Chosen& chosen, Results& results) {
  constexpr std::size_t kCounts[] = {10000, 5000, 2000, 1000, 500, 200, 100};
  constexpr std::size_t kRounds = 3;
  const double affordable =
      0.12 * session.plan().seconds / (1.8 * kRounds * 0.5 * chosen.sentence_seconds);
  std::size_t most = 100;
  for (const std::size_t count : kCounts) {
    if (static_cast<double>(count) <= affordable) {
      most = count;
      break;
    }
  }
  const auto open = session.translator(0, 1, false);
  if (!open.ok()) return open.status();
  const Input pool = sample(session.plan(), most / 10);
  const std::size_t steps[] = {most / 10, most / 5, most / 2, most};
  std::vector<std::vector<double>> seconds(std::size(steps));
  for (std::size_t round = 0; round < kRounds; ++round) {
    session.say("time by number of lines, round " + std::to_string(round + 1) + " of " +
                std::to_string(kRounds));
    for (std::size_t i = 0; i < std::size(steps); ++i) {
      const Input input = repeated(pool, steps[i]);
      const Result<Run> run = session.run_batches(**open, input, input.size(),
                                                  session.options(session.plan().beams.front()));
      if (!run.ok()) return run.status();
      seconds[i].push_back(run->seconds);
    }
  }
  for (std::size_t i = 0; i < std::size(steps); ++i) {
    results.by_lines.push_back({steps[i], spread_of(seconds[i])});
  }
  return Status();
}

Status measure_lengths(Session& session, const Chosen& chosen, Results& results) {
  const auto open = session.translator(0, 1, false);
  if (!open.ok()) return open.status();
  const Result<std::vector<std::int32_t>> ids = long_source(session, **open);
  if (!ids.ok()) return ids.status();
  if (ids->empty()) return Status();
  std::int64_t positions = 0;
  for (const Property& one : results.models[0].info.architecture) {
    if (one.name == "max_positions") positions = std::get<std::int64_t>(one.value);
  }
  std::vector<Input> inputs;
  std::vector<std::size_t> lengths;
  for (const std::size_t length : {10u, 25u, 50u, 100u, 150u, 200u, 300u, 400u, 500u}) {
    if (positions > 0 && length > static_cast<std::size_t>(positions)) break;
    lengths.push_back(length);
    Input& input = inputs.emplace_back();
    input.ids.emplace_back(ids->begin(), ids->begin() + static_cast<std::ptrdiff_t>(length - 1));
    input.ids.back().push_back(ids->back());
  }
  // A sentence of 500 tokens takes some fifty times as long as one of ten.
  const double affordable = 0.12 * session.plan().seconds / (20 * 9 * chosen.sentence_seconds);
  const auto rounds = static_cast<std::size_t>(std::clamp(affordable, 1.0, 15.0));
  std::vector<std::vector<double>> seconds(lengths.size());
  for (std::size_t round = 0; round <= rounds; ++round) {
    session.say("time by length, round " + std::to_string(round) + " of " + std::to_string(rounds));
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      TranslateOptions forced = session.options(1);
      forced.lengths.max_length = static_cast<std::uint32_t>(lengths[i]);
      forced.lengths.min_length = static_cast<std::uint32_t>(lengths[i] - 1);
      const Result<Run> run = session.run_batches(**open, inputs[i], 1, forced);
      if (!run.ok()) return run.status();
      if (round > 0) seconds[i].push_back(run->seconds);  // the first one warms up
    }
  }
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    results.by_length.push_back({lengths[i], spread_of(seconds[i])});
  }
  return Status();
}

}  // namespace transept::bench
