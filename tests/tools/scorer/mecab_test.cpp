#include "tools/scorer/mecab.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tools/scorer/text.h"

namespace transept::score {
namespace {

std::vector<std::string> words(const MecabTokenizer& mecab, const std::string& line) {
  const std::string text = mecab.segmenter(line);
  std::vector<std::string_view> views;
  split(text, views);
  return {views.begin(), views.end()};
}

TEST(Mecab, SplitsJapaneseOrSaysWhatIsMissing) {
  const auto mecab = load_mecab("ja-mecab");
  if (!mecab.ok()) {
    EXPECT_EQ(mecab.status().code(), Code::kUnsupported);
    EXPECT_NE(mecab.status().message().find("mecab-ipadic-utf8"), std::string::npos)
        << mecab.status().message();
    GTEST_SKIP() << "not compared: " << mecab.status().message();
  }
  EXPECT_EQ(mecab->signature, "ja-mecab-0.996-IPA");
  EXPECT_EQ(words(*mecab, " 今日はとても良い天気ですね。\u3000"),
            (std::vector<std::string>{"今日", "は", "とても", "良い", "天気", "です", "ね", "。"}));
  EXPECT_TRUE(words(*mecab, "").empty());
}

TEST(Mecab, SplitsKoreanOrSaysWhatIsMissing) {
  const auto mecab = load_mecab("ko-mecab");
  if (!mecab.ok()) {
    EXPECT_EQ(mecab.status().code(), Code::kUnsupported);
    EXPECT_NE(mecab.status().message().find("mecab-ko-dic"), std::string::npos)
        << mecab.status().message();
    GTEST_SKIP() << "not compared: " << mecab.status().message();
  }
  EXPECT_EQ(mecab->signature, "ko-mecab-0.996/ko-0.9.2-KO");
  EXPECT_EQ(words(*mecab, "기차역이 어디에 있습니까?"),
            (std::vector<std::string>{"기차역", "이", "어디", "에", "있", "습니까", "?"}));
}

TEST(Mecab, FilesThatAreNotThereAreNamed) {
  ::setenv("TRANSEPT_MECAB_LIBRARY", "/nowhere/libmecab.so", 1);
  const auto library = load_mecab("ja-mecab");
  ::unsetenv("TRANSEPT_MECAB_LIBRARY");
  EXPECT_NE(library.status().message().find("/nowhere/libmecab.so"), std::string::npos)
      << library.status().message();

  if (!load_mecab("ja-mecab").ok()) GTEST_SKIP() << "MeCab is not installed";
  ::setenv("TRANSEPT_MECAB_DICTIONARY", "/nowhere", 1);
  const auto mecab = load_mecab("ja-mecab");
  ::unsetenv("TRANSEPT_MECAB_DICTIONARY");
  EXPECT_EQ(mecab.status().message(),
            "TRANSEPT_MECAB_DICTIONARY: no dictionary of MeCab in /nowhere");
}

}  // namespace
}  // namespace transept::score
