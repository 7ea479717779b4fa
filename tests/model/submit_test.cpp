// Translator::submit: many requests on their way, each with its own options, end and receiver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/refused_threads.h"
#include "transept/log.h"
#include "transept/translator.h"

namespace transept {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

const std::string kModel = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";
const std::string kText = "I am here.";

Translator open(std::size_t threads = 2, std::size_t batch_tokens = 0) {
  OpenOptions options;
  options.threads = threads;
  options.batch_tokens = batch_tokens;
  auto translator = Translator::open(kModel, options);
  EXPECT_TRUE(translator.ok()) << translator.status().message();
  return *std::move(translator);
}

TranslateOptions greedy(std::uint32_t max_length = 20) {
  TranslateOptions options;
  options.search.beam = 1;
  options.lengths.max_length = max_length;
  return options;
}

// Runs until max_length, since the end token may not come before.
TranslateOptions endless() {
  TranslateOptions options = greedy(200);
  options.lengths.min_length = 200;
  return options;
}

// Requests that differ in all that is a request's own.
Request request(std::size_t number) {
  TranslateOptions options = greedy(8 + static_cast<std::uint32_t>(number % 5));
  options.search.beam = 1 + static_cast<std::uint32_t>(number % 4);
  options.search.n_best = options.search.beam;
  options.returns.attention = number % 3 == 0;
  options.search.length_penalty = 0.5f * static_cast<float>(number % 3);
  if (number % 7 == 1) options.words.no_repeat_ngram = 2;
  options.returns.text_only = number % 7 == 2;
  if (number % 7 == 3) options.text.split = Split::none;
  const std::string text = kText + " We go home " + std::to_string(number) + ".";
  switch (number % 11) {
    case 4:
      return {std::vector<std::string>{"\xE2\x96\x81I",
                                       "\xE2\x96\x81"
                                       "am",
                                       "x"},
              options};
    case 5: return {std::vector<std::int32_t>{101, 49, 15, 0}, options};
    case 6: return {"", options};
    case 7: return {"\xff" + text, options};
    default: return {text, options};
  }
}

// What the request gives when it is alone, by the other ways.
Translation alone(const Translator& translator, const Request& request) {
  Result<Translation> found = Status();
  if (const auto* text = std::get_if<std::string>(&request.input)) {
    found = translator.translate(*text, request.options);
  } else {
    auto stream = translator.stream(request.options,
                                    [&](Result<Translation> line) { found = std::move(line); });
    if (const auto* tokens = std::get_if<std::vector<std::string>>(&request.input)) {
      EXPECT_TRUE(stream->push_tokens(*tokens).ok());
    } else {
      EXPECT_TRUE(stream->push_ids(std::get<std::vector<std::int32_t>>(request.input)).ok());
    }
    EXPECT_TRUE(stream->finish().ok());
  }
  EXPECT_TRUE(found.ok()) << found.status().message();
  return *std::move(found);
}

bool same(const Hypothesis& a, const Hypothesis& b) {
  return a.text == b.text && a.ids == b.ids && a.tokens == b.tokens &&
         a.token_scores == b.token_scores && a.sum == b.sum && a.score == b.score &&
         a.attention == b.attention;
}

bool same(const Translation& a, const Translation& b) {
  return a.text == b.text && a.source_ids == b.source_ids && a.source_tokens == b.source_tokens &&
         a.flags == b.flags && a.tokens == b.tokens && a.segments.size() == b.segments.size() &&
         std::equal(a.hypotheses.begin(), a.hypotheses.end(), b.hypotheses.begin(),
                    b.hypotheses.end(),
                    [](const Hypothesis& x, const Hypothesis& y) { return same(x, y); });
}

// Receivers, and what they were given: each by its number, once.
class Answers {
 public:
  explicit Answers(std::size_t count) : given_(count) {}

  Translator::Done at(std::size_t number) {
    return [this, number](Result<Translation> result) { take(number, std::move(result)); };
  }
  void take(std::size_t number, Result<Translation> result) {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(given_[number].has_value()) << "request " << number << " is told twice";
    given_[number] = std::move(result);
    order_.push_back(number);
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return order_.size() == given_.size(); });
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return order_.size();
  }
  // REQUIRES: they were given.
  const Result<Translation>& operator[](std::size_t number) const { return *given_[number]; }
  Code code(std::size_t number) const { return given_[number]->status().code(); }
  const std::vector<std::size_t>& order() const { return order_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<Result<Translation>>> given_;
  std::vector<std::size_t> order_;
};

