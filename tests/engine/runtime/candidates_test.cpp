// Segments whose output is restricted to some ids, on a trained model.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/fixtures.h"

namespace transept {
namespace {

class Candidates : public testing::TestWithParam<std::uint32_t> {
 protected:
  TranslateOptions request() const {
    TranslateOptions request;
    request.search.beam = GetParam();
    request.search.n_best = GetParam();
    request.lengths.max_length = 24;
    return request;
  }

  std::vector<std::vector<std::int32_t>> sources() const {
    std::vector<std::vector<std::int32_t>> sources;
    for (const auto& line : read_jsonl(fixture_path("marian") / "expected.jsonl")) {
      const auto ids = line.at("input_ids").get<std::vector<std::int32_t>>();
      if (sources.empty() || sources.back() != ids) sources.push_back(ids);
    }
    return sources;
  }

  FixtureModel model_ = FixtureModel::open(fixture_path("marian"), Compute::float32);
};

// The other way to the same: the whole vocabulary, all other words banned, and softmax once more
// over what is left.
TEST_P(Candidates, AreAsWhenAllOtherWordsAreBannedAndTheRestRenormalised) {
  ASSERT_NE(model_.network, nullptr);
  std::size_t differs_from_free = 0;
  std::size_t compared = 0;
  for (const auto& source : sources()) {
    const auto vocab = static_cast<std::int32_t>(model_.files.architecture.tgt_vocab);
    Segment restricted = model_.segment(source, request());
    TranslateOptions banning = request();
    banning.words.renormalize = true;
    for (std::int32_t id = 0; id < vocab; ++id) {
      if (id % 3 != 1) {
        restricted.candidates.push_back(id);
      } else {
        banning.words.bad_words.push_back({id});
      }
    }
    // What renormalising does to bans of the model itself must not show.
    restricted.search.renormalize = true;
    const auto results = model_.run(
        {restricted, model_.segment(source, banning), model_.segment(source, request())});
    ASSERT_EQ(results[0].size(), results[1].size());
    for (std::size_t h = 0; h < results[0].size(); ++h) {
      ASSERT_EQ(results[0][h].ids, results[1][h].ids);
      EXPECT_NEAR(results[0][h].score, results[1][h].score, 2e-5);
      for (const std::int32_t id : results[0][h].ids) EXPECT_NE(id % 3, 1);
    }
    ++compared;
    if (results[0][0].ids != results[2][0].ids) ++differs_from_free;
  }
  EXPECT_GT(compared, 3u);
  EXPECT_GT(differs_from_free, 0u);
}

TEST_P(Candidates, AllIdsGiveTheBitsOfNoRestriction) {
  ASSERT_NE(model_.network, nullptr);
  for (const auto& source : sources()) {
    const Segment free = model_.segment(source, request());
    Segment all = free;
    all.candidates.resize(model_.files.architecture.tgt_vocab);
    std::iota(all.candidates.begin(), all.candidates.end(), 0);
    const auto results = model_.run({free, all});
    ASSERT_EQ(results[0].size(), results[1].size());
    for (std::size_t h = 0; h < results[0].size(); ++h) {
      EXPECT_EQ(results[0][h].ids, results[1][h].ids);
      EXPECT_TRUE(same_bits(results[0][h].token_scores, results[1][h].token_scores));
    }
  }
}

// Penalties, n-grams and a least length name words that a set need not have.
TEST_P(Candidates, EndEvenWhereProcessorsNameOtherWords) {
  ASSERT_NE(model_.network, nullptr);
  TranslateOptions options = request();
  options.words.repetition_penalty = 1.5f;
  options.words.no_repeat_ngram = 2;
  options.lengths.min_length = 4;
  options.words.bad_words = {{17}, {5, 6}};
  Segment segment = model_.segment(sources().front(), options);
  segment.candidates = {0, 2, 3, 5, 6, 9, 12, 30};
  const auto results = model_.run({segment});
  ASSERT_FALSE(results[0].empty());
  for (const SegmentHypothesis& hypothesis : results[0]) {
    EXPECT_GE(hypothesis.ids.size(), 4u);
    for (std::size_t i = 0; i < hypothesis.ids.size(); ++i) {
      const auto& ids = segment.candidates;
      EXPECT_TRUE(std::binary_search(ids.begin(), ids.end(), hypothesis.ids[i]))
          << hypothesis.ids[i];
      EXPECT_TRUE(std::isfinite(hypothesis.token_scores[i]));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Beams, Candidates, testing::Values(1u, 4u));

}  // namespace
}  // namespace transept
