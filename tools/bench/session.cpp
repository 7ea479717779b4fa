#include "tools/bench/session.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <sstream>

#include "tools/base/try.h"
#include "transept/words.h"

namespace transept::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double words_in(const std::string& text) {
  std::istringstream words(text);
  double count = 0;
  for (std::string word; words >> word;) ++count;
  return count;
}

}  // namespace

double Input::words() const {
  double sum = 0;
  for (const std::string& text : texts) sum += words_in(text);
  for (const auto& one : ids) sum += static_cast<double>(one.size());
  return sum;
}

Input sample(const Plan& plan, std::size_t count) {
  Input input;
  count = std::min(count, plan.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i * plan.size() / count;
    plan.texts.empty() ? input.ids.push_back(plan.ids[from])
                       : input.texts.push_back(plan.texts[from]);
  }
  return input;
}

Input repeated(const Input& input, std::size_t count) {
  Input all;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = i % input.size();
    input.texts.empty() ? all.ids.push_back(input.ids[from])
                        : all.texts.push_back(input.texts[from]);
  }
  return all;
}

Status Session::check_stopped() const {
  return stop_ ? Status(Code::kCancelled, "interrupted") : Status();
}

Result<const Translator*> Session::translator(std::size_t model, std::size_t threads,
                                              bool profile) {
  auto& open = translators_[Key(model, threads, profile)];
  if (open == nullptr) {
    OpenOptions options = plan_.open;
    options.compute = *value_of<Compute>(plan_.computes[model]);
    options.threads = threads;
    options.profile = profile;
    Result<Translator> opened = Translator::open(plan_.model, options);
    if (!opened.ok()) return opened.status();
    open = std::make_unique<Translator>(*std::move(opened));
  }
  return static_cast<const Translator*>(open.get());
}

TranslateOptions Session::options(std::uint32_t beam) const {
  TranslateOptions options = plan_.translate;
  options.search.beam = beam;
  options.returns.scores = false;  // as when text is all that is asked for
  // Random weights go round in circles, and that is the work here.
  options.search.loop_guard = false;
  options.text.split = Split::long_lines;
  return options;
}

Result<std::vector<Translation>> Session::translate(const Translator& translator,
                                                    const Input& input, std::size_t first,
                                                    std::size_t count,
                                                    const TranslateOptions& options) const {
  TRANSEPT_RETURN_IF_ERROR(check_stopped());
  if (input.texts.empty()) {
    return translator.translate_ids(std::span(input.ids).subspan(first, count), options);
  }
  return translator.translate(std::span(input.texts).subspan(first, count), options);
}

Result<Run> Session::run_batches(const Translator& translator, const Input& input,
                                 std::size_t batch, const TranslateOptions& options) const {
  Run run;
  for (std::size_t first = 0; first < input.size(); first += batch) {
    const std::size_t count = std::min(batch, input.size() - first);
    const auto begin = Clock::now();
    const Result<std::vector<Translation>> results =
        translate(translator, input, first, count, options);
    run.each.push_back(seconds_since(begin));
    if (!results.ok()) return results.status();
    run.seconds += run.each.back();
    for (const Translation& one : *results) {
      run.tokens += static_cast<double>(one.tokens);
    }
  }
  return run;
}

}  // namespace transept::bench
