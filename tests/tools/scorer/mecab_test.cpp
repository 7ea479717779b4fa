#include "tools/scorer/mecab.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "tools/scorer/text.h"

namespace transept::score {
namespace {

TEST(Mecab, SplitsJapaneseOrSaysWhatIsMissing) {
  const auto mecab = load_mecab();
  if (!mecab.ok()) {
    EXPECT_EQ(mecab.status().code(), Code::kUnsupported);
    EXPECT_NE(mecab.status().message().find("mecab-ipadic-utf8"), std::string::npos)
        << mecab.status().message();
    GTEST_SKIP() << "not compared: " << mecab.status().message();
  }
  EXPECT_EQ(mecab->signature, "ja-mecab-0.996-IPA");
  const std::string text = mecab->segmenter(" 今日はとても良い天気ですね。\u3000");
  std::vector<std::string_view> words;
  split(text, words);
  EXPECT_EQ(words, (std::vector<std::string_view>{"今日", "は", "とても", "良い", "天気", "です", "ね", "。"}));
  EXPECT_EQ(strip(mecab->segmenter("")), "");
}

TEST(Mecab, AFolderWithoutDictionaryIsNamed) {
  if (!load_mecab().ok()) GTEST_SKIP() << "MeCab is not installed";
  ::setenv("TRANSEPT_MECAB_DICTIONARY", "/nowhere", 1);
  const auto mecab = load_mecab();
  ::unsetenv("TRANSEPT_MECAB_DICTIONARY");
  EXPECT_EQ(mecab.status().message(), "TRANSEPT_MECAB_DICTIONARY: no dictionary of MeCab in /nowhere");
}

}  // namespace
}  // namespace transept::score
