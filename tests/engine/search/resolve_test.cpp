#include "engine/search/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transept {
namespace {

using testing::ElementsAre;

SearchOptions model_defaults() {
  SearchOptions options;
  options.vocab = 100;
  options.beam = 4;
  options.n_best = 3;
  options.max_length = 50;
  options.min_length = 10;
  options.renormalize = true;
  options.end = {2};
  options.bad_words = {{99}};
  return options;
}

TEST(Resolve, AnEmptyRequestLeavesTheDefaults) {
  const auto options = resolve(model_defaults(), {}, -1);
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->beam, 4u);
  EXPECT_EQ(options->n_best, 3u);
  EXPECT_EQ(options->max_length, 50u);
  EXPECT_EQ(options->min_length, 10u);
  EXPECT_TRUE(options->renormalize);
  EXPECT_THAT(options->end, ElementsAre(2));
  EXPECT_THAT(options->bad_words, ElementsAre(ElementsAre(99)));
}

TEST(Resolve, EveryFieldOfTheRequestReplacesTheDefault) {
  TranslateOptions request;
  request.search.rules = Rules::transformers;
  request.search.beam = 6;
  request.search.n_best = 5;
  request.search.length_penalty = 0.5f;
  request.search.early_stopping = EarlyStopping::never;
  request.lengths.max_length = 20;
  request.lengths.min_length = 2;
  request.words.repetition_penalty = 1.5f;
  request.words.no_repeat_ngram = 3;
  request.words.renormalize = false;
  request.words.end_tokens = {5, 6};
  SearchOptions defaults = model_defaults();
  defaults.rules = Rules::marian;
  const auto options = resolve(defaults, request, -1);
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->rules, Rules::transformers);
  EXPECT_EQ(options->beam, 6u);
  EXPECT_EQ(options->n_best, 5u);
  EXPECT_EQ(options->length_penalty, 0.5f);
  EXPECT_EQ(options->early_stopping, EarlyStopping::never);
  EXPECT_EQ(options->max_length, 20u);
  EXPECT_EQ(options->min_length, 2u);
  EXPECT_EQ(options->repetition_penalty, 1.5f);
  EXPECT_EQ(options->no_repeat_ngram, 3u);
  EXPECT_FALSE(options->renormalize);
  EXPECT_THAT(options->end, ElementsAre(5, 6));
}

TEST(Resolve, BadWordsAreAddedAndUnkBecomesOne) {
  TranslateOptions request;
  request.words.bad_words = {{7, 8}};
  request.words.disable_unk = true;
  EXPECT_THAT(resolve(model_defaults(), request, 3)->bad_words,
              ElementsAre(ElementsAre(99), ElementsAre(7, 8), ElementsAre(3)));
  EXPECT_THAT(resolve(model_defaults(), request, -1)->bad_words,
              ElementsAre(ElementsAre(99), ElementsAre(7, 8)));
}

TEST(Resolve, DefaultsGiveWayToWhatTheRequestAsks) {
  TranslateOptions request;
  request.search.beam = 1;
  request.lengths.max_length = 5;
  const auto options = resolve(model_defaults(), request, -1);
  ASSERT_TRUE(options.ok()) << options.status().message();
  EXPECT_EQ(options->n_best, 1u);
  EXPECT_EQ(options->min_length, 5u);
}

TEST(Resolve, ContradictionsWithinTheRequestAreErrors) {
  TranslateOptions request;
  request.search.n_best = 5;
  EXPECT_EQ(resolve(model_defaults(), request, -1).status().message(),
            "n_best 5 is above the model's own beam of 4: give a beam of 5 or more, too");
  request = {};
  request.lengths.min_length = 51;
  const Status status = resolve(model_defaults(), request, -1).status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(
      status.message(),
      "min_length 51 is above the model's own maximal length of 50: give a maximal length of 51 "
      "or more, too");
  request = {};
  request.search.rules = Rules::ctranslate2;
  EXPECT_EQ(resolve(model_defaults(), request, -1).status().code(), Code::kUnsupported);
}

}  // namespace
}  // namespace transept
