#include "engine/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace transept {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  const Result<JsonTree> json = parse_json(text, "c.json");
  EXPECT_FALSE(json.ok()) << text.substr(0, 80);
  EXPECT_EQ(json.status().code(), Code::kCorrupt);
  return json.status().message();
}

std::string nested(std::size_t levels, const std::string& open, const std::string& close) {
  std::string text = "{\"a\": ";
  for (std::size_t i = 0; i < levels; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < levels; ++i) text += close;
  return text + "}";
}

TEST(Json, IsBoundedInDepth) {
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth - 1, "[", "]"), "c.json").ok());
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth - 1, "{\"a\":", "}"), "c.json").ok());
  for (const std::size_t levels : {kMaxJsonDepth, std::size_t{1'000}, std::size_t{1'000'000}}) {
    EXPECT_THAT(error_of(nested(levels, "[", "]")), HasSubstr("levels deep"));
    EXPECT_THAT(error_of(nested(levels, "{\"a\":", "}")), HasSubstr("levels deep"));
    EXPECT_THAT(error_of(nested(levels, "[", "")), HasSubstr("levels deep"));
  }
}

TEST(Json, BracketsInStringsAreNoLevels) {
  const std::string brackets(1000, '[');
  const auto json = parse_json("{\"" + brackets + "\\\"\": \"\\\\" + brackets + "\"}", "c.json");
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_EQ(json->begin().value(), "\\" + brackets);
  // Lists one after the other do not nest.
  std::string wide = "{\"a\": [";
  for (int i = 0; i < 1000; ++i) wide += "[],";
  EXPECT_TRUE(parse_json(wide + "[]]}", "c.json").ok());
}

TEST(Json, ReadsWhatPythonWrites) {
  const auto json = parse_json(
      R"({"a": NaN, "b": [Infinity, -Infinity, -1], "c": "NaN", "d": "-Infinity\" NaN"})",
      "c.json");
  ASSERT_TRUE(json.ok()) << json.status().message();
  EXPECT_FALSE((*json)["a"].is_number());
  EXPECT_EQ((*json)["a"], "NaN");
  EXPECT_EQ((*json)["b"][1], "-Infinity");
  EXPECT_EQ((*json)["b"][2], -1);
  EXPECT_EQ((*json)["d"], "-Infinity\" NaN");
  // The last of equal keys counts, as in Python.
  EXPECT_EQ((*parse_json(R"({"a": 1, "a": 2})", "c.json"))["a"], 2);
}

TEST(Json, NamesThePlaceOfAnError) {
  EXPECT_EQ(error_of(R"({"a": 1, })"), "c.json: not valid JSON at byte 10");
  EXPECT_EQ(error_of(R"({"a": NaN, "b": Infinity, })"), "c.json: not valid JSON at byte 27");
  EXPECT_EQ(error_of("[1]"), "c.json: expected a JSON object");
  EXPECT_THAT(error_of(R"({"a": NaNa})"), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of(R"({"a": 1e999})"), HasSubstr("range"));
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of("<!doctype html>"), HasSubstr("web page"));
  EXPECT_THAT(error_of("version https://git-lfs.github.com/spec/v1\nsize 12\n"),
              HasSubstr("git-lfs pointer"));
}

}  // namespace
}  // namespace transept
