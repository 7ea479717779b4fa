// Where sentences end, on lists of lines in ten languages, beside what ICU's own rules find there.
//
// In the lists (tests/data/tokenizer/boundaries) a broken bar stands where a sentence begins.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/files.h"
#include "tests/tokenizer/test_texts.h"
#include "tokenizer/sentence_splitter.h"
#include "tokenizer/text_boundaries.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

using Places = std::vector<std::size_t>;

struct Line {
  std::string text;
  Places begins;  // of all sentences but the first
};

std::vector<Line> read_list(const std::string& language) {
  constexpr std::string_view kBar = "\xC2\xA6";
  std::vector<Line> lines;
  for (std::string marked :
       read_lines(std::string(TRANSEPT_TEST_DATA) + "/tokenizer/boundaries/" + language + ".txt")) {
    Line& line = lines.emplace_back();
    for (std::size_t bar; (bar = marked.find(kBar)) != std::string::npos;) {
      line.text += marked.substr(0, bar);
      line.begins.push_back(line.text.size());
      marked.erase(0, bar + kBar.size());
    }
    line.text += marked;
  }
  return lines;
}

Places found_by_splitter(std::string_view line, std::string_view language) {
  const auto no_count = [](std::string_view) { return std::size_t{0}; };
  const SplitLine split = SentenceSplitter().split(line, Split::sentences, 0, no_count, language);
  Places begins;
  for (std::size_t i = 1; i < split.segments.size(); ++i) {
    begins.push_back(static_cast<std::size_t>(split.segments[i].data() - line.data()));
  }
  return begins;
}

Places found_by_icu(std::string_view line) {
  TextBoundaries boundaries;
  TextBoundaries::Walk walk = boundaries.sentences(line);
  Places begins;
  for (std::size_t end = walk.next(); end < line.size(); end = walk.next()) begins.push_back(end);
  return begins;
}

std::size_t not_in(const Places& some, const Places& others) {
  return static_cast<std::size_t>(std::count_if(some.begin(), some.end(), [&](std::size_t place) {
    return std::find(others.begin(), others.end(), place) == others.end();
  }));
}

struct Count {
  std::size_t lines = 0;
  std::size_t right = 0;   // lines of which every boundary is found, and no other
  std::size_t wrong = 0;   // cuts inside sentences
  std::size_t missed = 0;  // sentences that were not cut apart

  void add(const Places& found, const Places& expected) {
    ++lines;
    right += found == expected;
    wrong += not_in(found, expected);
    missed += not_in(expected, found);
  }
};

class Boundaries : public testing::TestWithParam<const char*> {};

TEST_P(Boundaries, AreThoseOfTheList) {
  const std::string language = GetParam();
  const std::vector<Line> lines = read_list(language);
  ASSERT_GE(lines.size(), 40u);
  Count ours, icu;
  std::string failures;
  for (const Line& line : lines) {
    const Places found = found_by_splitter(line.text, language);
    ours.add(found, line.begins);
    icu.add(found_by_icu(line.text), line.begins);
    if (found != line.begins) {
      std::string shown = line.text;
      for (auto place = found.rbegin(); place != found.rend(); ++place) shown.insert(*place, "¦");
      failures += "\n  " + shown;
    }
  }
  const auto percent = [](const Count& count) { return 100 * count.right / count.lines; };
  RecordProperty("right_percent", static_cast<int>(percent(ours)));
  RecordProperty("icu_right_percent", static_cast<int>(percent(icu)));
  std::printf("%s: %zu of %zu lines right, %zu wrong cuts, %zu missed; ICU: %zu, %zu, %zu%s\n",
              language.c_str(), ours.right, ours.lines, ours.wrong, ours.missed, icu.right,
              icu.wrong, icu.missed, failures.c_str());
  EXPECT_GE(ours.right, icu.right);
  EXPECT_LE(ours.wrong, icu.wrong);
  EXPECT_GE(static_cast<double>(ours.right), 0.98 * static_cast<double>(ours.lines)) << failures;
}

INSTANTIATE_TEST_SUITE_P(Languages, Boundaries,
                         testing::Values("en", "de", "fr", "es", "pt", "it", "nl", "ru", "zh",
                                         "ja"),
                         [](const auto& language) { return std::string(language.param); });

}  // namespace
}  // namespace transept
