#include "model/families/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <type_traits>

#include "transept/option_table.h"
#include "transept/words.h"

namespace transept {
namespace {

using testing::HasSubstr;

constexpr std::size_t kVocab = 100;

Result<GenerationDefaults> read(const Json& changes) {
  Json file = {{"eos_token_id", 2}, {"decoder_start_token_id", 1}};
  file.update(changes);
  const ConfigFields fields(file, "generation_config.json");
  return read_generation(fields, fields, kVocab, 0);
}

Json with(std::string_view key, const Json& value) { return {{std::string(key), value}}; }

TEST(Generation, ReadsEveryOptionThatHasAKey) {
  std::size_t keys = 0;
  for_each_option([&](const auto& option) {
    if (option.key.empty()) return;
    ++keys;
    using Value = typename std::decay_t<decltype(option)>::Value;
    const auto expect = [&](const Json& written, Value value) {
      const auto defaults = read(with(option.key, written));
      ASSERT_TRUE(defaults.ok()) << defaults.status().message();
      EXPECT_EQ(defaults->search.*option.resolved, value) << option.key << " " << written;
    };
    if constexpr (std::is_same_v<Value, bool>) {
      expect(true, true);
      expect(false, false);
    } else if constexpr (std::is_same_v<Value, EarlyStopping>) {
      expect(true, EarlyStopping::on);
      expect(false, EarlyStopping::off);
      expect("never", EarlyStopping::never);
    } else if constexpr (std::is_same_v<Value, float>) {
      expect(0.25, 0.25f);
    } else {
      // Lengths of the file count the decoder start token.
      const bool length =
          std::is_same_v<typename std::decay_t<decltype(option)>::Group, TranslateOptions::Lengths>;
      if constexpr (std::is_same_v<Value, std::uint32_t>) expect(7, length ? 6 : 7);
    }
  });
  EXPECT_GE(keys, 9u);
}

TEST(Generation, WrongKindsOfValuesAreNamedByKeyAndFile) {
  for_each_option([&](const auto& option) {
    if (option.key.empty()) return;
    for (const Json& wrong : {Json("true"), Json(Json::array()), Json(-1e300)}) {
      const auto defaults = read(with(option.key, wrong));
      ASSERT_FALSE(defaults.ok()) << option.key << " " << wrong;
      EXPECT_EQ(defaults.status().code(), Code::kCorrupt);
      EXPECT_THAT(defaults.status().message(),
                  HasSubstr("generation_config.json: " + std::string(option.key) + ": expected "));
    }
  });
}

TEST(Generation, TheLengthOfNewTokensGoesFirst) {
  const auto both = read({{"max_length", -1}, {"max_new_tokens", 9}, {"min_new_tokens", 3}});
  ASSERT_TRUE(both.ok()) << both.status().message();
  EXPECT_EQ(both->search.max_length, 9u);
  EXPECT_EQ(both->search.min_length, 3u);
  EXPECT_FALSE(read({{"max_length", -1}}).ok());
}

TEST(Generation, MessagesAboutTheFileSpeakItsKeys) {
  EXPECT_EQ(generation_key("no_repeat_ngram"), "no_repeat_ngram_size");
  EXPECT_EQ(generation_key("end_tokens"), "eos_token_id");
  EXPECT_EQ(generation_key("bad_words"), "bad_words_ids");
  EXPECT_EQ(generation_key("rules"), "rules");  // has none
  const auto defaults = read({{"num_beams", 4}, {"num_return_sequences", 5}});
  ASSERT_TRUE(defaults.ok());
  const Status status = check_search_options(defaults->search);
  EXPECT_EQ(status.message(), "n_best 5 is above beam 4");
  EXPECT_EQ(status.message_with(generation_key), "num_return_sequences 5 is above num_beams 4");
}

}  // namespace
}  // namespace transept
