// Lines of several segments through the public interface: what the parts are, and that the whole has
// the form and the meaning of a line that was not split.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "transept/alignment.h"
#include "transept/inspect.h"
#include "transept/translator.h"

namespace transept {
namespace {

using testing::Contains;
using testing::Not;

const std::string kModel = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";
const std::string kThree = "I am here.   You are there. \t We go home.";

const Translator& translator() {
  static const Translator opened = [] {
    OpenOptions options;
    options.threads = 2;
    auto translator = Translator::open(kModel, options);
    EXPECT_TRUE(translator.ok()) << translator.status().message();
    return *std::move(translator);
  }();
  return opened;
}

TranslateOptions greedy() {
  TranslateOptions options;
  options.search.beam = 1;
  options.lengths.max_length = 20;
  return options;
}

TranslateOptions beam(std::uint32_t count) {
  TranslateOptions options = greedy();
  options.search.beam = count;
  options.search.n_best = count;
  return options;
}

Translation translate(const std::string& text, const TranslateOptions& options = greedy()) {
  const auto result = translator().translate(text, options);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return result.ok() ? *result : Translation();
}

TEST(SplitLines, AreSentencesForFamiliesTrainedOnSingleOnes) {
  TranslateOptions options = greedy();
  const Translation automatic = translate(kThree, options);
  options.text.split = Split::sentences;
  EXPECT_EQ(automatic.text, translate(kThree, options).text);
  EXPECT_EQ(automatic.segments.size(), 3u);
  EXPECT_THAT(automatic.flags, Contains("split"));
  for (const Split split : {Split::long_lines, Split::none}) {
    options.text.split = split;
    const Translation whole = translate(kThree, options);
    EXPECT_TRUE(whole.segments.empty());
    EXPECT_THAT(whole.flags, Not(Contains("split")));
  }
}

TEST(SplitLines, OfOneSentenceAreTheSameHoweverTheyAreSplit) {
  for (const char* text : {"I am here.", "  I am here. ", "I, you, he", "no full stop", "Why?"}) {
    TranslateOptions options = beam(3);
    options.text.split = Split::none;
    const Translation expected = translate(text, options);
    for (const Split split : {Split::automatic, Split::sentences, Split::long_lines}) {
      options.text.split = split;
      const Translation found = translate(text, options);
      EXPECT_EQ(found.source_ids, expected.source_ids);
      EXPECT_TRUE(found.segments.empty());
      ASSERT_EQ(found.hypotheses.size(), expected.hypotheses.size());
      for (std::size_t h = 0; h < found.hypotheses.size(); ++h) {
        EXPECT_EQ(found.hypotheses[h].text, expected.hypotheses[h].text);
        EXPECT_EQ(found.hypotheses[h].ids, expected.hypotheses[h].ids);
        EXPECT_EQ(found.hypotheses[h].token_scores, expected.hypotheses[h].token_scores);
        EXPECT_EQ(found.hypotheses[h].score, expected.hypotheses[h].score);
      }
    }
  }
}

TEST(SplitLines, KeepWhatStandsBetweenSegmentsAndNothingAtTheirEnds) {
  const Translation inside = translate(kThree);
  ASSERT_EQ(inside.segments.size(), 3u);
  EXPECT_EQ(inside.text, inside.segments[0].hypotheses[0].text + "   " +
                             inside.segments[1].hypotheses[0].text + " \t " +
                             inside.segments[2].hypotheses[0].text);
  EXPECT_EQ(translate(" \t" + kThree + "  \r").text, inside.text);
  EXPECT_EQ(translate("  I am here. ").text, translate("I am here.").text);
}

TEST(SplitLines, AreAsEachSentenceAlone) {
  const Translation line = translate("I am here. You are there.");
  ASSERT_EQ(line.segments.size(), 2u);
  const char* const sentences[] = {"I am here.", "You are there."};
  for (std::size_t s = 0; s < 2; ++s) {
    const Translation alone = translate(sentences[s]);
    EXPECT_EQ(line.segments[s].source_ids, alone.source_ids);
    EXPECT_EQ(line.segments[s].hypotheses[0].ids, alone.hypotheses[0].ids);
    EXPECT_EQ(line.segments[s].hypotheses[0].score, alone.hypotheses[0].score);
  }
}

// sum and score of a line are what the rules say of all its tokens.
void expect_scored_by_rules(const Hypothesis& one, double length_penalty) {
  double sum = 0.0;
  for (const float score : one.token_scores) sum += score;
  EXPECT_NEAR(one.sum, sum, 1e-4);
  EXPECT_NEAR(one.score, sum / std::pow(one.ids.size(), length_penalty), 1e-4);
}

TEST(SplitLines, HaveHypothesesAsAnyOtherLine) {
  for (const float length_penalty : {0.0f, 1.0f, 1.5f}) {
    TranslateOptions options = beam(3);
    options.search.length_penalty = length_penalty;
    const Translation line = translate(kThree, options);
    ASSERT_EQ(line.segments.size(), 3u);
    ASSERT_EQ(line.hypotheses.size(), 3u);
    EXPECT_EQ(line.text, line.hypotheses[0].text);
    EXPECT_EQ(line.tokens, line.hypotheses[0].ids.size());
    std::vector<std::int32_t> source, ids;
    for (const TranslatedSegment& segment : line.segments) {
      source.insert(source.end(), segment.source_ids.begin(), segment.source_ids.end());
      const auto& best = segment.hypotheses[0].ids;
      ids.insert(ids.end(), best.begin(), best.end());
    }
    EXPECT_EQ(line.source_ids, source);
    EXPECT_EQ(line.source_tokens.size(), source.size());
    EXPECT_EQ(line.hypotheses[0].ids, ids);
    for (const Hypothesis& one : line.hypotheses) {
      EXPECT_EQ(one.tokens.size(), one.ids.size());
      EXPECT_EQ(one.token_scores.size(), one.ids.size());
      expect_scored_by_rules(one, length_penalty);
    }
  }
}

TEST(SplitLines, NBestListsCombineThoseOfTheSegments) {
  TranslateOptions options = beam(4);
  options.returns.n_best_repeats = true;
  const Translation line = translate("I am here.  You are there.", options);
  ASSERT_EQ(line.segments.size(), 2u);
  // All combinations by the sum of their scores.
  std::vector<std::pair<float, std::string>> expected;
  for (const Hypothesis& a : line.segments[0].hypotheses) {
    for (const Hypothesis& b : line.segments[1].hypotheses) {
      expected.emplace_back(a.score + b.score, a.text + "  " + b.text);
    }
  }
  std::sort(expected.begin(), expected.end(), [](auto& a, auto& b) { return a.first > b.first; });
  ASSERT_EQ(line.hypotheses.size(), 4u);
  std::multiset<std::string> texts, best;
  for (std::size_t i = 0; i < 4; ++i) {
    texts.insert(line.hypotheses[i].text);
    best.insert(expected[i].second);
  }
  EXPECT_EQ(texts, best);
  for (std::size_t i = 2; i < 4; ++i) {
    EXPECT_LE(line.hypotheses[i].score, line.hypotheses[i - 1].score);
  }
}

TEST(SplitLines, NBestListsHaveNoTextTwice) {
  const Translation line = translate(kThree + " I am. Go on. So it is.", beam(6));
  ASSERT_GT(line.segments.size(), 3u);
  EXPECT_EQ(line.hypotheses.size(), 6u);
  std::set<std::string> texts;
  for (const Hypothesis& one : line.hypotheses) {
    EXPECT_TRUE(texts.insert(one.text).second) << one.text;
  }
}

TEST(SplitLines, AttentionHasAColumnForEachSourceTokenOfTheLine) {
  TranslateOptions options = beam(2);
  options.returns.attention = true;
  const Translation line = translate(kThree, options);
  ASSERT_EQ(line.segments.size(), 3u);
  for (const Hypothesis& one : line.hypotheses) {
    ASSERT_EQ(one.attention.rows, one.ids.size());
    ASSERT_EQ(one.attention.cols, line.source_ids.size());
    for (std::size_t t = 0; t < one.attention.rows; ++t) {
      double sum = 0.0;
      for (const float weight : one.attention.row(t)) sum += weight;
      EXPECT_NEAR(sum, 1.0, 1e-5);
    }
  }
  // Pairs count on from segment to segment.
  std::vector<AlignedPair> expected;
  std::size_t source = 0, target = 0;
  for (const TranslatedSegment& segment : line.segments) {
    const Hypothesis& best = segment.hypotheses[0];
    for (const AlignedPair& pair : hard_alignment(best.attention)) {
      expected.push_back({source + pair.source, target + pair.target});
    }
    source += segment.source_ids.size();
    target += best.ids.size();
  }
  EXPECT_EQ(hard_alignment(line.hypotheses[0].attention), expected);
  EXPECT_TRUE(translate(kThree).hypotheses[0].attention.empty());
}

TEST(SplitLines, TextsOfSeveralLinesKeepTheirLineEnds) {
  const std::string a = "I am here.", b = "You are there. We go home.", c = "no end";
  const std::string ta = translate(a).text, tb = translate(b).text, tc = translate(c).text;
  for (const Split split : {Split::automatic, Split::sentences, Split::long_lines}) {
    TranslateOptions options = greedy();
    options.text.split = split;
    const std::string tb_here = translate(b, options).text;
    const auto text = [&](const std::string& whole) { return translate(whole, options).text; };
    EXPECT_EQ(text(a + "\n" + c), ta + "\n" + tc);
    EXPECT_EQ(text(a + "\r\n" + b + "\r\n" + c + "\r\n"),
              ta + "\r\n" + tb_here + "\r\n" + tc + "\r\n");
    EXPECT_EQ(text("\n\n  " + a + " \n \n" + b + "\n"), "\n\n" + ta + "\n\n" + tb_here + "\n");
    EXPECT_EQ(text("\n"), "\n");
    EXPECT_EQ(text("\r\n\n"), "\r\n\n");
  }
  const Translation lines = translate(a + "\n" + b);
  EXPECT_EQ(lines.hypotheses[0].text, lines.text);
  EXPECT_EQ(lines.segments.size(), 3u);
  TranslateOptions none = greedy();
  none.text.split = Split::none;
  EXPECT_EQ(translate(a + "\n" + c, none).source_ids, translate(a + " " + c, none).source_ids);
}

TEST(SplitLines, StreamsTreatTextsOfSeveralLinesAlike) {
  std::vector<std::string> delivered;
  auto stream = translator().stream(
      greedy(), [&](const Result<Translation>& line) { delivered.push_back(line->text); });
  const std::string text = "I am here.\n\nYou are there. We go home.\r\nno end";
  EXPECT_TRUE(stream->push(text).ok());
  EXPECT_TRUE(stream->push("\n").ok());
  EXPECT_TRUE(stream->push("So it is.").ok());
  EXPECT_TRUE(stream->finish().ok());
  EXPECT_EQ(delivered,
            (std::vector<std::string>{translate(text).text, "\n", translate("So it is.").text}));
}

TEST(SplitLines, TextAloneIsTheSameText) {
  for (const std::string& text : {kThree, std::string("I am here."), std::string(" "),
                                  std::string("I am here.\nYou are there.\n")}) {
    TranslateOptions options = beam(3);
    const Translation all = translate(text, options);
    options.returns.text_only = true;
    const Translation only = translate(text, options);
    EXPECT_EQ(only.text, all.text);
    EXPECT_EQ(only.flags, all.flags);
    EXPECT_EQ(only.tokens, all.tokens);
    EXPECT_TRUE(only.segments.empty());
    EXPECT_TRUE(only.source_ids.empty());
    ASSERT_EQ(only.hypotheses.size(), 1u);
    EXPECT_TRUE(only.hypotheses[0].ids.empty());
    EXPECT_EQ(only.hypotheses[0].sum, all.hypotheses[0].sum);
    EXPECT_EQ(only.hypotheses[0].score, all.hypotheses[0].score);
  }
}

TEST(SplitLines, SegmentsHaveNoMoreTokensThanAsked) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "we go home and ";
  for (const Split split : {Split::automatic, Split::sentences, Split::long_lines}) {
    for (const std::size_t limit : {10u, 25u}) {
      TranslateOptions options = greedy();
      options.text.split = split;
      options.text.max_segment = limit;
      const Translation line = translate(text, options);
      EXPECT_GT(line.segments.size(), 1u);
      for (const TranslatedSegment& segment : line.segments) {
        EXPECT_LE(segment.source_ids.size(), limit);
      }
    }
  }
}

TEST(SplitLines, WithoutPunctuationAreCutToWhatIsUsualForTheModel) {
  std::size_t limit = 0;
  const auto info = inspect(kModel);
  for (const Property& property : info->splitting) {
    if (property.name == "split") continue;
    const auto tokens = static_cast<std::size_t>(std::get<std::int64_t>(property.value));
    limit = limit == 0 ? tokens : std::min(limit, tokens);
  }
  ASSERT_GT(limit, 0u);
  std::string text;
  for (int i = 0; i < 200; ++i) text += "we go home and ";
  const Translation line = translate(text);
  EXPECT_GT(line.segments.size(), 1u);
  for (const TranslatedSegment& segment : line.segments) {
    EXPECT_LE(segment.source_ids.size(), limit);
  }
}

// The bound on what is in flight is far below the line.
TEST(SplitLines, LongOnesPassThroughASmallStreamInOrder) {
  OpenOptions open;
  open.threads = 2;
  open.batch_tokens = 16;
  const auto small = Translator::open(kModel, open);
  std::string text, expected;
  for (int i = 0; i < 300; ++i) {
    const std::string sentence = i % 3 == 0 ? "I am here." : i % 3 == 1 ? "You go." : "We are two.";
    text += (i > 0 ? " " : "") + sentence;
    expected += (i > 0 ? " " : "") + translate(sentence).text;
  }
  std::vector<std::string> delivered;
  for (const bool text_only : {true, false}) {
    TranslateOptions options = greedy();
    options.returns.text_only = text_only;
    delivered.clear();
    auto stream = small->stream(
        options, [&](const Result<Translation>& line) { delivered.push_back(line->text); });
    EXPECT_TRUE(stream->push("I am here.").ok());
    EXPECT_TRUE(stream->push(text).ok());
    EXPECT_TRUE(stream->push("You go.").ok());
    EXPECT_TRUE(stream->finish().ok());
    ASSERT_EQ(delivered.size(), 3u);
    EXPECT_EQ(delivered[1], expected);
  }
  EXPECT_EQ(small->translate(text, greedy())->text, expected);
}

TEST(SplitLines, CancellingALongOneDeliversItAsCancelled) {
  OpenOptions open;
  open.threads = 1;
  open.batch_tokens = 16;
  const auto small = Translator::open(kModel, open);
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "I am here. ";
  Code code = Code::kOk;
  int delivered = 0;
  Stream* running = nullptr;
  auto stream = small->stream(greedy(), [&](const Result<Translation>& line) {
    ++delivered;
    code = line.status().code();
    if (delivered == 1) running->cancel();
  });
  running = &*stream;
  EXPECT_TRUE(stream->push("You go.").ok());
  EXPECT_EQ(stream->push(text).code(), Code::kCancelled);
  EXPECT_EQ(stream->finish().code(), Code::kCancelled);
  EXPECT_EQ(code, delivered == 2 ? Code::kCancelled : Code::kOk);
}

}  // namespace
}  // namespace transept
