// Memory that runs out at any request of opening, translating, streaming and learning: an error, no
// crash, no leak, and what was open can be used afterwards.
//
// A call makes up to some ten thousand requests. The usual run fails each of the first ones and a
// reproducible sample of the rest; with TRANSEPT_EVERY_ALLOCATION=1 in the environment, each.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/thrown.h"
#include "tests/support/failing_allocations.h"
#include "transept/inspect.h"
#include "transept/log.h"
#include "transept/shortlist.h"
#include "transept/translator.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

const fs::path kData = TRANSEPT_TEST_DATA;
const fs::path kMarian = kData / "fixtures/marian";

bool every_request() {
  const char* value = std::getenv("TRANSEPT_EVERY_ALLOCATION");
  return value != nullptr && *value == '1';
}

// The numbers of `requests` requests that are to fail: about `count` of them, and fewer where each
// takes ten times as long.
std::vector<std::uint64_t> numbers_to_fail(std::uint64_t requests, std::uint64_t count) {
#ifdef TRANSEPT_SLOW_BUILD
  count /= 6;
#endif
  std::vector<std::uint64_t> numbers;
  std::mt19937_64 random(requests);
  for (std::uint64_t number = 0; number < requests;) {
    numbers.push_back(number);
    const bool each = every_request() || number < count / 3;
    number += each ? 1 : 1 + random() % std::max<std::uint64_t>(1, 3 * requests / count);
  }
  return numbers;
}

// How a call ended. Reading a status copies its message, which asks for memory, too.
template <class Outcome>
Code code_of(const Outcome& outcome) {
  if (outcome.ok()) return Code::kOk;
  try {
    if constexpr (requires { outcome.code(); }) {
      return outcome.code();
    } else {
      return outcome.status().code();
    }
  } catch (const std::bad_alloc&) {
    return Code::kOutOfMemory;
  }
}

