#include "tools/bleu/arguments.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace transept::tools {
namespace {

BleuArguments parse(std::vector<std::string> words) {
  BleuArguments arguments;
  CLI::App app;
  add_bleu_flags(app, arguments);
  words = expand_bleu_flags(app, std::move(words));
  std::reverse(words.begin(), words.end());
  app.parse(words);
  return arguments;
}

TEST(BleuArguments, ReferencesStandInFrontOfTheSystems) {
  const BleuArguments a = parse({"r1", "r2", "-i", "s1", "s2", "-m", "chrf", "ter"});
  EXPECT_EQ(a.references, (std::vector<std::string>{"r1", "r2"}));
  EXPECT_EQ(a.systems, (std::vector<std::string>{"s1", "s2"}));
  EXPECT_EQ(a.metrics, (std::vector<std::string>{"chrf", "ter"}));
}

TEST(BleuArguments, FlagsOfSeveralLettersBehindOneDash) {
  const BleuArguments a =
      parse({"r", "-tok", "zh",   "-s", "floor", "-sv", "0.5", "-lc", "-cc", "4", "-cw",
             "2", "-ci",  "-cin", "10", "-sh",   "-nc", "-nr", "3",   "-w",  "4", "-b"});
  EXPECT_EQ(a.tokenizer, "zh");
  EXPECT_EQ(a.smoothing, "floor");
  EXPECT_EQ(a.bleu.smooth_value, 0.5);
  EXPECT_TRUE(a.bleu.lowercase);
  EXPECT_EQ(a.chrf.char_order, 4u);
  EXPECT_EQ(a.chrf.word_order, 2u);
  EXPECT_TRUE(a.confidence);
  EXPECT_EQ(a.confidence_resamples, 10u);
  EXPECT_TRUE(a.short_signature);
  EXPECT_TRUE(a.no_color);
  EXPECT_EQ(a.reference_columns, 3u);
  EXPECT_EQ(a.decimals, 4);
  EXPECT_TRUE(a.score_only);
}

TEST(BleuArguments, WhatIsExpanded) {
  BleuArguments arguments;
  CLI::App app;
  add_bleu_flags(app, arguments);
  EXPECT_EQ(
      expand_bleu_flags(app, {"-tok=13a", "-q", "-w2", "tok", "-parn", "-pbsn=5", "--tokenize"}),
      (std::vector<std::string>{"--tokenize=13a", "--quiet", "-w2", "tok", "--paired-ar-n",
                                "--paired-bs-n=5", "--tokenize"}));
  // Beginnings of long flags, where only one begins so; nothing behind "--".
  EXPECT_EQ(expand_bleu_flags(app, {"--tok", "zh", "--metric=ter", "--smooth", "--confidence", "--",
                                    "-sl", "--tok"}),
            (std::vector<std::string>{"--tokenize", "zh", "--metrics=ter", "--smooth",
                                      "--confidence", "--", "-sl", "--tok"}));
}

TEST(BleuArguments, Mistakes) {
  EXPECT_THROW(parse({"r", "-m", "meteor"}), CLI::ParseError);
  EXPECT_THROW(parse({"r", "-tok", "14a"}), CLI::ParseError);
  EXPECT_THROW(parse({"r", "-w", "-1"}), CLI::ParseError);
  EXPECT_THROW(parse({"r", "-sv", "much"}), CLI::ParseError);
  EXPECT_THROW(parse({"r", "-cc", "101"}), CLI::ParseError);
  EXPECT_THROW(parse({"r", "-nr", "0"}), CLI::ParseError);
  EXPECT_THROW(parse({"r", "-e", "latin-1"}), CLI::ParseError);
}

}  // namespace
}  // namespace transept::tools
