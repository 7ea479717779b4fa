#include "tools/regress/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "tests/tools/regress/fake_program.h"
#include "tools/base/numbers.h"

namespace transept::tools {
namespace {

using testing::HasSubstr;
using testing::Not;

class Results : public FakeProgram {
 protected:
  // A run with one changed line that is worse, whose texts are unpleasant.
  Evaluation worse() {
    write("reference", "one <b> & \"four\"\nfive six seven eight\nnine ten eleven twelve\n");
    translate_ = [](const std::vector<std::string>&, std::size_t line) {
      return line_of(line == 0   ? "one <b> & \"four\""
                     : line == 1 ? "five six seven eight"
                                 : "nine ten eleven twelve");
    };
    record(suite());
    translate_ = [](const std::vector<std::string>&, std::size_t line) {
      return line_of(line == 0   ? "one <i> \x01 ]]>"
                     : line == 1 ? "five six seven eight"
                                 : "nine ten eleven twelve");
    };
    return evaluated(suite(
        "tolerance: {chrf: 100}\ncompare:\n  - {setting: greedy, with: greedy, memory: 1}\n"));
  }
};

TEST_F(Results, TextHasATableAndTheChangedLines) {
  const std::string text = format_text(worse(), 10);
  EXPECT_THAT(text, HasSubstr("model  setting  set  BLEU"));
  EXPECT_THAT(text, HasSubstr("1/3"));
  EXPECT_THAT(text, HasSubstr("REGRESSION"));
  EXPECT_THAT(text, HasSubstr("m, greedy, s: 1 of 3 lines changed\n  line 1: eins zwei drei vier\n "
                              "   - one <b> & \"four\"\n    + one <i> \x01 ]]>\n"));
  EXPECT_THAT(text, HasSubstr("greedy beside greedy  1.00 of the peak memory  at most 1.00  ok"));
  EXPECT_THAT(text, HasSubstr("1 regression\n"));
  EXPECT_THAT(format_text(worse(), 0), Not(HasSubstr("lines changed")));
}

TEST_F(Results, JsonHoldsWhatTheTableShows) {
  const Evaluation evaluation = worse();
  const nlohmann::json json = nlohmann::json::parse(format_json(evaluation));
  EXPECT_EQ(json["regression"], true);
  const nlohmann::json& result = json["results"][0];
  EXPECT_EQ(result["model"], "m");
  EXPECT_EQ(result["verdict"], "REGRESSION");
  EXPECT_EQ(result["metrics"][0]["metric"], "bleu");
  EXPECT_EQ(result["metrics"][0]["score"].get<double>(), evaluation.results[0].metrics[0].score);
  EXPECT_EQ(result["metrics"][0]["signature"], evaluation.results[0].metrics[0].signature);
  EXPECT_LT(result["metrics"][0]["change"].get<double>(), 0.0);
  EXPECT_EQ(result["same_bits"], false);
  EXPECT_EQ(result["changed"][0]["line"], 0);
  EXPECT_EQ(result["changed"][0]["now"], "one <i> \x01 ]]>");
  EXPECT_EQ(json["comparisons"][0]["ok"], true);
}

TEST_F(Results, JunitIsXmlThatCountsItsCases) {
  pugi::xml_document document;
  const std::string xml = format_junit(worse());
  ASSERT_TRUE(document.load_buffer(xml.data(), xml.size())) << xml;
  const pugi::xml_node junit = document.child("testsuites").child("testsuite");
  EXPECT_EQ(junit.attribute("tests").as_int(), 3);
  EXPECT_EQ(junit.attribute("failures").as_int(), 1);
  EXPECT_EQ(junit.attribute("skipped").as_int(), 0);
  const pugi::xml_node test = junit.first_child();
  EXPECT_STREQ(test.attribute("classname").value(), "m.s");
  EXPECT_STREQ(test.attribute("name").value(), "greedy: BLEU");
  EXPECT_THAT(test.child("failure").attribute("message").value(), HasSubstr("BLEU"));
  EXPECT_FALSE(test.next_sibling().child("failure"));
}

TEST_F(Results, JunitSkipsWhatHasNoBaseline) {
  record(suite());
  const Evaluation evaluation = evaluated(suite("", "  - {name: \"<&>'\", beam: 2}\n"));
  pugi::xml_document document;
  const std::string xml = format_junit(evaluation);
  ASSERT_TRUE(document.load_buffer(xml.data(), xml.size())) << xml;
  const pugi::xml_node junit = document.child("testsuites").child("testsuite");
  EXPECT_EQ(junit.attribute("skipped").as_int(), 2);
  EXPECT_STREQ(junit.first_child().attribute("name").value(), "<&>': BLEU");
  EXPECT_TRUE(junit.first_child().child("skipped"));
  EXPECT_THAT(format_text(evaluation, 10), HasSubstr("new"));
}

}  // namespace
}  // namespace transept::tools
