// Truncated and damaged `.spm` and `vocab.json` files: a sentence or a working tokenizer, never a
// crash. Meant for the sanitizers.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/support/files.h"
#include "tests/tokenizer/spm_writer.h"
#include "tests/tokenizer/test_texts.h"
#include "tokenizer/sentence_piece.h"
#include "tokenizer/vocabulary.h"

namespace transept {
namespace {

const std::string kData = TRANSEPT_TEST_DATA;

// Uses the model if there is one. True when it opened.
bool use_spm(const std::string& bytes) {
  auto model = parse_spm(std::as_bytes(std::span(bytes)), "model", nullptr);
  if (!model.ok()) {
    EXPECT_EQ(model.status().code(), Code::kCorrupt);
    EXPECT_TRUE(model.status().message().starts_with("model: ")) << model.status().message();
    return false;
  }
  const auto pieces = SentencePiece::build(*std::move(model), "model");
  if (!pieces.ok()) {
    EXPECT_TRUE(pieces.status().message().starts_with("model: ")) << pieces.status().message();
    return false;
  }
  const SpmEncoding encoding =
      pieces->encode("The  n\xC3\xA4\xC3\xAFve <br>\xFF caf\xC3\xA9.", true);
  EXPECT_EQ(encoding.ids.size(), encoding.spans.size());
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < encoding.ids.size(); ++i) names.push_back(pieces->piece(encoding, i));
  pieces->decode(names);
  return true;
}

bool use_vocabulary(const std::string& bytes) {
  const auto vocabulary = Vocabulary::parse(std::as_bytes(std::span(bytes)), "vocab.json");
  if (!vocabulary.ok()) {
    EXPECT_EQ(vocabulary.status().code(), Code::kCorrupt);
    return false;
  }
  for (std::size_t id = 0; id < vocabulary->size(); ++id) {
    const std::string_view token = vocabulary->token(static_cast<std::int32_t>(id));
    EXPECT_EQ(vocabulary->id(token), token.empty() ? -1 : static_cast<std::int32_t>(id));
  }
  return true;
}

template <class Use>
void truncate_everywhere(const std::string& bytes, std::size_t step, Use use) {
  for (std::size_t size = 0; size < bytes.size(); size += step) use(bytes.substr(0, size));
}

template <class Use>
void flip(const std::string& bytes, std::size_t times, std::uint32_t seed, Use use) {
  TextMaker random(seed);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < times; ++i) {
    std::string damaged = bytes;
    for (std::size_t k = 1 + random.below(4); k > 0; --k) {
      damaged[random.below(damaged.size())] ^= static_cast<char>(1u << random.below(8));
    }
    if (!use(damaged)) ++refused;
  }
  EXPECT_GT(refused, 0u);
}

TEST(HostileFiles, EveryPrefixOfASpm) {
  truncate_everywhere(read_file(kData + "/tokenizer/suffix.model"), 1, use_spm);
  truncate_everywhere(read_file(kData + "/tokenizer/bpe.model"), 7, use_spm);
}

TEST(HostileFiles, FlippedSpm) {
  flip(read_file(kData + "/tokenizer/suffix.model"), 4000, 1, use_spm);
  flip(read_file(kData + "/tokenizer/bpe.model"), 3000, 2, use_spm);
  flip(read_file(kData + "/tokenizer/bytes.model"), 3000, 3, use_spm);
}

// Almost all of this file is the normaliser's trie.
TEST(HostileFiles, FlippedCharsmap) {
  flip(read_file(kData + "/fixtures/marian/source.spm"), 1000, 4, use_spm);
}

TEST(HostileFiles, DamagedVocabulary) {
  const std::string bytes = read_file(kData + "/fixtures/marian/vocab.json");
  EXPECT_TRUE(use_vocabulary(bytes));
  truncate_everywhere(bytes, 3, use_vocabulary);
  flip(bytes, 5000, 5, use_vocabulary);
}

std::string vocabulary_error(const std::string& json) {
  return Vocabulary::parse(std::as_bytes(std::span(json)), "v").status().message();
}