// Calls attempt() with memory failing at one request after the other. It returns how the library
// ended it, asks for no memory itself, and checks what it was given. settle() runs behind each
// attempt, with all the memory there is; without it, an attempt must leave nothing behind.
void exhaust(std::uint64_t count, const std::function<Code()>& attempt,
             const std::function<void()>& settle = {}) {
  std::uint64_t requests = 0;
  {
    const FailingAllocations none(FailingAllocations::kNever);
    ASSERT_EQ(attempt(), Code::kOk);
    requests = FailingAllocations::requests();
  }
  std::uint64_t failed = 0;
  for (const bool lasts : {false, true}) {
    for (const std::uint64_t number : numbers_to_fail(requests, count)) {
      Code code = Code::kOk;
      bool struck = false;
      const std::int64_t before = outstanding;
      {
        const FailingAllocations failing(number, lasts);
        code = attempt();
        struck = FailingAllocations::struck();
      }
      if (code != Code::kOk) {
        ++failed;
        EXPECT_TRUE(struck);
        EXPECT_EQ(code, Code::kOutOfMemory);
      }
      if (settle) {
        settle();
      } else {
        EXPECT_EQ(outstanding, before);
      }
      ASSERT_FALSE(testing::Test::HasFailure())
          << "request " << number << " of " << requests << (lasts ? ", and all behind it" : "");
    }
  }
  EXPECT_GT(failed, 0u);
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

// Memory and descriptors at its end are those of its beginning.
class NothingIsLeft {
 public:
  NothingIsLeft() : memory_(outstanding), descriptors_(open_descriptors()) {}
  ~NothingIsLeft() {
    EXPECT_EQ(open_descriptors(), descriptors_);
    // A failed expectation keeps a message.
    if (!testing::Test::HasFailure()) {
      EXPECT_EQ(outstanding, memory_);
    }
  }

 private:
  std::int64_t memory_;
  std::size_t descriptors_;
};

Result<Translator> open(const fs::path& directory, std::size_t threads) {
  OpenOptions options;
  options.threads = threads;
  return Translator::open(directory, options);
}

TranslateOptions request() {
  TranslateOptions options;
  options.search.beam = 3;
  options.search.n_best = 2;
  options.lengths.max_length = 12;
  options.returns.attention = true;
  return options;
}

std::vector<std::string> lines() {
  std::vector<std::string> lines = {"I am here", "", "\xff broken", "a b c d e f g"};
  for (int i = 0; i < 8; ++i) {
    lines.push_back("line " + std::to_string(i) + " has words. And more.");
  }
  return lines;
}

std::vector<std::string> texts_of(const std::vector<Translation>& translations) {
  std::vector<std::string> texts;
  for (const Translation& one : translations) texts.push_back(one.text);
  return texts;
}

class Opening : public testing::TestWithParam<const char*> {};

TEST_P(Opening, EndsWithAnErrorAtEachRequest) {
  const fs::path directory = kData / GetParam();
  ASSERT_TRUE(open(directory, 2).ok());
  const NothingIsLeft check;
  exhaust(200, [&] { return code_of(open(directory, 2)); });
}

INSTANTIATE_TEST_SUITE_P(Models, Opening,
                         testing::Values("fixtures/marian", "fixtures/marian-safetensors-sharded",
                                         "fixtures/marian-q4", "fixtures/marian-dynamo",
                                         "tiny/untied/checkpoint"));

TEST(Exhaustion, InspectingEndsWithAnError) {
  ASSERT_TRUE(inspect(kMarian).ok());
  const NothingIsLeft check;
  exhaust(200, [] { return code_of(inspect(kMarian)); });
}

// With one thread the caller works alone, and requests come in the same order each time.
class Translating : public testing::TestWithParam<std::size_t> {
 protected:
  // What a process makes once, at the first use.
  static void SetUpTestSuite() {
    const auto translator = open(kMarian, 2);
    ASSERT_TRUE(translator.ok());
    ASSERT_TRUE(translator->translate(lines(), request()).ok());
  }

  const std::vector<std::string> batch_ = lines();
  const TranslateOptions options_ = request();
};

TEST_P(Translating, ABatchEndsWithAnErrorAndTheNextOneIsRight) {
  const NothingIsLeft check;
  const auto translator = open(kMarian, GetParam());
  ASSERT_TRUE(translator.ok());
  const auto first = translator->translate(batch_, options_);
  ASSERT_TRUE(first.ok());
  const auto right = [&first](const Result<std::vector<Translation>>& found) {
    return found.ok() && std::equal(found->begin(), found->end(), first->begin(), first->end(),
                                    [](const auto& a, const auto& b) { return a.text == b.text; });
  };
  const auto attempt = [&] {
    const auto found = translator->translate(batch_, options_);
    EXPECT_TRUE(!found.ok() || right(found));
    return code_of(found);
  };
  exhaust(300, attempt, [&] { EXPECT_TRUE(right(translator->translate(batch_, options_))); });
}

// Lanes, caches and threads of a fresh translator are all still to be made.
TEST_P(Translating, AFirstBatchEndsWithAnError) {
  const NothingIsLeft check;
  const auto attempt = [&] {
    const auto translator = open(kMarian, GetParam());
    return translator.ok() ? code_of(translator->translate(batch_, options_)) : code_of(translator);
  };
  exhaust(200, attempt);
}

// What a stream's receiver saw. It asks for no memory once it is made.
struct Receiver {
  explicit Receiver(const std::vector<std::string>& texts) : expected(texts) {
    on_their_way.reserve(texts.size());
  }
  void note(Code code) {
    Code none = Code::kOk;
    error.compare_exchange_strong(none, code);
  }
  void receive(const Result<Translation>& line) {
    const std::size_t number = on_their_way[delivered++];
    note(code_of(line));
    wrong = wrong || (line.ok() && line->text != expected[number]);
  }

  const std::vector<std::string>& expected;
  std::vector<std::size_t> on_their_way;  // numbers of lines, as they were pushed
  std::size_t delivered = 0;
  bool wrong = false;
  std::atomic<Code> error = Code::kOk;  // the first that was met
};

// Pushes all lines and finishes. Each line is refused, or delivered once, in order, with its text or
// an error.
Code stream_all(const Translator& translator, const std::vector<std::string>& batch,
                const TranslateOptions& options, Receiver& receiver) {
  receiver.on_their_way.clear();
  receiver.delivered = 0;
  receiver.error = Code::kOk;
  auto stream = translator.stream(
      options, [&receiver](const Result<Translation>& line) { receiver.receive(line); });
  if (!stream.ok()) return code_of(stream);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    receiver.on_their_way.push_back(i);
    const Status pushed = stream->push(batch[i]);
    if (pushed.ok()) continue;
    receiver.note(pushed.code());
    ++refused;
    // What is forgotten must not be read meanwhile.
    receiver.note(stream->finish().code());
    receiver.on_their_way.pop_back();
  }
  receiver.note(stream->finish().code());
  EXPECT_FALSE(receiver.wrong);
  EXPECT_EQ(receiver.delivered + refused, batch.size());
  return receiver.error;
}

