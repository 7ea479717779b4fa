// Texts, ids and tokens recorded with transformers 4.57.6 (tests/data/fixtures/marian).
#include "tokenizer/marian_tokenizer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/files.h"

namespace transept {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<std::int32_t>;

const fs::path kFixture = fs::path(TRANSEPT_TEST_DATA) / "fixtures/marian";

Result<std::shared_ptr<const Tokenizer>> open_directory(const fs::path& path) {
  const auto listing = Listing::read(path);
  return listing.ok() ? open_marian_tokenizer(*listing) : listing.status();
}

// A copy of the fixture's tokenizer files that a test may change.
class Directory {
 public:
  Directory() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(testing::TempDir()) / (std::string("marian_") + test->name());
    fs::remove_all(path_);
    fs::create_directories(path_);
    for (const char* name : {"source.spm", "target.spm", "vocab.json", "tokenizer_config.json",
                             "special_tokens_map.json"}) {
      fs::copy_file(kFixture / name, path_ / name);
    }
  }
  ~Directory() { fs::remove_all(path_); }

  const fs::path& path() const { return path_; }
  void remove(const char* name) const { fs::remove(path_ / name); }
  void write(const char* name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  nlohmann::json read(const char* name) const {
    return nlohmann::json::parse(read_file(path_ / name));
  }
  std::shared_ptr<const Tokenizer> open() const {
    auto tokenizer = open_directory(path_);
    EXPECT_TRUE(tokenizer.ok()) << tokenizer.status().message();
    return tokenizer.ok() ? *tokenizer : nullptr;
  }
  std::string error() const { return open_directory(path_).status().message(); }

 private:
  fs::path path_;
};

TEST(MarianTokenizer, EqualsTransformersOnEveryRecordedText) {
  const auto tokenizer = open_directory(kFixture);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status().message();
  const auto lines = read_lines(kFixture / "tokenizer.jsonl");
  EXPECT_GT(lines.size(), 60u);
  for (const std::string& line : lines) {
    const auto json = nlohmann::json::parse(line);
    const std::string text = json["text"];
    SCOPED_TRACE(text);
    const Encoding source = (*tokenizer)->encode_source(text, Detail::all, Specials::as_tokens);
    const Encoding target = (*tokenizer)->encode_target(text, Detail::ids_only);
    EXPECT_EQ(source.ids, json["input_ids"].get<Ids>());
    EXPECT_EQ(source.tokens, json["tokens"].get<std::vector<std::string>>());
    EXPECT_EQ(target.ids, json["target_ids"].get<Ids>());
    EXPECT_EQ((*tokenizer)->decode_target(target.ids), json["target_decoded"]);
    EXPECT_EQ((*tokenizer)->decode_target(source.ids), json["decoded"]);
  }
}

TEST(MarianTokenizer, SpecialsStandBehindEveryText) {
  const auto tokenizer = Directory().open();
  const auto source = tokenizer->source_specials();
  const auto target = tokenizer->target_specials();
  ASSERT_EQ(source.size(), 1u);
  for (const char* text : {"", "Hello."}) {
    const Encoding encoding = tokenizer->encode_source(text, Detail::ids_only, Specials::as_text);
    EXPECT_EQ(encoding.ids.back(), source.back()) << text;
    EXPECT_EQ(tokenizer->encode_target(text, Detail::ids_only).ids.back(), target.back()) << text;
    EXPECT_EQ(encoding.ids.size() == 1, *text == '\0');
  }
}

TEST(MarianTokenizer, IdsOnlyFillsNothingElse) {
  const auto tokenizer = Directory().open();
  const Encoding encoding =
      tokenizer->encode_source("Hello world.", Detail::ids_only, Specials::as_tokens);
  EXPECT_EQ(encoding.ids,
            tokenizer->encode_source("Hello world.", Detail::all, Specials::as_tokens).ids);
  EXPECT_TRUE(encoding.tokens.empty());
  EXPECT_TRUE(encoding.offsets.empty());
}

TEST(MarianTokenizer, OffsetsNameTheBytesOfTheText) {
  const auto tokenizer = Directory().open();
  const std::string text = "  Caf\xC3\xA9  \xEF\xAC\x81</s>x";  // "  Café  ﬁ</s>x"
  const Encoding encoding = tokenizer->encode_source(text, Detail::all, Specials::as_tokens);
  ASSERT_EQ(encoding.offsets.size(), encoding.ids.size());
  std::size_t end = 0;
  for (std::size_t i = 0; i + 1 < encoding.ids.size(); ++i) {
    EXPECT_GE(encoding.offsets[i].first, i == 0 ? 0 : encoding.offsets[i - 1].first);
    EXPECT_GE(encoding.offsets[i].second, encoding.offsets[i].first);
    end = encoding.offsets[i].second;
  }
  EXPECT_EQ(end, text.size());
  // The end of the sentence is added, so it is nowhere in the text.
  EXPECT_EQ(encoding.offsets.back(),
            (std::pair<std::size_t, std::size_t>(text.size(), text.size())));
  const auto special = std::find(encoding.tokens.begin(), encoding.tokens.end(), "</s>");
  const auto [from, to] =
      encoding.offsets[static_cast<std::size_t>(special - encoding.tokens.begin())];
  EXPECT_EQ(text.substr(from, to - from), "</s>");
}

TEST(MarianTokenizer, LanguageCodeIsOneTokenByName) {
  Directory directory;
  auto vocab = directory.read("vocab.json");
  vocab[">>de<<"] = 443;
  directory.write("vocab.json", vocab.dump());
  const auto tokenizer = directory.open();
  const Ids plain = tokenizer->encode_source(" Hello", Detail::ids_only, Specials::as_tokens).ids;
  Ids expected = {443};
  expected.insert(expected.end(), plain.begin(), plain.end());
  EXPECT_EQ(tokenizer->encode_source(">>de<< Hello", Detail::ids_only, Specials::as_tokens).ids,
            expected);
  EXPECT_EQ(
      tokenizer->encode_source(">>de<< Hello", Detail::all, Specials::as_tokens).tokens.front(),
      ">>de<<");
  // Only in front, only when it is closed; an unknown one is the unknown token.
  EXPECT_NE(
      tokenizer->encode_source(" >>de<< Hello", Detail::ids_only, Specials::as_tokens).ids.front(),
      443);
  EXPECT_NE(
      tokenizer->encode_source(">>de Hello", Detail::ids_only, Specials::as_tokens).ids.front(),
      443);
  EXPECT_EQ(
      tokenizer->encode_source(">>xx<< Hello", Detail::ids_only, Specials::as_tokens).ids.front(),
      1);
}

std::vector<std::string> tokens_as_text(const Tokenizer& tokenizer, const std::string& text) {
  return tokenizer.encode_source(text, Detail::all, Specials::as_text).tokens;
}

TEST(MarianTokenizer, TextCannotWriteSpecialTokens) {
  const auto tokenizer = Directory().open();
  const std::pair<const char*, const char*> texts[] = {
      {"</s>", "</s>"},
      {"I </s> say", "</s>"},
      {"I</s>say</s>", "</s>"},
      {"<pad>", "<pad>"},
      {" <pad> <pad>", "<pad>"},
      {"\xE2\x96\x81</s>", "</s>"},
      {"\xEF\xBC\x9C/s\xEF\xBC\x9E</s>", "</s>"},  // full width, which becomes ASCII
      {"<unk></s><pad>", "</s>"}};
  for (const auto& [text, token] : texts) {
    SCOPED_TRACE(text);
    const Encoding as_tokens = tokenizer->encode_source(text, Detail::all, Specials::as_tokens);
    const auto wrote = std::count(as_tokens.tokens.begin(), as_tokens.tokens.end() - 1, token);
    EXPECT_GT(wrote, 0);
    const Encoding as_text = tokenizer->encode_source(text, Detail::all, Specials::as_text);
    EXPECT_GT(as_text.ids.size(), 1u);
    for (std::size_t i = 0; i + 1 < as_text.ids.size(); ++i) {
      EXPECT_NE(as_text.ids[i], tokenizer->source_id("</s>"));
      EXPECT_NE(as_text.ids[i], tokenizer->source_id("<pad>"));
    }
    EXPECT_EQ(as_text.ids.back(), tokenizer->source_id("</s>"));
    EXPECT_EQ(as_text.ids, tokenizer->encode_source(text, Detail::ids_only, Specials::as_text).ids);
  }
}

TEST(MarianTokenizer, TextWithoutSpecialTokensIsTheSameEitherWay) {
  const auto tokenizer = Directory().open();
  for (const char* text : {"", " ", "I am Tom.", "a < b", "\xE6\xBC\xA2\xE5\xAD\x97 x"}) {
    EXPECT_EQ(tokenizer->encode_source(text, Detail::ids_only, Specials::as_text).ids,
              tokenizer->encode_source(text, Detail::ids_only, Specials::as_tokens).ids)
        << text;
  }
}

// A stretch that the SentencePiece model does not know is looked up by its name.
TEST(MarianTokenizer, UnknownTextIsNoSpecialTokenOfThatName) {
  Directory directory;
  auto vocab = directory.read("vocab.json");
  vocab["\xE6\xBC\xA2"] = vocab["</s>"];
  vocab.erase("</s>");
  vocab["\xE5\xAD\x97"] = 443;
  directory.write("vocab.json", vocab.dump());
  directory.write("tokenizer_config.json", "{}");
  directory.write("special_tokens_map.json", "{\"eos_token\": \"\xE6\xBC\xA2\"}");
  const auto tokenizer = directory.open();
  EXPECT_EQ(tokens_as_text(*tokenizer, "\xE6\xBC\xA2"),
            (std::vector<std::string>{"\xE2\x96\x81", "<unk>", "\xE6\xBC\xA2"}));
  // Another name in the vocabulary is found as ever.
  EXPECT_EQ(tokens_as_text(*tokenizer, "\xE5\xAD\x97"),
            (std::vector<std::string>{"\xE2\x96\x81", "\xE5\xAD\x97", "\xE6\xBC\xA2"}));
  // So it is with what becomes a special token's name only after normalisation.
  EXPECT_EQ(tokens_as_text(*tokenizer, "\xEF\xA9\x87"),  // U+FA47, which becomes U+6F22
            (std::vector<std::string>{"\xE2\x96\x81", "<unk>", "\xE6\xBC\xA2"}));
}

TEST(MarianTokenizer, AddedWordsCountInTextAndListedSpecialsDoNot) {
  Directory directory;
  auto config = directory.read("tokenizer_config.json");
  config["added_tokens_decoder"]["443"] = {{"content", "<br>"}};
  config["added_tokens_decoder"]["444"] = {{"content", "<ctl>"}, {"special", true}};
  config["additional_special_tokens"] = {"<more>"};
  config["added_tokens_decoder"]["445"] = {{"content", "<more>"}};
  directory.write("tokenizer_config.json", config.dump());
  const auto tokenizer = directory.open();
  const auto ids = [&](Specials specials) {
    return tokenizer->encode_source("<br> <ctl> <more>", Detail::ids_only, specials).ids;
  };
  EXPECT_EQ(ids(Specials::as_tokens), (Ids{443, 444, 445, 0}));
  const Ids as_text = ids(Specials::as_text);
  EXPECT_EQ(as_text.front(), 443);
  EXPECT_GT(as_text.size(), 4u);
  for (std::size_t i = 1; i + 1 < as_text.size(); ++i) {
    EXPECT_LT(as_text[i], 442);
    EXPECT_NE(as_text[i], 0);
  }
}

TEST(MarianTokenizer, InTextALanguageCodeIsOneThatTheVocabularyHas) {
  Directory directory;
  auto vocab = directory.read("vocab.json");
  vocab[">>de<<"] = 443;
  directory.write("vocab.json", vocab.dump());
  const auto tokenizer = directory.open();
  const Encoding known = tokenizer->encode_source(">>de<< Tom", Detail::all, Specials::as_text);
  EXPECT_EQ(known.tokens, (std::vector<std::string>{">>de<<", "▁Tom", "</s>"}));
  EXPECT_EQ(known.language_code, 6u);
  for (const char* text : {">>fra<< Tom", ">></s><< Tom", ">><< Tom", ">>Tom<<"}) {
    const Encoding other = tokenizer->encode_source(text, Detail::all, Specials::as_text);
    EXPECT_EQ(other.language_code, 0u) << text;
    EXPECT_GT(other.ids.size(), 3u) << text;
  }
  // transformers takes it for one that it does not know.
  EXPECT_EQ(tokenizer->encode_source(">>Tom<<", Detail::ids_only, Specials::as_tokens).ids,
            (Ids{1, 0}));
}

// Ids of tc-big models are sorted by token: no special token has a customary place.
TEST(MarianTokenizer, IdsComeFromNamesOnly) {
  Directory directory;
  const auto vocab = directory.read("vocab.json");
  nlohmann::json shuffled;
  std::map<std::int32_t, std::int32_t> mapping;
  const auto size = static_cast<std::int32_t>(vocab.size());
  for (const auto& [token, id] : vocab.items()) {
    mapping[id] = (id.get<std::int32_t>() * 5 + 77) % size;
    shuffled[token] = mapping[id];
  }
  const Encoding before =
      directory.open()->encode_source("I <unk> say</s>: Hello.", Detail::all, Specials::as_tokens);
  directory.write("vocab.json", shuffled.dump());
  directory.remove("tokenizer_config.json");  // which lists the old ids
  const auto tokenizer = directory.open();
  const Encoding after =
      tokenizer->encode_source("I <unk> say</s>: Hello.", Detail::all, Specials::as_tokens);
  EXPECT_EQ(after.tokens, before.tokens);
  Ids expected;
  for (const std::int32_t id : before.ids) expected.push_back(mapping[id]);
  EXPECT_EQ(after.ids, expected);
  EXPECT_EQ(tokenizer->decode_target(after.ids), "I say : Hello.");
  EXPECT_EQ(tokenizer->target_id("</s>"), mapping[0]);
  EXPECT_EQ(tokenizer->target_token(mapping[442]), "<pad>");
}

TEST(MarianTokenizer, SeparateVocabulariesHaveTheirOwnIds) {
  Directory directory;
  auto vocab = directory.read("vocab.json");
  nlohmann::json target;
  for (const auto& [token, id] : vocab.items()) target[token] = id.get<std::int32_t>() + 1000;
  directory.write("target_vocab.json", target.dump());
  auto config = directory.read("tokenizer_config.json");
  config["separate_vocabs"] = true;
  directory.write("tokenizer_config.json", config.dump());
  const auto tokenizer = directory.open();
  const Ids ids = tokenizer->encode_target("Die Antwort war leicht.", Detail::ids_only).ids;
  EXPECT_EQ(ids.front(), 1201);
  EXPECT_EQ(ids.back(), 1000);
  EXPECT_EQ(tokenizer->decode_target(ids), "Die Antwort war leicht.");
  EXPECT_EQ(tokenizer->encode_source("a", Detail::ids_only, Specials::as_tokens).ids, (Ids{11, 0}));
  EXPECT_EQ(tokenizer->source_vocab(), 443u);
  EXPECT_EQ(tokenizer->target_vocab(), 1443u);

  directory.remove("target_vocab.json");
  EXPECT_NE(directory.error().find("target_vocab.json"), std::string::npos);
}

TEST(MarianTokenizer, CleanUpIsAnOptionOfTheModel) {
  Directory directory;
  const Ids ids = {19, 2, 3, 2, 31, 9, 2, 7, 26};  // "Tom . ? I 'm"
  EXPECT_EQ(directory.open()->decode_target(ids), "Tom . ? I 'm");
  auto config = directory.read("tokenizer_config.json");
  config["clean_up_tokenization_spaces"] = true;
  directory.write("tokenizer_config.json", config.dump());
  EXPECT_EQ(directory.open()->decode_target(ids), "Tom.? I'm");
}

TEST(MarianTokenizer, AddedTokensThatAreNotSpecialStayInTheText) {
  Directory directory;
  auto config = directory.read("tokenizer_config.json");
  config["added_tokens_decoder"]["443"] = {{"content", "<br>"}, {"lstrip", true}};
  directory.write("tokenizer_config.json", config.dump());
  const auto tokenizer = directory.open();
  const Encoding encoding =
      tokenizer->encode_source("Tom  <br> Tom", Detail::all, Specials::as_tokens);
  EXPECT_EQ(encoding.tokens, (std::vector<std::string>{"▁Tom", "<br>", "▁Tom", "</s>"}));
  EXPECT_EQ(encoding.ids, (Ids{19, 443, 19, 0}));
  EXPECT_EQ(tokenizer->decode_target(encoding.ids), "Tom <br> Tom");
  EXPECT_EQ(tokenizer->source_vocab(), 444u);
}

TEST(MarianTokenizer, OlderFilesNameTheSpecialTokens) {
  Directory directory;
  auto vocab = directory.read("vocab.json");
  vocab["[END]"] = vocab["</s>"];
  vocab.erase("</s>");
  directory.write("vocab.json", vocab.dump());
  directory.write("tokenizer_config.json", R"({"eos_token": "ignored"})");
  directory.write("special_tokens_map.json",
                  R"({"eos_token": {"content": "[END]", "rstrip": true}, "unk_token": "<unk>"})");
  directory.write("added_tokens.json", R"({"<br>": 443})");
  directory.write("tokenizer.json",
                  R"({"added_tokens": [{"id": 444, "content": "<hr>"}], "model")");
  const auto tokenizer = directory.open();
  EXPECT_EQ(
      tokenizer->encode_source("Tom[END] Tom<br><hr>", Detail::ids_only, Specials::as_tokens).ids,
      (Ids{19, 0, 19, 443, 444, 0}));
}

TEST(MarianTokenizer, IdsOutsideTheVocabularyHaveNoName) {
  const auto tokenizer = Directory().open();
  for (const std::int32_t id : {-1, 443, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(tokenizer->source_token(id), "");
    EXPECT_EQ(tokenizer->decode_target(std::vector<std::int32_t>{19, id}), "Tom");
  }
  EXPECT_EQ(tokenizer->source_id("no such token"), -1);
  EXPECT_EQ(tokenizer->target_vocab(), 443u);
}

TEST(MarianTokenizer, NamesTheMissingFile) {
  for (const char* name : {"source.spm", "target.spm", "vocab.json"}) {
    Directory directory;
    directory.remove(name);
    const auto tokenizer = open_directory(directory.path());
    EXPECT_EQ(tokenizer.status().code(), Code::kNotFound);
    EXPECT_NE(tokenizer.status().message().find(name), std::string::npos)
        << tokenizer.status().message();
  }
}

TEST(MarianTokenizer, SaysThatATokenizerJsonIsNotEnough) {
  Directory directory;
  directory.remove("source.spm");
  directory.write("tokenizer.json", "{}");
  EXPECT_EQ(open_directory(directory.path()).status().code(), Code::kUnsupported);
}

TEST(MarianTokenizer, RefusesBrokenConfigurations) {
  const std::pair<const char*, const char*> cases[] = {
      {"tokenizer_config.json", "{"},
      {"tokenizer_config.json", "[]"},
      {"tokenizer_config.json", R"({"eos_token": 3})"},
      {"tokenizer_config.json", R"({"eos_token": "</end>"})"},
      {"tokenizer_config.json", R"({"added_tokens_decoder": []})"},
      {"tokenizer_config.json", R"({"added_tokens_decoder": {"-1": {"content": "x"}}})"},
      {"tokenizer_config.json", R"({"added_tokens_decoder": {"99999999999": {"content": "x"}}})"},
      {"tokenizer_config.json", R"({"added_tokens_decoder": {"5": {"content": ""}}})"},
      {"tokenizer_config.json", R"({"additional_special_tokens": [1]})"},
      {"tokenizer_config.json", R"({"sp_model_kwargs": {"enable_sampling": true}})"},
      {"special_tokens_map.json", R"({"pad_token": []})"},
      {"added_tokens.json", R"({"x": -5})"},
      {"tokenizer.json", "{"},
      {"tokenizer.json", R"({"added_tokens": [{"content": "x"}]})"},
  };
  for (const auto& [name, content] : cases) {
    Directory directory;
    if (std::string(name) != "tokenizer_config.json") directory.remove("tokenizer_config.json");
    if (std::string(content).find("</end>") != std::string::npos) {
      directory.remove("special_tokens_map.json");
    }
    directory.write(name, content);
    EXPECT_NE(directory.error(), "") << name << " " << content;
  }
}

TEST(MarianTokenizer, DescribesItself) {
  EXPECT_EQ(Directory().open()->describe(),
            "SentencePiece unigram, 260 pieces, nmt_nfkc (target: unigram, 280 pieces, nmt_nfkc)");
}

}  // namespace
}  // namespace transept
