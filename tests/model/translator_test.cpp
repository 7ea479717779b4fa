// The public interface on a small model: lines in every form, alone, together, as a stream.
#include "transept/translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "transept/inspect.h"

namespace transept {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kModel = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";

Translator open(std::size_t threads = 2) {
  OpenOptions options;
  options.threads = threads;
  auto translator = Translator::open(kModel, options);
  EXPECT_TRUE(translator.ok()) << translator.status().message();
  return *std::move(translator);
}

TranslateOptions greedy() {
  TranslateOptions options;
  options.search.beam = 1;
  options.lengths.max_length = 20;
  return options;
}

std::vector<std::string> texts(int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    lines.push_back(i % 7 == 3 ? ""
                               : std::string(static_cast<std::size_t>(i % 5), 'a') + " I am here " +
                                     std::to_string(i));
  }
  return lines;
}

void expect_same(const Translation& a, const Translation& b) {
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.flags, b.flags);
  EXPECT_EQ(a.source_ids, b.source_ids);
  EXPECT_EQ(a.tokens, b.tokens);
  EXPECT_EQ(a.segments.size(), b.segments.size());
  ASSERT_EQ(a.hypotheses.size(), b.hypotheses.size());
  for (std::size_t h = 0; h < a.hypotheses.size(); ++h) {
    EXPECT_EQ(a.hypotheses[h].text, b.hypotheses[h].text);
    EXPECT_EQ(a.hypotheses[h].ids, b.hypotheses[h].ids);
    EXPECT_EQ(a.hypotheses[h].score, b.hypotheses[h].score);
  }
}

TEST(Translator, NamesWhatIsWrongWithADirectory) {
  const auto missing = Translator::open("/no/such/model");
  EXPECT_EQ(missing.status().code(), Code::kNotFound);
  EXPECT_THAT(missing.status().message(), HasSubstr("/no/such/model"));
  OpenOptions options;
  options.threads = 1000000;
  EXPECT_EQ(Translator::open(kModel, options).status().code(), Code::kInvalidArgument);
}

TEST(Translator, GivesParallelFieldsBestFirst) {
  TranslateOptions options;
  options.search.beam = 3;
  options.search.n_best = 3;
  const auto result = open().translate("I am here.", options);
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_TRUE(result->segments.empty());
  EXPECT_EQ(result->source_ids.size(), result->source_tokens.size());
  ASSERT_EQ(result->hypotheses.size(), 3u);
  EXPECT_EQ(result->text, result->hypotheses.front().text);
  EXPECT_EQ(result->tokens, result->hypotheses.front().ids.size());
  for (const Hypothesis& hypothesis : result->hypotheses) {
    EXPECT_EQ(hypothesis.ids.size(), hypothesis.tokens.size());
    EXPECT_EQ(hypothesis.ids.size(), hypothesis.token_scores.size());
    EXPECT_LE(hypothesis.score, result->hypotheses.front().score);
  }
}

TEST(Translator, AFewAtOnceAreAsEachAlone) {
  const Translator translator = open();
  const std::vector<std::string> lines = texts(40);
  const auto together = translator.translate(lines, greedy());
  ASSERT_TRUE(together.ok());
  ASSERT_EQ(together->size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto alone = translator.translate(lines[i], greedy());
    ASSERT_TRUE(alone.ok());
    expect_same((*together)[i], *alone);
  }
}

TEST(Translator, MayBeUsedFromSeveralThreads) {
  const Translator translator = open();
  const std::vector<std::string> lines = texts(20);
  const auto expected = translator.translate(lines, greedy());
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto found = translator.translate(lines, greedy());
      bool same = found.ok();
      for (std::size_t i = 0; same && i < lines.size(); ++i) {
        same = (*found)[i].text == (*expected)[i].text;
      }
      if (same) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 4);
}

TEST(Translator, IdsAreCompleteInput) {
  const Translator translator = open();
  const auto from_text = translator.translate("I am here.", greedy());
  const std::vector<std::vector<std::int32_t>> inputs = {from_text->source_ids, {}};
  const auto from_ids = translator.translate_ids(inputs, greedy());
  ASSERT_TRUE(from_ids.ok());
  expect_same((*from_ids)[0], *from_text);
  EXPECT_EQ((*from_ids)[1].text, "");
  EXPECT_TRUE((*from_ids)[1].source_ids.empty());

  const std::vector<std::vector<std::int32_t>> wrong = {{5, 0}, {1 << 30, 0}};
  const auto refused = translator.translate_ids(wrong, greedy());
  EXPECT_EQ(refused.status().code(), Code::kInput);
  EXPECT_THAT(refused.status().message(), HasSubstr("input 2"));
  EXPECT_EQ(translator.check_ids(wrong[1]).code(), Code::kInput);
  EXPECT_TRUE(translator.check_ids(wrong[0]).ok());
}