// A request whose receiver keeps the only thread of a translator until it is opened, so that what
// is submitted meanwhile waits.
class Gate {
 public:
  explicit Gate(const Translator& translator) {
    // What ends before submit() returns may be told inside it; then another one is the gate.
    do {
      is_missed_ = false;
      submit(translator);
    } while (is_missed_);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_; });
  }
  ~Gate() {
    open();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_passed_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  void submit(const Translator& translator) {
    const std::thread::id caller = std::this_thread::get_id();
    translator.submit({kText, greedy()}, [this, caller](const Result<Translation>&) {
      if (std::this_thread::get_id() == caller) {
        is_missed_ = true;
        return;
      }
      std::unique_lock lock(mutex_);
      is_closed_ = true;
      changed_.notify_all();
      changed_.wait(lock, [&] { return is_open_; });
      is_passed_ = true;
      changed_.notify_all();
    });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_closed_ = false;
  bool is_open_ = false;
  bool is_passed_ = false;
  bool is_missed_ = false;  // of the thread that submits
};

std::string sentences(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "We go home " + std::to_string(i) + ". ";
  return text;
}

TEST(Submit, RequestsOfDifferentOptionsAreAsEachAlone) {
  for (const std::size_t threads : {1u, 3u}) {
    const Translator translator = open(threads);
    constexpr std::size_t kCount = 154;
    Answers answers(kCount);
    for (std::size_t i = 0; i < kCount; ++i) translator.submit(request(i), answers.at(i));
    answers.wait();
    for (std::size_t i = 0; i < kCount; ++i) {
      ASSERT_TRUE(answers[i].ok()) << answers[i].status().message();
      EXPECT_TRUE(same(*answers[i], alone(translator, request(i)))) << "request " << i;
    }
  }
}

TEST(Submit, AThousandRequestsOfEightThreads) {
  const Translator translator = open(3);
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kEach = 125;
  Answers answers(kThreads * kEach);
  std::vector<std::thread> callers;
  for (std::size_t c = 0; c < kThreads; ++c) {
    callers.emplace_back([&, c] {
      for (std::size_t i = 0; i < kEach; ++i) {
        const std::size_t number = i * kThreads + c;
        translator.submit(request(number % 77), answers.at(number));
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  answers.wait();
  for (std::size_t i = 0; i < 77; ++i) {
    const Translation expected = alone(translator, request(i));
    for (std::size_t number = i; number < kThreads * kEach; number += 77) {
      ASSERT_TRUE(answers[number].ok());
      EXPECT_TRUE(same(*answers[number], expected)) << "request " << number;
    }
  }
}

// Far more than may be with the model at once.
TEST(Submit, LongTextsAreWhole) {
  const Translator translator = open(2, 16);
  const std::string text = sentences(200) + "\n\n" + sentences(3);
  Answers answers(6);
  for (std::size_t i = 0; i < 6; ++i) {
    TranslateOptions options = greedy();
    options.returns.text_only = i % 2 == 0;
    translator.submit({text, options}, answers.at(i));
  }
  answers.wait();
  for (std::size_t i = 0; i < 6; ++i) {
    TranslateOptions options = greedy();
    options.returns.text_only = i % 2 == 0;
    ASSERT_TRUE(answers[i].ok()) << answers[i].status().message();
    EXPECT_TRUE(same(*answers[i], *translator.translate(text, options)));
  }
}

TEST(Submit, AShortRequestNeedNotWaitForALongOne) {
  const Translator translator = open(1, 16);
  Answers answers(2);
  Gate gate(translator);
  translator.submit({sentences(300), greedy()}, answers.at(0));
  translator.submit({kText, greedy()}, answers.at(1));
  gate.open();
  answers.wait();
  EXPECT_EQ(answers.order(), (std::vector<std::size_t>{1, 0}));
  EXPECT_TRUE(answers[0].ok());
}

TEST(Submit, WhatIsWrongOrBlankIsToldAtOnce) {
  const Translator translator = open();
  TranslateOptions wrong = greedy();
  wrong.search.n_best = 5;
  const auto told = [&](Request request) {
    const std::thread::id caller = std::this_thread::get_id();
    std::optional<Result<Translation>> found;
    translator.submit(std::move(request), [&](Result<Translation> result) {
      EXPECT_EQ(std::this_thread::get_id(), caller);
      found = std::move(result);
    });
    EXPECT_TRUE(found.has_value());
    return found.value_or(Status(Code::kInternal, "not told"));
  };
  const Status options = told({kText, wrong}).status();
  EXPECT_EQ(options.code(), Code::kInvalidArgument);
  EXPECT_EQ(options.message(), translator.translate(kText, wrong).status().message());
  EXPECT_EQ(told({std::vector<std::int32_t>{1 << 30}, greedy()}).status().code(), Code::kInput);
  EXPECT_TRUE(same(*told({" ", greedy()}), *translator.translate(" ")));
  // Longer than the model's positions: the scheduler says so.
  EXPECT_EQ(told({kText, greedy(1 << 20)}).status().code(), Code::kInvalidArgument);
}

TEST(Submit, OneOfManyIsCancelled) {
  const Translator translator = open(1);
  const Translation expected = *translator.translate(kText, greedy());
  constexpr std::size_t kCount = 100;
  Answers answers(kCount);
  {
    Gate gate(translator);
    std::vector<Pending> pending;
    for (std::size_t i = 0; i < kCount; ++i) {
      pending.push_back(translator.submit({kText, greedy()}, answers.at(i)));
    }
    pending[7].cancel();
    pending[7].cancel();
    EXPECT_EQ(answers.count(), 0u);
  }
  answers.wait();
  EXPECT_EQ(answers.code(7), Code::kCancelled);
  for (std::size_t i = 0; i < kCount; ++i) {
    if (i == 7) continue;
    ASSERT_TRUE(answers[i].ok());
    EXPECT_TRUE(same(*answers[i], expected));
  }
}

TEST(Submit, ALongTextIsCancelledInItsMiddleFromAReceiver) {
  const Translator translator = open(1, 16);
  Answers answers(2);
  Pending pending;
  {
    Gate gate(translator);
    pending = translator.submit({sentences(5000), greedy()}, answers.at(0));
    translator.submit({kText, greedy()}, [&](Result<Translation> result) {
      pending.cancel();
      answers.take(1, std::move(result));
    });
  }
  answers.wait();
  EXPECT_EQ(answers.code(0), Code::kCancelled);
  EXPECT_TRUE(answers[1].ok());
  pending.cancel();  // over
  Pending().cancel();
}

// There is room for one segment only, and the first request keeps it for long.
TEST(Submit, WhatIsOverDoesNotWaitForRoom) {
  const Translator translator = open(1, 1);
  Answers answers(4);
  {
    Gate gate(translator);
    translator.submit({kText, endless()}, answers.at(0));
    translator.submit({.input = kText, .options = greedy(), .deadline = Clock::now()},
                      answers.at(1));
    translator.submit({kText, greedy()}, answers.at(2));
    translator.submit({kText, greedy()}, answers.at(3)).cancel();
  }
  answers.wait();
  EXPECT_EQ(answers.order(), (std::vector<std::size_t>{1, 3, 0, 2}));
  EXPECT_EQ(answers.code(1), Code::kCancelled);
  EXPECT_THAT(answers[1].status().message(), HasSubstr("deadline"));
  EXPECT_EQ(answers.code(3), Code::kCancelled);
  EXPECT_TRUE(answers[0].ok() && answers[2].ok());
}

TEST(Submit, ADeadlineEndsItsRequestAlone) {
  const Translator translator = open(1, 16);
  Answers answers(3);
  const auto soon = Clock::now() + std::chrono::milliseconds(30);
  translator.submit({.input = sentences(20000), .options = greedy(), .deadline = soon},
                    answers.at(0));
  translator.submit({.input = sentences(20),
                     .options = greedy(),
                     .deadline = Clock::now() + std::chrono::hours(1)},
                    answers.at(1));
  translator.submit({sentences(20), greedy()}, answers.at(2));
  answers.wait();
  EXPECT_EQ(answers.code(0), Code::kCancelled);
  EXPECT_GE(Clock::now(), soon);
  ASSERT_TRUE(answers[1].ok() && answers[2].ok());
  EXPECT_TRUE(same(*answers[1], *answers[2]));
}

// Both are in one lane: the receiver of the short one lets the deadline of the long one pass.
TEST(Submit, ADeadlineEndsWhatRuns) {
  const Translator translator = open(1);
  Answers answers(2);
  {
    Gate gate(translator);
    const auto soon = Clock::now() + std::chrono::milliseconds(100);
    translator.submit({.input = kText, .options = endless(), .deadline = soon}, answers.at(0));
    translator.submit({kText, greedy(2)}, [&, soon](Result<Translation> result) {
      std::this_thread::sleep_until(soon);
      answers.take(1, std::move(result));
    });
  }
  answers.wait();
  EXPECT_EQ(answers.code(0), Code::kCancelled);
  EXPECT_TRUE(answers[1].ok());
}

TEST(Submit, AReceiverThatThrowsHarmsNobody) {
  std::atomic<int> warnings{0};
  set_log_sink([&](LogLevel level, std::string_view message) {
    if (level == LogLevel::kWarning && message.find("nobody catches") != std::string_view::npos) {
      ++warnings;
    }
  });
  {
    const Translator translator = open();
    std::atomic<int> calls{0};
    Answers answers(10);
    for (std::size_t i = 0; i < 10; ++i) {
      translator.submit(request(6 + i % 2), [&](const Result<Translation>&) {  // blank, and not
        ++calls;
        throw std::runtime_error("nobody catches me");
      });
      translator.submit({kText, greedy()}, answers.at(i));
    }
    translator.submit({kText, greedy()}, nullptr);
    answers.wait();
    for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(answers[i].ok());
    while (calls < 10) std::this_thread::yield();
    EXPECT_TRUE(translator.translate(kText, greedy()).ok());
    EXPECT_EQ(calls, 10);
  }
  set_log_sink({});
  EXPECT_EQ(warnings, 10);
}

// Submits the next request from the receiver of the one before, until there were `count`, never one
// receiver inside another.
class Chain {
 public:
  Chain(const Translator& translator, Request request, int count)
      : translator_(translator), request_(std::move(request)), left_(count) {}

  void run() {
    submit();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_done_; });
  }

 private:
  void submit() {
    translator_.submit(request_, [this](const Result<Translation>& result) {
      thread_local int depth = 0;
      ++depth;
      EXPECT_EQ(depth, 1);
      EXPECT_TRUE(result.ok());
      // The last one to touch this object.
      if (--left_ > 0) {
        submit();
      } else {
        const std::lock_guard lock(mutex_);
        is_done_ = true;
        changed_.notify_all();
      }
      --depth;
    });
  }

  const Translator& translator_;
  const Request request_;
  std::atomic<int> left_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_done_ = false;
};

TEST(Submit, AReceiverMaySubmitTheNext) {
  const Translator translator = open();
  Chain(translator, {kText, greedy()}, 300).run();
  Chain(translator, {"", greedy()}, 100000).run();  // ends inside submit()
}

TEST(Submit, ChainsRunBesideEachOther) {
  const Translator translator = open(3);
  std::vector<std::thread> callers;
  for (std::size_t c = 0; c < 6; ++c) {
    callers.emplace_back([&, c] { Chain(translator, request(c), 60).run(); });
  }
  for (std::thread& caller : callers) caller.join();
}

// A client that goes on as long as it is answered: what it submits while its translator goes is
// cancelled, and the chain ends.
TEST(Submit, DestructionEndsChains) {
  for (const std::size_t threads : {1u, 3u}) {
    std::atomic<int> answered = 0;
    std::atomic<int> refused = 0;
    {
      const Translator* client = nullptr;
      std::function<void(Result<Translation>)> next = [&](const Result<Translation>& result) {
        if (!result.ok()) {
          ++refused;
          return;
        }
        ++answered;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        client->submit({kText, greedy()}, next);
      };
      const Translator translator = open(threads, 16);
      client = &translator;
      for (int chain = 0; chain < 4; ++chain) translator.submit({kText, greedy()}, next);
      while (answered < 4) std::this_thread::yield();
    }
    EXPECT_EQ(refused, 4);
  }
}

// Each `done` of one submits to the other what ends inside submit().
TEST(Submit, TwoTranslatorsMayAnswerEachOther) {
  const Translator translators[] = {open(1), open(1)};
  constexpr int kRounds = 100000;
  int count = 0;
  int inside[] = {0, 0};
  int deepest = 0;
  std::promise<void> end;
  std::function<void(int)> ask = [&](int which) {
    translators[which].submit({"", greedy()}, [&, which](const Result<Translation>&) {
      deepest = std::max(deepest, ++inside[which]);
      if (++count < kRounds) {
        ask(1 - which);
      } else {
        end.set_value();
      }
      --inside[which];
    });
  };
  ask(0);
  end.get_future().wait();
  EXPECT_EQ(count, kRounds);
  EXPECT_EQ(deepest, 1);
}

TEST(Submit, WhatIsLateEndsSoEvenIfBlank) {
  const Translator translator = open();
  for (const std::string& text : {std::string(), kText}) {
    Answers answers(1);
    Request request{text, greedy()};
    request.deadline = std::chrono::steady_clock::now();
    translator.submit(request, answers.at(0));
    answers.wait();
    EXPECT_EQ(answers.code(0), Code::kCancelled);
  }
}

TEST(Submit, ABatchThatOverflowsIsRefused) {
  OpenOptions options;
  options.batch_tokens = std::size_t{1} << 60;
  const auto translator = Translator::open(kModel, options);
  ASSERT_FALSE(translator.ok());
  EXPECT_EQ(translator.status().message(), "batch_tokens 1152921504606846976: at most 4294967296");
}

TEST(Submit, DestructionCancelsAndWaitsForEachReceiver) {
  for (const std::size_t threads : {1u, 3u}) {
    constexpr std::size_t kCount = 200;
    Answers answers(kCount);
    Pending last;
    std::string streamed;
    std::optional<Stream> stream;
    {
      const Translator translator = open(threads, 16);
      stream.emplace(*translator.stream(
          greedy(), [&](const Result<Translation>& line) { streamed = line->text; }));
      for (std::size_t i = 0; i < kCount; ++i) {
        last = translator.submit({sentences(20), endless()}, answers.at(i));
      }
    }
    ASSERT_EQ(answers.count(), kCount);
    EXPECT_EQ(answers.code(kCount - 1), Code::kCancelled);
    last.cancel();
    // Streams are not the translator's requests.
    EXPECT_TRUE(stream->push(kText).ok());
    EXPECT_TRUE(stream->finish().ok());
    EXPECT_NE(streamed, "");
  }
}

// A receiver may be the last to hold what the translator's destructor must not outlive.
TEST(Submit, ReceiversAreGoneWhenTheTranslatorIs) {
  const auto held = std::make_shared<int>(0);
  {
    const Translator translator = open();
    for (int i = 0; i < 50; ++i) {
      translator.submit({kText, greedy()}, [held](const Result<Translation>&) {});
    }
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Submit, WhatAReceiverHoldsMaySubmitAsItGoes) {
  Answers answers(1);
  const Translator translator = open();
  std::shared_ptr<void> holds(nullptr, [&](void*) {
    translator.submit({kText, greedy()}, answers.at(0));
  });
  translator.submit({kText, greedy()}, [held = std::move(holds)](const Result<Translation>&) {});
  answers.wait();
  EXPECT_TRUE(answers[0].ok());
}

TEST(Submit, StreamsAndBatchesRunBesideRequests) {
  const Translator translator = open(2, 64);
  const std::vector<std::string> batch(30, sentences(3));
  const Translation expected = *translator.translate(batch.front(), greedy());
  Answers answers(100);
  std::atomic<int> right{0};
  std::thread batches([&] {
    for (int round = 0; round < 3; ++round) {
      const auto found = translator.translate(batch, greedy());
      for (const Translation& one : *found) right += same(one, expected);
    }
  });
  std::thread streams([&] {
    auto stream = translator.stream(
        greedy(), [&](const Result<Translation>& line) { right += same(*line, expected); });
    for (const std::string& line : batch) EXPECT_TRUE(stream->push(line).ok());
    EXPECT_TRUE(stream->finish().ok());
  });
  for (std::size_t i = 0; i < 100; ++i) translator.submit({batch.front(), greedy()}, answers.at(i));
  answers.wait();
  batches.join();
  streams.join();
  for (std::size_t i = 0; i < 100; ++i) EXPECT_TRUE(same(*answers[i], expected));
  EXPECT_EQ(right, 4 * 30);
}

class SubmitWithRefusedThreads : public testing::TestWithParam<int> {};

TEST_P(SubmitWithRefusedThreads, RequestsAreDone) {
  const Translator translator = open(4, 16);
  const std::string text = sentences(100);
  const Translation expected = *open(1).translate(text, greedy());
  const RefusedThreads refused(GetParam());
  Answers answers(20);
  for (std::size_t i = 0; i < 20; ++i) {
    translator.submit({text, greedy()}, answers.at(i));
    if (GetParam() == 0) {
      EXPECT_EQ(answers.count(), i + 1);  // by the caller itself
    }
  }
  answers.wait();
  for (std::size_t i = 0; i < 20; ++i) EXPECT_TRUE(same(*answers[i], expected));
  Chain(translator, {kText, greedy()}, 300).run();
  Chain(translator, {"", greedy()}, 1000).run();
  EXPECT_GT(refused.refused(), 0);
}

INSTANTIATE_TEST_SUITE_P(Granted, SubmitWithRefusedThreads, testing::Values(0, 1));

}  // namespace
}  // namespace transept
