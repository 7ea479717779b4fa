#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/regress/fake_program.h"
#include "tools/regress/results.h"

namespace transept::tools {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const std::string kHostile = "</script><script>alert(1)</script><!--";

class Report : public FakeProgram {
 protected:
  void SetUp() override {
    FakeProgram::SetUp();
    write("source", "eins zwei drei vier\n" + kHostile + "\nneun zehn elf zwölf\n");
  }
  void record_other_translations() {
    translate_ = [this](const std::vector<std::string>&, std::size_t line) {
      return line_of(line == 0   ? "one two three old"
                     : line == 1 ? kHostile + " old"
                                 : perfect_[line]);
    };
    record(suite());
    translate_ = [this](const std::vector<std::string>&, std::size_t line) {
      return line_of(line == 0 ? "one two three four" : line == 1 ? kHostile : perfect_[line]);
    };
  }
  std::string report(const std::string& rest = "",
                     const std::string& settings = "  - {name: greedy, beam: 1}\n") {
    return format_report(evaluated(suite(rest, settings)));
  }
  // What the page's script gets.
  static nlohmann::json data_of(const std::string& page) {
    const std::string begin = "<script type=\"application/json\" id=\"segments\">";
    const std::size_t from = page.find(begin);
    if (from == std::string::npos) return {};
    const std::size_t start = from + begin.size();
    return nlohmann::json::parse(page.substr(start, page.find("</script>", start) - start));
  }
};

TEST_F(Report, HasAllItsParts) {
  record_other_translations();
  const std::string page = report("tolerance: {bleu: 0.3}\n");
  for (const std::string part : {"Verdict", "Score differences", "History", "Sentences", "Length",
                                 "Segments", "How it was measured"}) {
    EXPECT_THAT(page, HasSubstr("<h2>" + part + "</h2>"));
  }
  for (const std::string part :
       {"Differences of sentence BLEU", "BLEU by length", "Length of translations",
        "BLEU of recorded runs", "Segments that look wrong", "largest losses", "nrefs:1|case:mixed",
        "sha256:"}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
}

TEST_F(Report, NeedsNothingFromElsewhere) {
  record_other_translations();
  const std::string page = report();
  // Names of XML vocabularies look like addresses, and are none.
  EXPECT_THAT(page, Not(ContainsRegex("(src|href)=")));
  EXPECT_THAT(page,
              Not(ContainsRegex("url\\(|@import|fetch\\(|XMLHttpRequest|<link|<iframe|<img")));
}

TEST_F(Report, EscapesWhatComesFromFiles) {
  record_other_translations();
  const std::string page = report();
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, HasSubstr("&lt;/script&gt;&lt;script&gt;alert(1)"));
  const nlohmann::json data = data_of(page);
  ASSERT_EQ(data["results"][0]["segments"].size(), 3u);
  EXPECT_THAT(data["results"][0]["segments"][1]["card"].get<std::string>(),
              Not(HasSubstr("<script")));
}

TEST_F(Report, CardsShowWordsThatChangedAndNgramsThatMatch) {
  record_other_translations();
  const nlohmann::json segment = data_of(report())["results"][0]["segments"][0];
  const std::string card = segment["card"];
  EXPECT_THAT(card, HasSubstr("one two three <span class=\"del\">old</span>"));
  EXPECT_THAT(
      card,
      HasSubstr("<span class=\"m4\">one two three</span> <span class=\"m4 ins\">four</span>"));
  EXPECT_EQ(segment["changed"], true);
  EXPECT_GT(segment["gains"][0].get<double>(), 0.0);
  EXPECT_EQ(segment["words"], 4);
}

TEST_F(Report, FlagsAreCounted) {
  translate_ = [this](const std::vector<std::string>&, std::size_t line) {
    nlohmann::json out = line_of(line == 0 ? "one one one one" : line == 1 ? "" : perfect_[line]);
    if (line == 2) out["flags"] = {"max-length"};
    return out;
  };
  record(suite());
  const nlohmann::json segments = data_of(report())["results"][0]["segments"];
  EXPECT_EQ(segments[0]["flags"], nlohmann::json({"repetition"}));
  EXPECT_EQ(segments[1]["flags"], nlohmann::json({"empty"}));
  EXPECT_EQ(segments[2]["flags"], nlohmann::json({"truncation"}));
}

TEST_F(Report, AttentionTravelsWhereASettingAsksForIt) {
  translate_ = [this](const std::vector<std::string>&, std::size_t line) {
    nlohmann::json out = line_of(perfect_[line]);
    out["source_tokens"] = {"a", "b"};
    out["hypotheses"][0]["tokens"] = {"x", "y"};
    out["hypotheses"][0]["attention"] = {{1.0, 0.0}, {0.25, 0.75}};
    return out;
  };
  record(suite());
  const nlohmann::json attention = data_of(report())["results"][0]["segments"][0]["attention"];
  EXPECT_EQ(attention["source"], nlohmann::json({"a", "b"}));
  EXPECT_EQ(attention["target"], nlohmann::json({"x", "y"}));
  EXPECT_EQ(attention["weights"], "999000250749");
}

TEST_F(Report, SaysWhatThereIsNotYet) {
  const Result<Evaluation> evaluation = evaluate(suite(), false);
  ASSERT_TRUE(evaluation.ok());
  const std::string page = format_report(*evaluation);
  EXPECT_THAT(page, HasSubstr("There is no baseline to differ from."));
  EXPECT_THAT(page, HasSubstr("No earlier run is recorded."));
  EXPECT_THAT(page, HasSubstr("lowest scores"));
}

TEST_F(Report, AMetricThatTheBaselineHasNotYet) {
  record_other_translations();
  const nlohmann::json segment = data_of(
      report("metrics: [ter, bleu]\ntolerance: {bleu: 100}\n"))["results"][0]["segments"][0];
  EXPECT_TRUE(segment["gains"][0].is_null());
  EXPECT_GT(segment["gains"][1].get<double>(), 0.0);
}

TEST_F(Report, OneSegmentAndManyMetrics) {
  write("source", "eins\n");
  write("reference", "one\n");
  record(suite("metrics: [ter, chrf++, bleu]\n"));
  EXPECT_THAT(report("metrics: [ter, chrf++, bleu]\n"), HasSubstr("chrF2++ by length"));
}

}  // namespace
}  // namespace transept::tools