TEST(Translator, NothingToTranslateIsNotTranslated) {
  const Translator translator = open();
  for (const char* text : {"", " ", "\t  "}) {
    const auto result = translator.translate(text);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->text, "");
    EXPECT_TRUE(result->source_ids.empty());
    ASSERT_EQ(result->hypotheses.size(), 1u);
    EXPECT_TRUE(result->hypotheses.front().ids.empty());
  }
}

TEST(Translator, SaysWhatItDidToTheInput) {
  const Translator translator = open();
  EXPECT_THAT(translator.translate("I am \xFF here.", greedy())->flags, Contains("invalid-utf8"));
  TranslateOptions options = greedy();
  options.lengths.max_length = 1;
  EXPECT_THAT(translator.translate("I am here.", options)->flags, Contains("max-length"));
  options = greedy();
  options.text.truncate_input = 3;
  const auto cut = translator.translate("I am here and there.", options);
  EXPECT_THAT(cut->flags, Contains("truncated"));
  EXPECT_EQ(cut->source_ids.size(), 3u);
  EXPECT_EQ(cut->source_tokens.back(), "</s>");
}

TEST(Translator, StopsRepetitionsOfTextUnlessToldOtherwise) {
  const Translator translator = open();
  for (const std::uint32_t beam : {1u, 4u}) {
    SCOPED_TRACE(beam);
    TranslateOptions options;
    options.search.beam = beam;
    options.lengths.max_length = 100;
    const auto usual = translator.translate("I am here.", options);
    EXPECT_THAT(usual->flags, IsEmpty());
    // Where the end token is another one, this model says the usual one up to the bound.
    options.words.end_tokens = {translator.target_id("<unk>")};
    const auto guarded = translator.translate("I am here.", options);
    EXPECT_THAT(guarded->flags, ElementsAre("repetition"));
    EXPECT_EQ(guarded->text, usual->text);
    EXPECT_EQ(guarded->hypotheses[0].ids, usual->hypotheses[0].ids);
    options.search.loop_guard = false;
    const auto whole = translator.translate("I am here.", options);
    EXPECT_THAT(whole->flags, ElementsAre("max-length"));
    const std::vector<std::vector<std::int32_t>> ids = {whole->source_ids};
    options.search.loop_guard.reset();
    expect_same(translator.translate_ids(ids, options)->front(), *whole);
    options.search.loop_guard = true;
    expect_same(translator.translate_ids(ids, options)->front(), *guarded);
  }
}

TEST(Translator, RefusesOptionsThatContradictEachOther) {
  TranslateOptions options;
  options.search.beam = 2;
  options.search.n_best = 3;
  EXPECT_EQ(open().translate("I am here.", options).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(open().stream(options, [](const Result<Translation>&) {}).status().code(),
            Code::kInvalidArgument);
}

const std::string kKanji = "\xE6\xBC\xA2\xE5\xAD\x97";
const std::string kFace = "\xF0\x9F\x98\x80";

// The only hypothesis of a line that was not split.
const Hypothesis& only(const Translation& line) {
  EXPECT_TRUE(line.segments.empty());
  EXPECT_EQ(line.hypotheses.size(), 1u);
  return line.hypotheses.front();
}

TEST(Translator, GivesBackWhatItsVocabularyDoesNotKnow) {
  const Translator translator = open();
  for (const std::string& text :
       {kKanji, kFace, kKanji + "!", kKanji + "  " + kKanji, std::string("\xE2\x96\x81")}) {
    const auto line = translator.translate(" " + text + " ", greedy());
    ASSERT_TRUE(line.ok());
    EXPECT_EQ(line->text, text);
    EXPECT_THAT(line->flags, testing::ElementsAre("unknown_source"));
    EXPECT_EQ(only(*line).text, text);
    EXPECT_TRUE(only(*line).ids.empty());
    EXPECT_EQ(only(*line).score, 0.0f);
  }
  TranslateOptions off = greedy();
  off.text.copy_unknown = CopyUnknown::off;
  const auto invented = translator.translate(kKanji, off);
  EXPECT_NE(invented->text, kKanji);
  EXPECT_THAT(invented->flags, Contains("unknown_source"));
  EXPECT_FALSE(only(*invented).ids.empty());
  const auto mixed = translator.translate(kKanji + " I am here.", greedy());
  EXPECT_TRUE(mixed->flags.empty());
  EXPECT_FALSE(only(*mixed).ids.empty());
}

TEST(Translator, GivesBackSegmentsAmongOthers) {
  const Translator translator = open();
  TranslateOptions options = greedy();
  options.text.split = Split::sentences;
  const auto alone = translator.translate("I am here.", options);
  const auto line = translator.translate(kKanji + "! I am here.", options);
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->text, kKanji + "! " + alone->text);
  EXPECT_THAT(line->flags, testing::ElementsAre("split", "unknown_source"));

  std::vector<std::string> delivered;
  auto stream = translator.stream(
      options, [&](const Result<Translation>& one) { delivered.push_back(one->text); });
  for (const std::string& text : {kKanji, std::string("I am here."), kKanji + "! " + kFace + "!",
                                  std::string(), kKanji + "! I am here."}) {
    EXPECT_TRUE(stream->push(text).ok());
  }
  EXPECT_TRUE(stream->finish().ok());
  EXPECT_THAT(delivered, testing::ElementsAre(kKanji, alone->text, kKanji + "! " + kFace + "!", "",
                                              line->text));
}

