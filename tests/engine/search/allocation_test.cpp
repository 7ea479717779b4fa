// A search in its stride does not allocate: checked by counting calls of operator new.
#include <gtest/gtest.h>

#include "tests/engine/search/toy_model.h"
#include "tests/support/count_allocations.h"

namespace transept {
namespace {

TEST(Search, StepsDoNotAllocateAfterTheFirstFew) {
  for (const auto& [beam, guarded] : {std::pair(1u, false), {4u, false}, {1u, true}, {4u, true}}) {
    SearchOptions options;
    options.vocab = 100;
    options.beam = beam;
    options.max_length = 50;
    options.bad_words = {{7}};
    options.end = {2};
    options.loop_guard = guarded;  // without a source it looks at hypotheses from early on
    const auto search = make_search(options);
    const ToyModel model{.seed = 1, .vocab = options.vocab, .spread = 3.0f};
    for (std::int32_t step = 0; !search->done(); ++step) {
      // The same candidates for every row: what they are does not matter here.
      const std::vector<float> logits = model.logits(std::vector<std::int32_t>{step});
      std::vector<Candidate> top;
      for (std::int32_t i = 0; i < static_cast<std::int32_t>(search->rows()[0].top); ++i) {
        top.push_back({10 + (step + i) % 40, 1.0f - 0.01f * static_cast<float>(i)});
      }
      const std::vector<float> special = {logits[7]};
      const std::vector<RowScores> scores(search->rows().size(),
                                          {.top = top, .lse = 5.0f, .special_logits = special});
      const std::size_t before = allocations;
      search->advance(scores);
      if (step >= 2) {
        ASSERT_EQ(allocations - before, 0u) << "beam " << beam << ", step " << step;
      }
    }
    EXPECT_FALSE(search->hypotheses().front().repetition);
    EXPECT_EQ(search->hypotheses().front().ids.size(), options.max_length);
  }
}

}  // namespace
}  // namespace transept
