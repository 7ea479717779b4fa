#include "tokenizer/piece_trie.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/tokenizer/test_texts.h"

namespace transept {
namespace {

TEST(PieceTrie, HoldsNothingByItself) {
  const PieceTrie trie;
  EXPECT_EQ(trie.find("a"), -1);
  EXPECT_EQ(trie.find(""), -1);
}

TEST(PieceTrie, EqualTextsAreAnError) {
  const auto trie = PieceTrie::build({{"b", 3}, {"a", 1}, {"b", 2}});
  EXPECT_EQ(trie.status().code(), Code::kCorrupt);
}

// Against std::map, with bytes of every value but NUL and many shared beginnings.
TEST(PieceTrie, FindsWhatWasPutInAndNothingElse) {
  TextMaker maker(3);
  std::map<std::string, std::int32_t> expected;
  while (expected.size() < 20000) {
    std::string text = maker.below(2) == 0 ? "shared " : "";
    for (std::size_t length = maker.below(5) + 1; length > 0; --length) {
      text.push_back(static_cast<char>(1 + maker.below(maker.below(4) == 0 ? 255 : 6)));
    }
    expected.emplace(text, static_cast<std::int32_t>(expected.size()));
  }
  std::vector<PieceTrie::Entry> entries;
  for (const auto& [text, id] : expected) entries.push_back({text, id});
  const auto trie = PieceTrie::build(entries);
  ASSERT_TRUE(trie.ok());
  for (const auto& [text, id] : expected) EXPECT_EQ(trie->find(text), id);
  for (int i = 0; i < 50000; ++i) {
    const std::string text = maker.random_bytes(maker.below(4));
    const auto place = expected.find(text);
    EXPECT_EQ(trie->find(text), place == expected.end() ? -1 : place->second);
  }
  EXPECT_EQ(trie->find(std::string("shared \0", 8)), -1);
}

}  // namespace
}  // namespace transept
