// Session: what measurements share: the plan, its input in parts, open translators, runs in batches.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "tools/bench/measure.h"
#include "transept/status.h"
#include "transept/translator.h"

namespace transept::bench {

// A part of the plan's input, of which every member stands for its neighbours.
struct Input {
  std::vector<std::string> texts;
  std::vector<std::vector<std::int32_t>> ids;
  std::size_t size() const { return texts.empty() ? ids.size() : texts.size(); }
  double words() const;  // without texts: tokens
};

Input sample(const Plan& plan, std::size_t count);
// The input over and over, up to `count` members.
Input repeated(const Input& input, std::size_t count);

struct Run {
  double seconds = 0.0;
  double tokens = 0.0;
  std::vector<double> each;  // of every batch
};

class Session {
 public:
  Session(const Plan& plan, const std::atomic<bool>& stop,
          const std::function<void(const std::string&)>& say)
      : plan_(plan), stop_(stop), say_(say) {}

  const Plan& plan() const { return plan_; }
  void say(const std::string& what) const { say_(what); }
  // Errors: kCancelled once the session was stopped.
  Status check_stopped() const;

  // Opened once; lives as long as the session. `model`: index into the plan's computes.
  Result<const Translator*> translator(std::size_t model, std::size_t threads, bool profile);
  TranslateOptions options(std::uint32_t beam) const;

  Result<std::vector<Translation>> translate(const Translator& translator, const Input& input,
                                             std::size_t first, std::size_t count,
                                             const TranslateOptions& options) const;
  // The input in batches, one after the other.
  Result<Run> run_batches(const Translator& translator, const Input& input, std::size_t batch,
                          const TranslateOptions& options) const;

 private:
  using Key = std::tuple<std::size_t, std::size_t, bool>;  // model, threads, profile

  const Plan& plan_;
  const std::atomic<bool>& stop_;
  const std::function<void(const std::string&)>& say_;
  std::map<Key, std::unique_ptr<Translator>> translators_;
};

}  // namespace transept::bench