TEST(HostileFiles, VocabularyErrorsAreSentences) {
  EXPECT_EQ(vocabulary_error(R"({"a": 0, "b": 1})"), "");
  EXPECT_EQ(vocabulary_error(R"({"a": 0, "b": 0})"), R"(v: the id 0 belongs to both "a" and "b")");
  EXPECT_EQ(vocabulary_error(R"({"a": 0, "a": 1})"),
            R"(v: the key "a" stands twice, with the ids 0 and 1)");
  EXPECT_EQ(vocabulary_error(R"({"a": -1})"), R"(v: the id of "a" is -1, not a number from 0 on)");
  EXPECT_EQ(vocabulary_error(R"({"a": "0"})"),
            R"(v: the id of "a" is a string, not a number from 0 on)");
  EXPECT_EQ(vocabulary_error(R"({"a": 1.5})"),
            R"(v: the id of "a" is 1.5, not a number from 0 on)");
  EXPECT_EQ(vocabulary_error(R"({"a": {"b": 1}})"),
            R"(v: the id of "a" is an object, not a number from 0 on)");
  EXPECT_EQ(vocabulary_error(R"({"a": 4000000000})"),
            "v: the id 4000000000 is far beyond the number of tokens, 1");
  EXPECT_EQ(vocabulary_error(R"({"a": 18446744073709551615})"),
            "v: the id 18446744073709551615 is far beyond the number of tokens, 1");
  EXPECT_EQ(vocabulary_error(R"({"": 1})"), "v: it has an empty token");
  EXPECT_EQ(vocabulary_error("{}"), "v: it has no tokens");
  EXPECT_EQ(vocabulary_error("[1]"), "v: it is not a JSON object of tokens and ids");
  EXPECT_EQ(vocabulary_error("3"), "v: it is not a JSON object of tokens and ids");
  EXPECT_NE(vocabulary_error(""), "");
  EXPECT_NE(vocabulary_error(R"({"a": 1} x)"), "");
  EXPECT_NE(vocabulary_error("{\"\xFF\": 1}"), "");
}

std::string spm_error(const SpmModel& model) {
  const std::string bytes = write_spm(model);
  auto read = parse_spm(std::as_bytes(std::span(bytes)), "m", nullptr);
  if (!read.ok()) return read.status().message();
  return SentencePiece::build(*std::move(read), "m").status().message();
}

TEST(HostileFiles, SpmErrorsAreSentences) {
  SpmModel good;
  good.pieces = {{"<unk>", 0, SpmPieceType::unknown}, {"a", -1, SpmPieceType::normal}};
  EXPECT_EQ(spm_error(good), "");

  SpmModel model = good;
  model.pieces[0].type = SpmPieceType::control;
  EXPECT_EQ(spm_error(model), "m: it has no unknown piece");
  model = good;
  model.pieces[1].type = SpmPieceType::unknown;
  EXPECT_EQ(spm_error(model), "m: piece 1 is a second unknown piece after piece 0");
  model = good;
  model.pieces.push_back(model.pieces[1]);
  EXPECT_EQ(spm_error(model), "m: pieces 1 and 2 are equal");
  model = good;
  model.pieces[1].text = "";
  EXPECT_EQ(spm_error(model), "m: piece 1 is empty");
  model = good;
  model.pieces[1].text = std::string_view("a\0b", 3);
  EXPECT_EQ(spm_error(model), "m: piece 1 contains a NUL byte");
  model = good;
  model.pieces[1].score = NAN;
  EXPECT_EQ(spm_error(model), "m: piece 1 has a score that is no number");
  model = good;
  const std::string longest(8001, 'x');
  model.pieces[1].text = longest;
  EXPECT_EQ(spm_error(model), "m: piece 1 has 8001 bytes, at most 8000 are supported");
  model = good;
  model.pieces[1] = {"<0x41>", 0, SpmPieceType::byte};
  EXPECT_EQ(spm_error(model), "m: piece 1 is a byte piece although byte_fallback is not set");
  model.byte_fallback = true;
  EXPECT_EQ(spm_error(model), "m: it has 1 of the 256 byte pieces that byte_fallback needs");
  model.pieces[1].text = "<0x4G>";
  EXPECT_EQ(spm_error(model), "m: piece 1 is a byte piece without the form <0xNN>");
  model = good;
  model.kind = SpmKind::word;
  EXPECT_EQ(spm_error(model),
            "m: SentencePiece models of the kind word are not supported, only unigram and BPE");
  model = good;
  for (const char* charsmap : {"x", "\xFF\xFF\xFF\xFF", "\x04\x01\x01\x01\x01\x01"}) {
    model.normalizer.charsmap = charsmap;
    EXPECT_TRUE(spm_error(model).starts_with("m: precompiled_charsmap: ")) << spm_error(model);
  }
}

}  // namespace
}  // namespace transept
