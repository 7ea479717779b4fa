// Reports as JSON and as pages; tests/data/html/gallery.json has every kind of chart.
#include "tools/html/report.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "tests/support/files.h"

namespace transept::html {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string gallery() { return read_file(TRANSEPT_TEST_DATA "/html/gallery.json"); }

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

std::string error_of(const std::string& json) {
  const Result<Report> report = parse_report(json);
  EXPECT_FALSE(report.ok()) << json;
  EXPECT_EQ(report.status().code(), Code::kInput);
  return report.status().message();
}

// Every element that is opened is closed, in order; void elements aside.
void expect_well_formed(const std::string& html) {
  const std::regex tag("<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*?(/?)>");
  std::vector<std::string> open;
  const std::string body = std::regex_replace(html, std::regex("<!DOCTYPE html>"), "");
  for (std::sregex_iterator it(body.begin(), body.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || (*it)[3].length() > 0) continue;
    if ((*it)[1].length() == 0) {
      open.push_back(name);
    } else {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ(open.back(), name);
      open.pop_back();
    }
  }
  EXPECT_TRUE(open.empty());
}

TEST(Report, TheGalleryIsOnePageThatNeedsNothingElse) {
  const Result<Report> report = parse_report(gallery());
  ASSERT_TRUE(report.ok()) << report.status().message();
  const std::string html = to_html(*report);
  expect_well_formed(html);
  EXPECT_EQ(count(html, "<figure>"), 15u);
  EXPECT_EQ(count(html, "role=\"img\"><title>"), 15u);
  EXPECT_EQ(count(html, "<desc>"), 15u);
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(html, HasSubstr("@media print"));
  for (const char* fetches : {"<script", "<link", "<img", "http:", "https:", "url(", "@import"}) {
    EXPECT_THAT(html, Not(HasSubstr(fetches)));
  }
  EXPECT_THAT(html, HasSubstr("&lt;b&gt;not bold&lt;/b&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(html, Not(HasSubstr("inf\"")));
}

TEST(Report, JsonComesBackAsTheSamePage) {
  const Result<Report> report = parse_report(gallery());
  ASSERT_TRUE(report.ok());
  const Result<Report> again = parse_report(to_json(*report));
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(to_html(*again), to_html(*report));
}

TEST(Report, JsonHasRoomForMore) {
  const std::string json = to_json(Report{.title = "t"}, "\"machine\":{\"cores\":2}");
  EXPECT_EQ(nlohmann::json::parse(json)["machine"]["cores"], 2);
  EXPECT_TRUE(parse_report(json).ok());
}

TEST(Report, NumbersThatDoNotExistBecomeNull) {
  Report report{.title = "t", .sections = {{.title = "s"}}};
  BarChart bars{.categories = {"a", "b"}};
  bars.series.push_back({.name = "x", .values = {kNone, std::numeric_limits<double>::infinity()}});
  report.sections[0].items.emplace_back(bars);
  EXPECT_THAT(to_json(report), HasSubstr("[null,null]"));
  EXPECT_TRUE(parse_report(to_json(report)).ok());
}

TEST(Report, ErrorsNameThePlace) {
  EXPECT_THAT(error_of("{"), HasSubstr("parse error"));
  EXPECT_EQ(error_of("[]"), "the report: expected an object");
  EXPECT_EQ(error_of("{}"), "the report: expected a member \"title\"");
  EXPECT_EQ(error_of(R"({"title":3})"), "title: expected a string");
  EXPECT_EQ(error_of(R"({"title":"","sections":{}})"), "sections: expected a list");
  EXPECT_EQ(
      error_of(R"({"title":"","sections":[{"title":"","items":[{"kind":"pie"}]}]})"),
      "sections[0].items[0].kind: expected table, text, lines, bars, histogram, intervals, boxes, "
      "heatmap or roofline");
  EXPECT_EQ(error_of(R"({"title":"","sections":[{"title":"","items":[
              {"kind":"lines","series":[{"points":[[1,2],[3]]}]}]}]})"),
            "sections[0].items[0].series[0].points[1]: expected [x, y] or [x, y, low, high]");
  EXPECT_EQ(error_of(R"({"title":"","sections":[{"title":"","items":[
              {"kind":"table","columns":["a","b"],"rows":[["1"]]}]}]})"),
            "sections[0].items[0].rows[0]: expected 2 cells, one a column");
}

TEST(Report, HostileBytes) {
  const std::string whole = gallery();
  // Every prefix is an error, and no damage is worse than one.
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    EXPECT_FALSE(parse_report(std::string_view(whole).substr(0, length)).ok());
  }
  EXPECT_FALSE(parse_report(std::string(200000, '[')).ok());
  for (std::size_t i = 0; i < whole.size(); i += 41) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x15);
    const Result<Report> report = parse_report(damaged);
    if (report.ok()) expect_well_formed(to_html(*report));
  }
}

}  // namespace
}  // namespace transept::html