TEST_P(Translating, AStreamDeliversEachLineOnce) {
  const NothingIsLeft check;
  const auto translator = open(kMarian, GetParam());
  ASSERT_TRUE(translator.ok());
  const auto first = translator->translate(batch_, options_);
  ASSERT_TRUE(first.ok());
  const std::vector<std::string> expected = texts_of(*first);
  Receiver receiver(expected);
  const auto attempt = [&] { return stream_all(*translator, batch_, options_, receiver); };
  exhaust(300, attempt, [&] { EXPECT_EQ(attempt(), Code::kOk); });
}

TEST_P(Translating, AStreamThatIsDroppedEndsToo) {
  const NothingIsLeft check;
  const auto translator = open(kMarian, GetParam());
  ASSERT_TRUE(translator.ok());
  const auto attempt = [&] {
    Code error = Code::kOk;
    auto stream = translator->stream(options_, [](const Result<Translation>&) {});
    if (!stream.ok()) return code_of(stream);
    for (const std::string& line : batch_) {
      if (const Status pushed = stream->push(line); !pushed.ok()) error = pushed.code();
    }
    return error;
  };
  exhaust(100, attempt, [&] { EXPECT_TRUE(translator->translate("I am here").ok()); });
}

// Puts all lines on their way as requests, and waits. Each is told once, with its text or an error.
Code submit_all(const Translator& translator, const std::vector<std::string>& batch,
                const TranslateOptions& options, const std::vector<std::string>& expected) {
  struct Requests {
    const std::vector<std::string>& expected;
    std::atomic<std::size_t> left;
    std::atomic<std::size_t> wrong{0};
    std::atomic<Code> error{Code::kOk};
    std::atomic<bool> all_told{false};
  };
  Requests requests{expected, batch.size()};
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto told = [&requests, i](const Result<Translation>& line) {
      if (!line.ok()) requests.error = code_of(line);
      if (line.ok() && line->text != requests.expected[i]) ++requests.wrong;
      if (requests.left.fetch_sub(1) == 1) requests.all_told = true;
    };
    try {
      translator.submit({batch[i], options}, told);
    } catch (const std::bad_alloc&) {  // of the copies made here
      told(out_of_memory());
    }
  }
  while (!requests.all_told) std::this_thread::yield();
  EXPECT_EQ(requests.wrong, 0u);
  EXPECT_EQ(requests.left, 0u);
  return requests.error;
}

TEST_P(Translating, EachRequestIsToldOnce) {
  const NothingIsLeft check;
  OpenOptions few;
  few.threads = GetParam();
  few.batch_tokens = 8;  // the longest line goes in several parts
  const auto translator = Translator::open(kMarian, few);
  ASSERT_TRUE(translator.ok());
  std::vector<std::string> batch = batch_;
  std::string& longest = batch.emplace_back();
  for (int i = 0; i < 10; ++i) longest += "I am here. ";
  const auto first = translator->translate(batch, options_);
  ASSERT_TRUE(first.ok());
  const std::vector<std::string> expected = texts_of(*first);
  const auto attempt = [&] { return submit_all(*translator, batch, options_, expected); };
  exhaust(150, attempt, [&] { EXPECT_EQ(attempt(), Code::kOk); });
}

INSTANTIATE_TEST_SUITE_P(Threads, Translating, testing::Values(1, 3));

TEST(Exhaustion, LearningAShortlistEndsWithAnError) {
  const std::vector<std::string> batch = lines();
  const auto learn = [&] {
    auto builder = ShortlistBuilder::open(kMarian, 2);
    if (!builder.ok()) return code_of(builder);
    const Code added = code_of(builder->add(batch, batch));
    return added == Code::kOk ? code_of(builder->build({})) : added;
  };
  ASSERT_EQ(learn(), Code::kOk);
  set_log_sink({});  // what a process makes once, for the first message
  const NothingIsLeft check;
  exhaust(200, learn);
}

TEST(Exhaustion, AReceiverThatThrowsEndsItsStreamOnly) {
  const auto translator = open(kMarian, 2);
  ASSERT_TRUE(translator.ok());
  for (const bool memory : {true, false}) {
    std::size_t calls = 0;
    auto stream = translator->stream(request(), [&](const Result<Translation>&) {
      if (++calls < 3) return;
      if (memory) throw std::bad_alloc();
      throw std::string("nobody knows what");
    });
    ASSERT_TRUE(stream.ok());
    Status pushed;
    for (int i = 0; i < 1000 && pushed.ok(); ++i) pushed = stream->push("I am here");
    const Status finished = stream->finish();
    EXPECT_EQ(finished.code(), memory ? Code::kOutOfMemory : Code::kInternal);
    EXPECT_TRUE(pushed.ok() || pushed.code() == finished.code());
    EXPECT_EQ(calls, 3u);
  }
  EXPECT_TRUE(translator->translate("I am here").ok());
}

}  // namespace
}  // namespace transept
