// Unigram models cut texts as SentencePiece 0.2.3 does, equally good pieces included: what it made
// of texts with many of them was recorded (tests/data/tokenizer/record.py).
#include "tokenizer/unigram.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/tokenizer/spm_changes.h"
#include "tokenizer/sentence_piece.h"

namespace transept {
namespace {

class Recorded : public testing::TestWithParam<ChangedModel> {};

TEST_P(Recorded, SameIds) {
  const std::string bytes = changed_model(GetParam());
  auto model = parse_spm(std::as_bytes(std::span(bytes)), "model", nullptr);
  ASSERT_TRUE(model.ok()) << model.status().message();
  const auto pieces = SentencePiece::build(*std::move(model), "model");
  ASSERT_TRUE(pieces.ok()) << pieces.status().message();

  const auto lines = read_lines(TRANSEPT_TEST_DATA "/tokenizer/unigram.jsonl");
  EXPECT_GT(lines.size(), 400u);
  for (const std::string& line : lines) {
    const auto recorded = nlohmann::json::parse(line);
    const std::string text = recorded["text"];
    EXPECT_EQ(pieces->encode(text, false).ids,
              recorded["ids"][GetParam().name].get<std::vector<std::int32_t>>())
        << text;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Recorded, testing::ValuesIn(kUnigramModels),
                         [](const auto& one) { return one.param.name; });

// The three have one score within float32's precision: the order of additions decides.
TEST(Unigram, TiesAsInSentencePiece022) {
  const auto pieces = SentencePiece::open(TRANSEPT_TEST_DATA "/fixtures/marian/source.spm");
  ASSERT_TRUE(pieces.ok());
  const auto names = [&](std::string_view text) {
    const SpmEncoding encoding = pieces->encode(text, false);
    std::string joined;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
      joined += (i > 0 ? " " : "") + std::string(pieces->piece(encoding, i));
    }
    return joined;
  };
  EXPECT_EQ(names("Helllo"), "▁He l ll o");
  EXPECT_EQ(names("alllll"), "▁a l ll ll");
  EXPECT_EQ(names("lllong"), "▁ l ll on g");
}

}  // namespace
}  // namespace transept