// However long: the model is not asked.
TEST(Translator, GivesBackALongUnknownLine) {
  std::string text = kKanji;
  for (int i = 0; i < 2000; ++i) text += " " + kKanji;
  TranslateOptions options = greedy();
  options.text.split = Split::none;
  const auto line = open().translate(text, options);
  ASSERT_TRUE(line.ok()) << line.status().message();
  EXPECT_EQ(line->text, text);
}

TEST(Translator, RunsUnknownTokensAndIdsAsTheyAreGiven) {
  const Translator translator = open();
  std::vector<Translation> delivered;
  auto stream = translator.stream(
      greedy(), [&](Result<Translation> one) { delivered.push_back(*std::move(one)); });
  const std::vector<std::string> tokens = {kKanji, "\xE2\x96\x81"};
  const std::vector<std::int32_t> ids = {1, 1, 0};
  EXPECT_TRUE(stream->push_tokens(tokens).ok());
  EXPECT_TRUE(stream->push_ids(ids).ok());
  EXPECT_TRUE(stream->finish().ok());
  ASSERT_EQ(delivered.size(), 2u);
  for (const Translation& line : delivered) {
    EXPECT_THAT(line.flags, Contains("unknown_source"));
    EXPECT_FALSE(only(line).ids.empty());
  }
}

TEST(Translator, KeepsSymbolsOnRequest) {
  const Translator translator = open();
  TranslateOptions options = greedy();
  const auto plain = translator.translate("I am here.", options);
  options.text.copy_unknown = CopyUnknown::symbols;
  for (const std::string& text : {"I am " + kFace + " here.", kFace + " I am here."}) {
    const auto line = translator.translate(text, options);
    EXPECT_NE(line->text.find(kFace), std::string::npos) << line->text;
    EXPECT_EQ(only(*line).ids, only(*plain).ids);
    EXPECT_EQ(only(*line).score, only(*plain).score);
    EXPECT_TRUE(only(*line).attention.empty());
    EXPECT_TRUE(line->flags.empty());
  }
  expect_same(*translator.translate("I am here.", options), *plain);
}

TEST(Translator, TextCannotEndItsSourceEarly) {
  const Translator translator = open();
  TranslateOptions options = greedy();
  for (const std::string text : {"</s>", "I am </s> here.", "<pad> I am here.", "I am here.</s>"}) {
    const auto as_text = translator.translate(text, options);
    const auto& tokens = as_text->source_tokens;
    EXPECT_EQ(std::count(tokens.begin(), tokens.end(), "</s>"), 1) << text;
    EXPECT_EQ(std::count(tokens.begin(), tokens.end(), "<pad>"), 0) << text;
    options.text.special_tokens = true;
    const auto as_tokens = translator.translate(text, options);
    options.text.special_tokens = false;
    const auto& specials = as_tokens->source_tokens;
    EXPECT_EQ(std::count(specials.begin(), specials.end(), "</s>") +
                  std::count(specials.begin(), specials.end(), "<pad>"),
              2)
        << text;
  }
}

TEST(Translator, EncodesTargetTextWithoutTheEndToken) {
  const Translator translator = open();
  const auto ids = translator.encode_target("Ich");
  ASSERT_TRUE(ids.ok());
  EXPECT_FALSE(ids->empty());
  EXPECT_NE(ids->back(), translator.target_id("</s>"));
  EXPECT_EQ(translator.target_id("no such token"), -1);
}

TEST(TranslatorStream, DeliversLinesInOrderWhateverTheirLength) {
  const Translator translator = open(3);
  const std::vector<std::string> lines = texts(300);
  const auto expected = translator.translate(lines, greedy());
  std::vector<Translation> delivered;
  auto stream = translator.stream(
      greedy(), [&](Result<Translation> line) { delivered.push_back(*std::move(line)); });
  ASSERT_TRUE(stream.ok());
  for (const std::string& line : lines) ASSERT_TRUE(stream->push(line).ok());
  EXPECT_TRUE(stream->finish().ok());
  ASSERT_EQ(delivered.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) expect_same(delivered[i], (*expected)[i]);
}

