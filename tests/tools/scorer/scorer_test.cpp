#include "transept/scorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace transept::score {
namespace {

using testing::HasSubstr;

std::unique_ptr<const Metric> bleu(BleuOptions options = {}) { return *make_bleu(options); }
std::unique_ptr<const Metric> chrf(ChrfOptions options = {}) { return *make_chrf(options); }

double corpus(const Metric& metric, const std::vector<std::string>& hypotheses,
              const References& references) {
  const auto counted = statistics(metric, hypotheses, references);
  EXPECT_TRUE(counted.ok()) << counted.status().message();
  return metric.score(counted->total()).value;
}

const std::vector<std::string> kSentences = {
    "The quick brown fox jumps over the lazy dog.", "今日はとても良い天気ですね。",
    "Где находится вокзал?", "It costs 1,250.50 €, which is (almost) nothing!"};

References one_each(const std::vector<std::string>& sentences) {
  References references;
  for (const std::string& sentence : sentences) references.push_back({sentence});
  return references;
}

TEST(Scorer, IdenticalTextIsPerfect) {
  const References references = one_each(kSentences);
  for (const char* tokenizer : {"13a", "intl", "zh", "char", "none"}) {
    EXPECT_NEAR(corpus(*bleu({.tokenizer = tokenizer}), kSentences, references), 100.0, 1e-9);
  }
  EXPECT_DOUBLE_EQ(corpus(*chrf(), kSentences, references), 100.0);
  EXPECT_DOUBLE_EQ(corpus(*chrf({.word_order = 2}), kSentences, references), 100.0);
  EXPECT_EQ(corpus(*make_ter({}), kSentences, references), 0.0);
}

TEST(Scorer, TextWithNothingInCommonIsWorst) {
  const std::vector<std::string> nothing(kSentences.size(), "zzz qqq");
  EXPECT_EQ(corpus(*bleu(), nothing, one_each(kSentences)), 0.0);
  EXPECT_GE(corpus(*make_ter({}), nothing, one_each(kSentences)), 100.0);
  EXPECT_EQ(corpus(*chrf(), {"zzz"}, {{"abc"}}), 0.0);
}

TEST(Scorer, EmptyHypothesesAndReferences) {
  const std::vector<std::string> empty(kSentences.size());
  EXPECT_EQ(corpus(*bleu(), empty, one_each(kSentences)), 0.0);
  EXPECT_EQ(corpus(*chrf(), empty, one_each(kSentences)), 0.0);
  EXPECT_EQ(corpus(*make_ter({}), empty, one_each(kSentences)), 100.0);
  EXPECT_EQ(corpus(*make_ter({}), {"a"}, {{""}}), 100.0);
  EXPECT_EQ(corpus(*make_ter({}), {""}, {{""}}), 0.0);
  EXPECT_EQ(corpus(*bleu(), {""}, {{""}}), 0.0);
}

TEST(Scorer, OrderOfReferencesIsOfNoMatter) {
  const std::vector<std::string> hypotheses = {"a b c d e", "the fox jumps", "x y z"};
  References references = {{"a b c d", "a b c d e f", "b c d e"},
                           {"the brown fox jumps high", "a fox", ""},
                           {"z y x", "x y", "x y z z"}};
  std::vector<std::unique_ptr<const Metric>> metrics;
  metrics.push_back(bleu());
  metrics.push_back(make_ter({}));
  for (const auto& metric : metrics) {
    const double before = corpus(*metric, hypotheses, references);
    References others = references;
    for (auto& list : others) std::sort(list.begin(), list.end());
    do {
      EXPECT_EQ(corpus(*metric, hypotheses, others), before) << metric->name();
    } while (std::next_permutation(others[0].begin(), others[0].end()));
  }
}

TEST(Scorer, ReferencesMayVaryInNumber) {
  const auto metric = bleu();
  const auto counted =
      statistics(*metric, std::vector<std::string>{"a", "b"}, References{{"a"}, {"b", "c"}});
  ASSERT_TRUE(counted.ok());
  EXPECT_FALSE(counted->references.has_value());
  EXPECT_EQ(
      format_signature(signature(*metric, {.references = counted->references, .version = "1"})),
      "nrefs:var|case:mixed|eff:no|tok:13a|smooth:exp|version:1");
}

TEST(Scorer, AnEmptyReferenceCountsAsOne) {
  // The closest length is then 0, and nothing is too short.
  const auto metric = bleu({.tokenizer = "none", .effective_order = true});
  EXPECT_LT(corpus(*metric, {"a b"}, {{"a b c d e f"}}),
            corpus(*metric, {"a b"}, {{"a b c d e f", ""}}));
}

TEST(Scorer, OwnSegmenters) {
  const auto metric = bleu({.tokenizer = "letters", .segmenter = [](std::string_view text) {
                              std::string out;
                              for (const char c : text) out += std::string(1, c) + " ";
                              return out;
                            }});
  EXPECT_EQ(metric->properties()[2].second, "letters");
  EXPECT_NEAR(corpus(*metric, {"abcde"}, {{"abcde"}}), 100.0, 1e-9);
  EXPECT_EQ(corpus(*bleu(), {"abcde"}, {{"abcde"}}), 0.0);  // one word: no 2-grams
}

TEST(Scorer, HigherOrdersThanText) {
  for (unsigned order = 1; order <= 6; ++order) {
    const auto metric = bleu({.tokenizer = "none", .max_order = order, .effective_order = true});
    EXPECT_NEAR(corpus(*metric, {"a b c"}, {{"a b c"}}), 100.0, 1e-9);
    EXPECT_EQ(metric->width(), 2 + 2 * order);
  }
}

TEST(Scorer, SaysWhatIsWrong) {
  const auto metric = bleu();
  const auto message = [&](const std::vector<std::string>& hypotheses,
                           const References& references) {
    const auto counted = statistics(*metric, hypotheses, references);
    EXPECT_EQ(counted.status().code(), Code::kInput);
    return counted.status().message();
  };
  EXPECT_EQ(message({"a", "b"}, {{"a"}}), "2 hypotheses but references of 1 segments");
  EXPECT_EQ(message({}, {}), "there are no segments to score");
  EXPECT_EQ(message({"a", "b"}, {{"a"}, {}}), "segment 2 has no reference");
  EXPECT_EQ(message({"a", "b\xFF"}, {{"a"}, {"b"}}), "hypothesis 2 is not UTF-8 at byte 2");
  EXPECT_EQ(message({"a"}, {{"a", "\xC3"}}), "reference 1 is not UTF-8 at byte 1");
  EXPECT_EQ(make_bleu({.tokenizer = "14a"}).status().message(), "unknown tokenizer \"14a\"");
  EXPECT_EQ(make_bleu({.max_order = 0}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(make_chrf({.char_order = 0}).status().code(), Code::kInvalidArgument);
}

TEST(Scorer, NamesAndShortSignatures) {
  EXPECT_EQ(chrf({.word_order = 2, .beta = 3})->name(), "chrF3++");
  const auto metric = make_ter({.normalized = true});
  const Fields fields =
      signature(*metric, {.references = 2, .bootstrap = 1000, .seed = "12345", .version = "x"});
  EXPECT_EQ(format_short_signature(fields, *metric),
            "#:2|bs:1000|rs:12345|c:lc|t:tercom|nr:yes|pn:yes|as:no|v:x");
}

// Bytes that are valid UTF-8 but odd must neither crash nor give impossible scores.
TEST(Scorer, RandomText) {
  std::mt19937 random(1);
  const std::vector<std::string> alphabet = {"a",      "b",      " ", ".", ",",  "-",  "1",
                                             "&",      "&amp;",  "ß", "—", "中", "ｶ",  "𠀀",
                                             "\u2028", "\u00a0", "İ", "Σ", "\n", "'s "};
  const auto text = [&] {
    std::string out;
    for (auto length = random() % 60; length > 0; --length) {
      out += alphabet[random() % alphabet.size()];
    }
    return out;
  };
  std::vector<std::string> hypotheses;
  References references;
  for (int i = 0; i < 300; ++i) {
    hypotheses.push_back(text());
    references.push_back({text(), text()});
  }
  for (const char* tokenizer : {"13a", "intl", "zh", "char", "none"}) {
    const double score =
        corpus(*bleu({.tokenizer = tokenizer, .lowercase = true}), hypotheses, references);
    EXPECT_GE(score, 0.0);
    EXPECT_LE(score, 100.0);
  }
  EXPECT_LE(corpus(*chrf({.word_order = 2, .lowercase = true}), hypotheses, references), 100.0);
  EXPECT_GE(corpus(*make_ter({true, true, true, false}), hypotheses, references), 0.0);
}

}  // namespace
}  // namespace transept::score
