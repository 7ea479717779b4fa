// A shortlist made of a model's own pieces, and translations with it, through the public interface.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/support/temp_path.h"
#include "transept/shortlist.h"
#include "transept/translator.h"

namespace transept {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kModel = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";
const std::vector<std::string> kSources = {"I am here.", "You are here.", "I am Tom.",
                                           "",           "Tom is here.",  "I am not here."};
const std::vector<std::string> kTargets = {"Ich bin hier.", "Du bist hier.", "Ich bin Tom.",
                                           "Ja.",           "Tom ist hier.", "Ich bin nicht hier."};

ShortlistBuilder builder(std::size_t threads = 1) {
  auto builder = ShortlistBuilder::open(kModel, threads);
  EXPECT_TRUE(builder.ok()) << builder.status().message();
  return *std::move(builder);
}

std::string built(std::size_t threads, const BuildShortlistOptions& options) {
  ShortlistBuilder of_all = builder(threads);
  EXPECT_TRUE(of_all.add(kSources, kTargets).ok());
  const auto bytes = of_all.build(options);
  EXPECT_TRUE(bytes.ok()) << bytes.status().message();
  return *bytes;
}

// A file that ends with the test.
class File {
 public:
  File(const std::string& name, const std::string& bytes) : path_(temp_path(name)) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~File() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(ShortlistBuilder, FindsTheWordsThatGoTogether) {
  const std::string text = built(1, {});
  std::map<std::string, std::string> likeliest;  // the first line of each source word
  std::istringstream lines(text);
  for (std::string target, source, probability; lines >> target >> source >> probability;) {
    likeliest.emplace(source, target);
  }
  EXPECT_EQ(likeliest.at("\u2581Tom"), "\u2581Tom");
}

TEST(ShortlistBuilder, LeavesOutEmptySidesAndCounts) {
  ShortlistBuilder some = builder();
  ASSERT_TRUE(some.add(kSources, kTargets).ok());
  EXPECT_EQ(some.pairs(), 5u);
  EXPECT_EQ(some.left_out(), 1u);
  EXPECT_EQ(some.add(kSources, std::span(kTargets).first(2)).code(), Code::kInvalidArgument);
}

TEST(ShortlistBuilder, ThreadsAndPortionsChangeNoByte) {
  const std::string whole = built(1, {});
  EXPECT_EQ(built(3, {}), whole);
  ShortlistBuilder portions = builder(2);
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    ASSERT_TRUE(
        portions.add(std::span(kSources).subspan(i, 1), std::span(kTargets).subspan(i, 1)).ok());
  }
  EXPECT_EQ(*portions.build(), whole);
}

TEST(ShortlistBuilder, SaysWhatIsWrong) {
  EXPECT_EQ(ShortlistBuilder::open("/no/such/model").status().code(), Code::kNotFound);
  EXPECT_EQ(builder().build().status().code(), Code::kInput);
  for (const BuildShortlistOptions& options :
       {BuildShortlistOptions{.best = 0}, BuildShortlistOptions{.threshold = 1.0f},
        BuildShortlistOptions{.iterations = 0}}) {
    EXPECT_EQ(builder().build(options).status().code(), Code::kInvalidArgument);
  }
  ShortlistBuilder stopped = builder();
  ASSERT_TRUE(stopped.add(kSources, kTargets).ok());
  EXPECT_EQ(stopped.build({}, [](std::uint32_t) { return false; }).status().code(),
            Code::kCancelled);
}

TEST(ShortlistBuilder, TranslationsUseTheWordsOfTheFile) {
  const File text("shortlist.s2t", built(1, {}));
  const File binary("shortlist.bin",
                    built(1, {.form = ShortlistForm::binary, .first = 8, .best = 3}));
  OpenOptions with_text;
  with_text.shortlist = {.file = text.path(), .first = 8, .best = 3, .threshold = {}};
  OpenOptions with_binary;
  with_binary.shortlist.file = binary.path();
  OpenOptions with_all;
  with_all.shortlist = {.file = text.path(), .first = 1000000, .best = {}, .threshold = {}};
  const auto free = Translator::open(kModel);
  const auto all = Translator::open(kModel, with_all);
  const auto a = Translator::open(kModel, with_text);
  const auto b = Translator::open(kModel, with_binary);
  ASSERT_TRUE(free.ok() && all.ok() && a.ok() && b.ok());
  TranslateOptions options;
  options.lengths.max_length = 20;
  const auto together = a->translate(kSources, options);
  ASSERT_TRUE(together.ok());
  for (std::size_t i = 0; i < kSources.size(); ++i) {
    EXPECT_EQ(a->translate(kSources[i], options)->text, (*together)[i].text)
        << "depends on its company";
    EXPECT_EQ(b->translate(kSources[i], options)->text, (*together)[i].text)
        << "depends on the form";
    EXPECT_EQ(all->translate(kSources[i], options)->text,
              free->translate(kSources[i], options)->text);
  }
  // A sentence with no likely words of its own has some tens of ids.
  const auto narrow = a->translate("Tom Tom Tom.", options);
  ASSERT_TRUE(narrow.ok());
  std::set<std::int32_t> ids;
  for (const std::int32_t id : narrow->hypotheses[0].ids) ids.insert(id);
  EXPECT_LE(ids.size(), 24u);
}

TEST(ShortlistBuilder, ATranslatorRefusesTheFileOfAnotherModel) {
  const File foreign("foreign.s2t", "casa maison 0.5\n");
  OpenOptions options;
  options.shortlist.file = foreign.path();
  const auto refused = Translator::open(kModel, options);
  EXPECT_EQ(refused.status().code(), Code::kCorrupt);
  EXPECT_THAT(refused.status().message(), StartsWith(foreign.path().string()));
  EXPECT_THAT(refused.status().message(), HasSubstr("none of the 1 lines"));
  options.shortlist.file = "/no/such/file";
  EXPECT_EQ(Translator::open(kModel, options).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace transept