TEST(TranslatorStream, TakesTokensAndIds) {
  const Translator translator = open();
  const auto from_text = translator.translate("I am here.", greedy());
  std::vector<Translation> delivered;
  auto stream = translator.stream(
      greedy(), [&](Result<Translation> line) { delivered.push_back(*std::move(line)); });
  const std::vector<std::string> pieces(from_text->source_tokens.begin(),
                                        from_text->source_tokens.end() - 1);
  EXPECT_TRUE(stream->push_tokens(pieces).ok());
  EXPECT_TRUE(stream->push_ids(from_text->source_ids).ok());
  EXPECT_TRUE(stream->finish().ok());
  ASSERT_EQ(delivered.size(), 2u);
  expect_same(delivered[0], *from_text);
  expect_same(delivered[1], *from_text);
}

TEST(TranslatorStream, AWrongLineIsDeliveredInItsPlace) {
  const Translator translator = open();
  std::vector<Code> codes;
  auto stream = translator.stream(
      greedy(), [&](const Result<Translation>& line) { codes.push_back(line.status().code()); });
  const std::vector<std::int32_t> wrong = {-5};
  EXPECT_TRUE(stream->push("I am here.").ok());
  EXPECT_TRUE(stream->push_ids(wrong).ok());
  EXPECT_TRUE(stream->push("").ok());
  EXPECT_TRUE(stream->finish().ok());
  EXPECT_EQ(codes, (std::vector<Code>{Code::kOk, Code::kInput, Code::kOk}));
}

TEST(TranslatorStream, OutlivesItsTranslatorAndMoves) {
  std::string text;
  auto translator = std::make_unique<Translator>(open());
  auto opened =
      translator->stream(greedy(), [&](const Result<Translation>& line) { text = line->text; });
  Stream stream = *std::move(opened);
  translator.reset();
  EXPECT_TRUE(stream.push("I am here.").ok());
  EXPECT_TRUE(stream.finish().ok());
  EXPECT_NE(text, "");
}

// Delivery that waits until the test lets it go on.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_open = false;
  void pass() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_open; });
  }
  void open() {
    const std::lock_guard lock(mutex);
    is_open = true;
    changed.notify_all();
  }
};

TEST(TranslatorStream, PushWaitsWhileTooMuchIsInFlight) {
  OpenOptions options;
  options.threads = 1;
  options.batch_tokens = 16;
  const auto translator = Translator::open(kModel, options);
  Gate gate;
  std::atomic<int> pushed{0};
  std::atomic<int> delivered{0};
  auto stream = translator->stream(greedy(), [&](const Result<Translation>&) {
    gate.pass();
    ++delivered;
  });
  std::thread pusher([&] {
    for (int i = 0; i < 200; ++i) {
      EXPECT_TRUE(stream->push("I am here.").ok());
      ++pushed;
    }
  });
  int last = -1;
  while (pushed != last) {  // until it stands still
    last = pushed;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  EXPECT_LT(pushed, 200);
  gate.open();
  pusher.join();
  EXPECT_TRUE(stream->finish().ok());
  EXPECT_EQ(delivered, 200);
}

TEST(TranslatorStream, CancelEndsAPushThatWaitsAndDeliversEveryLine) {
  OpenOptions options;
  options.threads = 1;
  options.batch_tokens = 16;
  const auto translator = Translator::open(kModel, options);
  Gate gate;
  std::atomic<int> delivered{0};
  std::atomic<int> cancelled{0};
  auto stream = translator->stream(greedy(), [&](const Result<Translation>& line) {
    gate.pass();
    ++delivered;
    if (line.status().code() == Code::kCancelled) ++cancelled;
  });
  int pushed = 0;
  std::thread pusher([&] {
    while (stream->push("I am here.").ok()) ++pushed;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  stream->cancel();
  pusher.join();
  gate.open();
  EXPECT_EQ(stream->finish().code(), Code::kCancelled);
  EXPECT_EQ(delivered, pushed);
  EXPECT_GT(cancelled, 0);
  // Others on the same translator go on.
  EXPECT_TRUE(translator->translate("I am here.", greedy()).ok());
}

TEST(Inspect, CountsSharedTensorsOnce) {
  const auto info = inspect(kModel);
  ASSERT_TRUE(info.ok()) << info.status().message();
  EXPECT_EQ(info->family, "marian");
  std::size_t sum = 0;
  bool shared = false;
  for (const TensorInfo& tensor : info->tensors) {
    if (tensor.shared_with.empty()) sum += tensor.rows * tensor.cols;
    shared = shared || !tensor.shared_with.empty();
  }
  EXPECT_TRUE(shared);
  EXPECT_EQ(info->parameters, sum);
  EXPECT_EQ(info->compute, "float32");
  EXPECT_GT(info->weight_bytes, sum);
}

}  // namespace
}  // namespace transept
