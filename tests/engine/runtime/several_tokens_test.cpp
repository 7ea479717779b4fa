// Searches that bring several tokens of a row at once, as a given prefix needs it: all that a lane
// tells them is what it tells one that feeds the same tokens one by one.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/every_isa.h"
#include "tests/support/fixtures.h"

namespace transept {
namespace {

using Ids = std::vector<std::int32_t>;

struct ScriptStep {
  std::vector<std::int32_t> parents;  // of each row
  std::vector<Ids> tokens;            // of each row, as many in each
};

// What came back for the rows of the script's steps.
struct Answers {
  Ids tokens;
  std::vector<float> numbers;  // logits of the best and of special columns, log-sum-exps
};

// Feeds a script, whatever the scores. Its hypothesis is that of the first row of the last step.
class ScriptedSearch final : public Search {
 public:
  ScriptedSearch(const std::vector<ScriptStep>& script, bool together, Answers& answers)
      : script_(script), together_(together), answers_(answers) {
    ask();
  }

  std::span<const SearchRow> rows() const override { return rows_; }
  bool done() const override { return step_ == script_.size(); }

  void advance(std::span<const RowScores> scores) override {
    for (const RowScores& row : scores) {
      if (!scored()) continue;
      for (const Candidate& one : row.top) {
        answers_.tokens.push_back(one.token);
        answers_.numbers.push_back(one.logit);
      }
      answers_.numbers.push_back(row.lse);
      answers_.numbers.insert(answers_.numbers.end(), row.special_logits.begin(),
                              row.special_logits.end());
    }
    came_from_.push_back({});
    for (const SearchRow& row : rows_) came_from_.back().push_back(row.parent);
    first_ += fed();
    if (first_ == count()) {
      first_ = 0;
      ++step_;
    }
    rows_.clear();
    if (!done()) ask();
  }

  std::vector<SearchHypothesis> hypotheses() override {
    SearchHypothesis one;
    for (const ScriptStep& step : script_) one.ids.resize(one.ids.size() + step.tokens[0].size());
    one.token_scores.resize(one.ids.size());
    return {one};
  }

  std::vector<std::uint32_t> path(std::size_t) const override {
    std::vector<std::uint32_t> rows(came_from_.size(), 0);
    for (std::size_t t = rows.size() - 1; t > 0; --t) {
      rows[t - 1] = static_cast<std::uint32_t>(came_from_[t][rows[t]]);
    }
    return rows;
  }

 private:
  std::size_t count() const { return script_[step_].tokens.front().size(); }
  std::size_t fed() const { return together_ ? count() : 1; }
  bool scored() const { return first_ + fed() == count(); }

  void ask() {
    const ScriptStep& step = script_[step_];
    for (std::size_t r = 0; r < step.tokens.size(); ++r) {
      const auto now = std::span(step.tokens[r]).subspan(first_, fed());
      SearchRow row{.token = now.back(),
                    .before = now.first(now.size() - 1),
                    .parent = first_ == 0 ? step.parents[r] : static_cast<std::int32_t>(r)};
      row.needs_lse = scored();
      if (scored()) {
        row.top = 4;
        row.special = kSpecial;
      }
      rows_.push_back(row);
    }
  }

  static constexpr std::int32_t kSpecial[] = {3, 17};

  const std::vector<ScriptStep>& script_;
  const bool together_;
  Answers& answers_;
  std::vector<SearchRow> rows_;
  std::vector<std::vector<std::int32_t>> came_from_;  // parents of every step
  std::size_t step_ = 0;
  std::size_t first_ = 0;  // of the tokens of the step that come next
};

class SeveralTokens : public testing::TestWithParam<Compute> {};

TEST_P(SeveralTokens, HaveTheBitsOfTokensFedOneByOne) {
  const FixtureModel model = FixtureModel::open(fixture_path("marian"), GetParam());
  ASSERT_NE(model.network, nullptr);
  const std::int32_t start = model.files.defaults.start;
  // A prefix longer than a block of the cache; single steps; a prefix of each of two rows.
  const std::vector<ScriptStep> script = {{{-1}, {{start, 12, 40, 7, 33, 21, 9, 50, 18, 6, 30}}},
                                          {{0, 0}, {{11}, {25}}},
                                          {{1, 0}, {{14}, {8}}},
                                          {{1, 1, 0}, {{5, 6, 7}, {22, 5, 41}, {31, 31, 31}}},
                                          {{2, 0, 1}, {{10}, {16}, {19}}}};
  const Ids source = {5, 44, 17, 29, 6, 0};

  // With others in the lane and alone.
  for (const bool beside : {false, true}) {
    SCOPED_TRACE(beside);
    Answers answers[2];
    Matrix attention[2];
    for (const bool together : {false, true}) {
      Segment segment = model.segment(source, {});
      segment.search.beam = 3;
      segment.attention = true;
      segment.make_search = [&](const SearchOptions&) {
        return std::make_unique<ScriptedSearch>(script, together, answers[together]);
      };
      std::vector<Segment> segments;
      segments.push_back(std::move(segment));
      if (beside) {
        for (const std::uint32_t beam : {1u, 4u}) {
          TranslateOptions request;
          request.search.beam = beam;
          segments.push_back(model.segment({9, 8, 23, 0}, request));
        }
      }
      const auto results = model.run(std::move(segments), {.threads = 1});
      ASSERT_EQ(results[0].size(), 1u);
      attention[together] = results[0][0].attention;
    }
    EXPECT_EQ(answers[false].tokens, answers[true].tokens);
    EXPECT_TRUE(same_bits(answers[false].numbers, answers[true].numbers));
    constexpr std::size_t kRows = 1 + 2 + 2 + 3 + 3;
    EXPECT_EQ(answers[true].tokens.size(), 4 * kRows);
    EXPECT_EQ(answers[true].numbers.size(), (4 + 1 + 2) * kRows);
    EXPECT_EQ(attention[true].rows, 17u);
    EXPECT_EQ(attention[true].cols, source.size());
    EXPECT_TRUE(same_bits(attention[false].values, attention[true].values));
  }
}

INSTANTIATE_TEST_SUITE_P(Computes, SeveralTokens,
                         testing::Values(Compute::float32, Compute::bfloat16, Compute::int8));

}  // namespace
}  // namespace transept
