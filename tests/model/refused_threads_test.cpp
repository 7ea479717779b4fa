// The public interface where the system gives fewer threads than were asked for, or none: the same
// results, from the caller's own thread if need be.
#include "tests/support/refused_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "transept/shortlist.h"
#include "transept/translator.h"

namespace transept {
namespace {

// Large enough that opening shares the packing of its weights among threads.
const std::filesystem::path kModel = std::filesystem::path(TRANSEPT_MODELS) / "en-de";

Translator open(std::size_t threads) {
  OpenOptions options;
  options.threads = threads;
  auto translator = Translator::open(kModel, options);
  EXPECT_TRUE(translator.ok()) << translator.status().message();
  return *std::move(translator);
}

// Scalar kernels and sanitizers take ten times as long and more: there fewer lines must do.
#ifdef TRANSEPT_SLOW_BUILD
constexpr int kLines = 8;
#else
constexpr int kLines = 40;
#endif

std::vector<std::string> lines() {
  std::vector<std::string> lines;
  for (int i = 0; i < kLines; ++i) {
    lines.push_back("Train " + std::to_string(i) + " leaves at noon.");
  }
  return lines;
}

class RefusedThreadsTest : public testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() {
    const auto all = open(2).translate(lines());
    ASSERT_TRUE(all.ok());
    for (const Translation& one : *all) expected_.push_back(one.text);
  }
  static void TearDownTestSuite() { expected_.clear(); }

  static inline std::vector<std::string> expected_;
};

TEST_P(RefusedThreadsTest, ABatch) {
  const RefusedThreads refused(GetParam());
  const Translator translator = open(4);
  EXPECT_GT(refused.refused(), 0);  // while the weights were packed
  for (int round = 0; round < 2; ++round) {
    const auto found = translator.translate(lines());
    ASSERT_TRUE(found.ok()) << found.status().message();
    for (std::size_t i = 0; i < found->size(); ++i) EXPECT_EQ((*found)[i].text, expected_[i]);
    EXPECT_EQ(translator.translate(lines().front())->text, expected_.front());
  }
}

TEST_P(RefusedThreadsTest, AStream) {
  const RefusedThreads refused(GetParam());
  const Translator translator = open(4);
  std::vector<std::string> delivered;
  auto stream = translator.stream({}, [&](const Result<Translation>& line) {
    delivered.push_back(line.ok() ? line->text : "");
  });
  ASSERT_TRUE(stream.ok());
  for (const std::string& line : lines()) EXPECT_TRUE(stream->push(line).ok());
  EXPECT_TRUE(stream->finish().ok());
  EXPECT_EQ(delivered, expected_);
}

TEST_P(RefusedThreadsTest, StreamsOfSeveralThreadsAtOnce) {
  const Translator translator = open(2);
  std::atomic<bool> go{false};
  std::vector<std::vector<std::string>> delivered(4);
  std::vector<std::thread> callers;
  for (auto& mine : delivered) {
    callers.emplace_back([&] {
      while (!go) std::this_thread::yield();
      auto stream = translator.stream({}, [&](const Result<Translation>& line) {
        mine.push_back(line.ok() ? line->text : "");
      });
      ASSERT_TRUE(stream.ok());
      for (const std::string& line : lines()) EXPECT_TRUE(stream->push(line).ok());
      EXPECT_TRUE(stream->finish().ok());
    });
  }
  const RefusedThreads refused(GetParam());
  go = true;
  for (std::thread& caller : callers) caller.join();
  for (const auto& one : delivered) EXPECT_EQ(one, expected_);
}

TEST_P(RefusedThreadsTest, AStreamThatIsCancelledWhileTheCallerTranslates) {
  const RefusedThreads refused(GetParam());
  const Translator translator = open(2);
  Stream* running = nullptr;
  int delivered = 0;
  auto stream = translator.stream({}, [&](const Result<Translation>&) {
    if (++delivered == 3) running->cancel();
  });
  ASSERT_TRUE(stream.ok());
  running = &*stream;
  Status pushed;
  for (int i = 0; i < 1000 && pushed.ok(); ++i) pushed = stream->push("Where is the station?");
  EXPECT_TRUE(pushed.ok() || pushed.code() == Code::kCancelled);
  EXPECT_EQ(stream->finish().code(), Code::kCancelled);
}

TEST_P(RefusedThreadsTest, AShortlist) {
  const auto learn = [] {
    auto builder = ShortlistBuilder::open(kModel, 4);
    EXPECT_TRUE(builder.ok());
    EXPECT_TRUE(builder->add(lines(), lines()).ok());
    const auto built = builder->build({});
    EXPECT_TRUE(built.ok());
    return built.ok() ? *built : "";
  };
  const std::string with_threads = learn();
  const RefusedThreads refused(GetParam());
  EXPECT_EQ(learn(), with_threads);
}

INSTANTIATE_TEST_SUITE_P(Granted, RefusedThreadsTest, testing::Values(0, 1));

TEST(StreamWithoutAReceiver, IsRefused) {
  const Translator translator = open(1);
  const auto stream = translator.stream({}, nullptr);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(translator.stream({}, Stream::Deliver()).ok());
  void (*no_function)(Result<Translation>) = nullptr;
  EXPECT_FALSE(translator.stream({}, no_function).ok());
}

}  // namespace
}  // namespace transept
