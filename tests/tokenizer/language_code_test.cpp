#include "tokenizer/language_code.h"

#include <gtest/gtest.h>

#include <string>

namespace transept {
namespace {

TEST(LanguageCode, IsTwoOrThreeLettersWithScriptAndRegion) {
  for (const char* code : {"de", "deu", "DE", "de_DE", "de-DE", "deu_Latn", "zh-Hans", "zh_Hans_CN",
                           "es-419", "es_XX", "qqq"}) {
    EXPECT_TRUE(is_language_code(code)) << code;
  }
  for (const char* code :
       {"", "d", "german", "de_", "_DE", "de__DE", "de-D", "de_DE_DE", "zh-Hans-Hant", "d1",
        "de_DE.UTF-8", "de DE", "de\n", "ümlaut", "de-12", "-", "de-Latn-DE-1996"}) {
    EXPECT_FALSE(is_language_code(code)) << code;
  }
  EXPECT_FALSE(is_language_code(std::string("de\0", 3)));
  EXPECT_FALSE(is_language_code(std::string(100000, '-')));
}

TEST(LanguageCode, HasALanguagePart) {
  EXPECT_EQ(language_part("DEU_Latn"), "deu");
  EXPECT_EQ(language_part("zh-Hans-CN"), "zh");
  EXPECT_EQ(language_part("en"), "en");
  EXPECT_EQ(language_part("ROMANCE"), "");
}

TEST(LanguageCode, KnowsLanguagesFromGroupsAndWords) {
  for (const char* code : {"en", "eng", "de", "deu", "zh", "zho", "uk", "nb", "sr", "ast"}) {
    EXPECT_TRUE(is_single_language(code)) << code;
  }
  for (const char* code :
       {"mul", "itc", "roa", "gem", "sla", "zle", "und", "qqx", "xx", "EN", "", "de_DE", "big"}) {
    EXPECT_FALSE(is_single_language(code)) << code;
  }
}

}  // namespace
}  // namespace transept
