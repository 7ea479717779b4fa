// Shortlists: Marian's files and Marian's sets, and files that are broken.
#include "model/shortlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <numeric>
#include <random>
#include <string>

#include "model/shortlist_files.h"
#include "tests/support/files.h"
#include "tests/support/fixtures.h"
#include "tests/support/temp_path.h"
#include "tokenizer/spm_model.h"

namespace transept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kData = std::filesystem::path(TRANSEPT_TEST_DATA) / "shortlist";

// The pieces of a file as words of both sides.
class Words final : public Tokenizer {
 public:
  explicit Words(std::vector<std::string> names) : names_(std::move(names)) {
    for (std::size_t i = 0; i < names_.size(); ++i) ids_[names_[i]] = static_cast<std::int32_t>(i);
  }
  static Words of(const std::filesystem::path& spm) {
    const auto model = read_spm(spm);
    EXPECT_TRUE(model.ok()) << model.status().message();
    std::vector<std::string> names;
    for (const SpmPiece& piece : model->pieces) names.emplace_back(piece.text);
    return Words(names);
  }

  Encoding encode_source(std::string_view, Detail, Specials) const override { return {}; }
  Encoding encode_target(std::string_view, Detail) const override { return {}; }
  std::span<const std::int32_t> source_specials() const override { return {}; }
  std::span<const std::int32_t> target_specials() const override { return {}; }
  std::string decode_target(std::span<const std::int32_t>) const override { return ""; }
  std::string_view source_token(std::int32_t id) const override {
    return names_.at(static_cast<std::size_t>(id));
  }
  std::string_view target_token(std::int32_t id) const override { return source_token(id); }
  std::int32_t source_id(std::string_view token) const override {
    const auto found = ids_.find(token);
    return found == ids_.end() ? -1 : found->second;
  }
  std::int32_t target_id(std::string_view token) const override { return source_id(token); }
  std::size_t source_vocab() const override { return names_.size(); }
  std::size_t target_vocab() const override { return names_.size(); }
  std::string describe() const override { return "words"; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::int32_t, std::less<>> ids_;
};

ShortlistWords words_of(const Tokenizer& tokenizer) {
  return {tokenizer, tokenizer.source_vocab(), tokenizer.target_vocab()};
}

const Words& marian() {
  static const Words words = Words::of(kData / "vocab.spm");
  return words;
}

Result<Shortlist> parse(const std::string& bytes, const Tokenizer& tokenizer = marian(),
                        const ShortlistOptions& options = {}) {
  return parse_shortlist(std::as_bytes(std::span(bytes)), "lex", words_of(tokenizer), options);
}

std::string refusal(const std::string& bytes, const Tokenizer& tokenizer = marian()) {
  const auto list = parse(bytes, tokenizer);
  return list.ok() ? "accepted" : list.status().message();
}

void expect_marians_sets(const Result<Shortlist>& list) {
  ASSERT_TRUE(list.ok()) << list.status().message();
  std::size_t sets = 0;
  for (const auto& line : read_jsonl(kData / "sets.jsonl")) {
    const std::vector<std::int32_t> source = line.at("source_ids");
    EXPECT_EQ(list->candidates(source, {}),
              line.at("shortlist_ids").get<std::vector<std::int32_t>>())
        << line.at("source");
    ++sets;
  }
  EXPECT_EQ(sets, 12u);
}

TEST(Shortlist, FilesOfMarianGiveTheSetsOfMarian) {
  const ShortlistWords words = words_of(marian());
  EXPECT_TRUE(words.shared());
  expect_marians_sets(
      read_shortlist(words, {.file = kData / "lex.s2t", .first = 40, .best = 8, .threshold = {}}));
  expect_marians_sets(read_shortlist(
      words, {.file = kData / "lex.s2t.gz", .first = 40, .best = 8, .threshold = {}}));
  expect_marians_sets(read_shortlist(
      words, {.file = kData / "lex.s2t.bin", .first = {}, .best = {}, .threshold = {}}));
}

TEST(Shortlist, ASetHasWhatItMustHaveAndIsFilledUpToAMultipleOfEight) {
  TargetLists lists;
  lists.add({});
  lists.add(std::vector<WeightedTarget>{{9, 0.5f}, {30, 0.2f}});
  const Shortlist apart(lists, 2, 40, false);
  const std::vector<std::int32_t> source = {1, 1, 39};  // 39 is beyond the lists
  const std::vector<std::int32_t> end = {35};
  EXPECT_THAT(apart.candidates(source, end), ElementsAre(0, 1, 2, 3, 4, 9, 30, 35));
  const Shortlist shared(lists, 2, 40, true);
  EXPECT_THAT(shared.candidates(source, end), ElementsAre(0, 1, 2, 3, 9, 30, 35, 39));
  const Shortlist small(lists, 100, 35, false);
  EXPECT_EQ(small.candidates(source, {}).size(), 35u);  // all, and there are no more
}

TEST(Shortlist, KeepsTheLikeliestAndTheLargerIdOfEquals) {
  std::vector<WeightedTarget> targets = {{1, 0.1f}, {2, 0.3f}, {3, 0.3f}, {4, 0.05f}, {5, 0.2f}};
  prune_targets(targets, 4, 0.05f);
  std::vector<std::int32_t> ids;
  for (const WeightedTarget& one : targets) ids.push_back(one.target);
  EXPECT_THAT(ids, ElementsAre(3, 2, 5, 1));
  prune_targets(targets, 1, 0.0f);
  EXPECT_EQ(targets.size(), 1u);
}

const Words kFew({"</s>", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"});

TEST(Shortlist, ATextMayHaveNullUnknownWordsAndTheSameLineAgain) {
  const ShortlistOptions limits{.file = {}, .first = 0, .best = 2, .threshold = 0.1f};
  const std::string text =
      "NULL a 0.9\nb NULL 0.9\n\n? a 0.8\nb a 0.9\nc a 0.7\r\nb a 0.05\nd\ta  0.2\ne a 0.15";
  const auto list = parse(text, kFew, limits);
  ASSERT_TRUE(list.ok()) << list.status().message();
  // Of a b c d, a is the source's own; then what is left up to eight.
  EXPECT_THAT(list->candidates(std::vector<std::int32_t>{1}, {}),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  const std::vector<std::int32_t> ends = {7, 8, 9, 10, 11};
  EXPECT_THAT(list->candidates(std::vector<std::int32_t>{1}, ends),
              ElementsAre(1, 3, 4, 7, 8, 9, 10, 11));
}

TEST(Shortlist, ManyEqualLinesNeedNoMemoryAndTheLastOneCounts) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "b a 0.9\nc a 0.5\n";
  text += "b a 0.1\n";
  const auto list = parse(text, kFew, {.file = {}, .first = 0, .best = 1, .threshold = {}});
  ASSERT_TRUE(list.ok());
  const std::vector<std::int32_t> ends = {6, 7, 8, 9, 10, 11};
  EXPECT_THAT(list->candidates(std::vector<std::int32_t>{1}, ends),
              ElementsAre(1, 3, 6, 7, 8, 9, 10, 11));
}

TEST(Shortlist, SaysWhatIsWrongWithAText) {
  EXPECT_THAT(refusal("b a 0.5\nb a\n", kFew),
              HasSubstr("lex: line 2: expected \"target source probability\""));
  EXPECT_THAT(refusal("b a 0.5 7\n", kFew), HasSubstr("line 1"));
  EXPECT_THAT(refusal("b a nan\n", kFew), HasSubstr("line 1"));
  EXPECT_THAT(refusal("", kFew), HasSubstr("no line has"));
  EXPECT_THAT(refusal("Haus house 0.5\nein a 0.5\n", kFew), HasSubstr("none of the 2 lines"));
  EXPECT_THAT(refusal(std::string(70000, 'x'), kFew), HasSubstr("no end within"));
}

TEST(Shortlist, SaysWhatIsWrongWithABinaryFile) {
  const std::string good = read_file(kData / "lex.s2t.bin");
  EXPECT_THAT(refusal(good.substr(0, 30)), HasSubstr("cut off inside the header"));
  EXPECT_THAT(refusal(good + "1234"), HasSubstr("are not what a header of"));
  EXPECT_THAT(refusal(good, kFew), HasSubstr("source words, the model has 12"));
  std::string flipped = good;
  flipped[100] ^= 4;
  EXPECT_THAT(refusal(flipped), HasSubstr("checksum"));
  TargetLists lists;
  for (int i = 0; i < 12; ++i) lists.add(std::vector<WeightedTarget>{{i == 5 ? 12 : 3, 0.5f}});
  EXPECT_THAT(refusal(format_binary_shortlist(lists, 2, 1), kFew),
              HasSubstr("target 12 is not in"));
  lists.targets[5] = 3;
  std::swap(lists.offsets[3], lists.offsets[4]);
  EXPECT_THAT(refusal(format_binary_shortlist(lists, 2, 1), kFew), HasSubstr("do not ascend"));
  const auto limited = parse(good, marian(), {.file = {}, .first = 5, .best = {}, .threshold = {}});
  EXPECT_EQ(limited.status().code(), Code::kInvalidArgument);
}

// Marian's own check refuses it; the last words of a vocabulary seldom occur.
TEST(Shortlist, TheLastWordsMayHaveNoTargets) {
  TargetLists lists;
  lists.add(std::vector<WeightedTarget>{{3, 0.5f}});
  for (int i = 1; i < 12; ++i) lists.add({});
  EXPECT_TRUE(parse(format_binary_shortlist(lists, 2, 1), kFew).ok());
}

TEST(Shortlist, WhatIsWrittenIsReadBack) {
  const std::vector<std::vector<WeightedTarget>> weighted = {
      {}, {{3, 0.5f}, {2, 0.25f}}, {{9, 1e-7f}}};
  TargetLists lists;
  for (const auto& list : weighted) lists.add(list);
  for (std::size_t i = weighted.size(); i < 12; ++i) lists.add({});
  const std::string text = format_text_shortlist(weighted, kFew);
  EXPECT_EQ(text, "c a 0.5\nb a 0.25\ni b 1e-07\n");
  const auto from_text = parse(text, kFew, {.file = {}, .first = 1, .best = 5, .threshold = {}});
  const auto from_binary = parse(format_binary_shortlist(lists, 1, 5), kFew);
  ASSERT_TRUE(from_text.ok() && from_binary.ok());
  const std::vector<std::int32_t> ends = {10, 11};
  for (std::int32_t source = 0; source < 12; ++source) {
    const std::vector<std::int32_t> one = {source};
    EXPECT_EQ(from_text->candidates(one, ends), from_binary->candidates(one, ends));
  }
}

// Every prefix, and bytes changed at random: a sentence or a shortlist, never a crash.
class HostileShortlist : public testing::TestWithParam<const char*> {};

bool use(const std::string& bytes) {
  const auto list = parse(bytes);
  if (!list.ok()) {
    EXPECT_EQ(list.status().code(), Code::kCorrupt);
    EXPECT_THAT(list.status().message(), testing::StartsWith("lex: "));
    return false;
  }
  std::vector<std::int32_t> all(marian().source_vocab());
  std::iota(all.begin(), all.end(), 0);
  const auto ids = list->candidates(all, {});
  EXPECT_TRUE(!ids.empty() && ids.front() >= 0 &&
              static_cast<std::size_t>(ids.back()) < all.size());
  return true;
}

TEST_P(HostileShortlist, IsCutOff) {
  const std::string good = read_file(kData / GetParam()).substr(0, 40000);
  for (std::size_t size = 0; size < good.size(); size += 1 + size / 40) use(good.substr(0, size));
}

TEST_P(HostileShortlist, IsChanged) {
  const std::string good = read_file(kData / GetParam());
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    std::string bad = good;
    // Half of the changes are in the header.
    const std::size_t range = i % 2 == 0 ? 64 : bad.size();
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      bad[random() % range] ^= static_cast<char>(1u << random() % 8);
    }
    use(bad);
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, HostileShortlist,
                         testing::Values("lex.s2t", "lex.s2t.gz", "lex.s2t.bin"),
                         [](const auto& form) {
                           std::string name = form.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

// With a checksum that is right, what it protects is looked at, too.
TEST(Shortlist, IsNotTrustedForItsChecksum) {
  const std::string good = read_file(kData / "lex.s2t.bin");
  std::mt19937 random(4);
  int opened = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string bad = good;
    bad[16 + random() % (i % 2 == 0 ? 300 : bad.size() - 16)] ^=
        static_cast<char>(1u << random() % 8);
    std::uint64_t seed = 0;
    for (std::size_t at = 16; at + 8 <= bad.size(); at += 8) {
      std::uint64_t word;
      std::memcpy(&word, bad.data() + at, 8);
      seed ^= word + 0x9e3779b9u + (seed << 6) + (seed >> 2);
    }
    std::memcpy(bad.data() + 8, &seed, 8);
    if (use(bad)) ++opened;
  }
  EXPECT_GT(opened, 0);
  EXPECT_LT(opened, 2000);
}

}  // namespace
}  // namespace transept
