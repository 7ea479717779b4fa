// transept translate, run as a user runs it: what goes in and what comes out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kStation = "Where is the station?";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::vector<json> objects_of(const std::string& text) {
  std::vector<json> objects;
  for (const std::string& line : lines_of(text)) objects.push_back(json::parse(line));
  return objects;
}

json translate_to_json(const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"translate", "--format", "jsonl"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run(all);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return json::parse(outcome.out);
}

std::string join(const json& values) {
  std::string text;
  for (const json& value : values) {
    text += (text.empty() ? "" : " ") + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text;
}

TEST(Translate, UsesTheModelThatComesWithTheProgram) {
  const Outcome outcome = run({"translate", kStation});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Bahnhof"));
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
  EXPECT_EQ(outcome.err, "");
}

TEST(Translate, GivesALineForEachLine) {
  const Outcome outcome = run({"translate"}, {.input = "\n" + kStation + "\n\n\nGood morning!\n \nno line feed at the end"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 7u);
  EXPECT_EQ(lines[0], "");
  EXPECT_THAT(lines[1], HasSubstr("Bahnhof"));
  EXPECT_EQ(lines[2], "");
  EXPECT_EQ(lines[3], "");
  EXPECT_NE(lines[4], "");
  EXPECT_EQ(lines[5], "");
  EXPECT_NE(lines[6], "");
  EXPECT_EQ(outcome.out.back(), '\n');
}

TEST(Translate, OnlyLineFeedsEndALine) {
  const Outcome outcome = run({"translate"}, {.input = "Hello.\r\nOne\xE2\x80\xA8two\x0B three\x0C four.\n"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(lines_of(outcome.out).size(), 2u);
}

TEST(Translate, EmptyInputGivesEmptyOutput) {
  const Outcome outcome = run({"translate"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "");
}

TEST(Translate, EachArgumentIsALineAndLineFeedsStartOthers) {
  const Outcome separate = run({"translate", "Good morning!\n" + kStation, "", "Thank you."});
  const Outcome piped = run({"translate"}, {.input = "Good morning!\n" + kStation + "\n\nThank you.\n"});
  EXPECT_EQ(separate.out, piped.out);
  EXPECT_EQ(lines_of(separate.out).size(), 4u);
}

TEST(Translate, ArgumentsMayBeAnyText) {
  const std::vector<std::string> texts = {"[one, two]", "++",         "inspect", "translate",
                                          "- Hello",    "-5 degrees", "[]",      "-"};
  std::vector<std::string> arguments = {"translate", "--beam", "1"};
  arguments.insert(arguments.end(), texts.begin(), texts.end());
  const Outcome as_arguments = run(arguments);
  std::string lines;
  for (const std::string& text : texts) lines += text + '\n';
  const Outcome piped = run({"translate", "--beam", "1"}, {.input = lines});
  EXPECT_EQ(as_arguments.code, 0) << as_arguments.err;
  EXPECT_EQ(as_arguments.out, piped.out);
  EXPECT_EQ(lines_of(as_arguments.out).size(), texts.size());
}

TEST(Translate, FlagsMayStandBehindTexts) {
  const Outcome outcome =
      run({"translate", kStation, "--format", "jsonl", "Thank you.", "--beam=1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(objects_of(outcome.out).size(), 2u);
}

TEST(Translate, ADashIsStandardInputAndOutput) {
  const Outcome outcome = run({"translate", "-i", "-", "-o", "-"}, {.input = kStation + "\n"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, run({"translate", kStation}).out);
}

TEST(Translate, TextThatLooksLikeAFlagStandsBehindTwoDashes) {
  const Outcome outcome = run({"translate", "--", "--beam"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(lines_of(outcome.out).size(), 1u);
}

TEST(Translate, JsonHoldsIdsTokensAndScoresThatFitEachOther) {
  const json object = translate_to_json({"--beam", "4", "--n-best", "3", kStation});
  EXPECT_EQ(object["line"], 0);
  ASSERT_EQ(object["hypotheses"].size(), 3u);
  EXPECT_EQ(object["text"], object["hypotheses"][0]["text"]);
  EXPECT_EQ(object["source_ids"].size(), object["source_tokens"].size());
  EXPECT_EQ(object["flags"], json::array());
  double last_score = 0.0;
  for (const json& hypothesis : object["hypotheses"]) {
    ASSERT_EQ(hypothesis["ids"].size(), hypothesis["tokens"].size());
    ASSERT_EQ(hypothesis["ids"].size(), hypothesis["token_scores"].size());
    double sum = 0.0;
    for (const json& score : hypothesis["token_scores"]) sum += score.get<double>();
    EXPECT_NEAR(sum, hypothesis["sum"].get<double>(), 1e-4);
    EXPECT_LE(hypothesis["score"].get<double>(), last_score);
    last_score = hypothesis["score"].get<double>();
  }
}

TEST(Translate, JsonNumbersReadBackToTheSameBits) {
  const Outcome outcome = run({"translate", "--format", "jsonl", kStation});
  const json object = json::parse(outcome.out);
  const auto score = object["hypotheses"][0]["score"].get<double>();
  EXPECT_NE(score, 0.0);
  // The shortest text for a float has at most nine digits.
  const std::size_t begin = outcome.out.find("\"score\":") + 8;
  const std::string text = outcome.out.substr(begin, outcome.out.find(',', begin) - begin);
  EXPECT_LE(std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }), 12) << text;
  EXPECT_EQ(std::stof(text), static_cast<float>(score));
}

TEST(Translate, AnEmptyLineIsAnObjectToo) {
  const std::vector<json> objects = objects_of(run({"translate", "--format", "jsonl"}, {.input = "\nGood morning!\n"}).out);
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0]["text"], "");
  EXPECT_EQ(objects[0]["hypotheses"][0]["text"], "");
  EXPECT_EQ(objects[1]["line"], 1);
}

TEST(Translate, NBestListsAreInMosesFormat) {
  const Outcome outcome = run({"translate", "--format", "nbest", "--beam", "3", "--n-best", "2", kStation, "Thank you."});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4u);
  for (const std::string& line : lines) EXPECT_THAT(line, testing::ContainsRegex("^[01] \\|\\|\\| .+ \\|\\|\\| F0= -[0-9.e-]+ \\|\\|\\| -[0-9.e-]+$"));
  EXPECT_THAT(lines[0], StartsWith("0 "));
  EXPECT_THAT(lines[2], StartsWith("1 "));
}

TEST(Translate, ScoresStandInFrontOfTheText) {
  const Outcome plain = run({"translate", kStation});
  const Outcome scored = run({"translate", "--scores", kStation});
  const std::size_t tab = scored.out.find('\t');
  ASSERT_NE(tab, std::string::npos);
  EXPECT_LT(std::stof(scored.out.substr(0, tab)), 0.0f);
  EXPECT_EQ(scored.out.substr(tab + 1), plain.out);
}

TEST(Translate, TokensAndIdsOfATextGiveTheSameAsTheText) {
  const json from_text = translate_to_json({"--beam", "2", kStation});
  json tokens = from_text["source_tokens"];
  tokens.erase(tokens.size() - 1);  // the end token is added again
  const json from_tokens = translate_to_json({"--beam", "2", "--input", "tokens", join(tokens)});
  const json from_ids = translate_to_json({"--beam", "2", "--input", "ids", join(from_text["source_ids"])});
  EXPECT_EQ(from_tokens, from_text);
  EXPECT_EQ(from_ids, from_text);
}

TEST(Translate, IdsAreTakenAsTheyAre) {
  const json object = translate_to_json({"--input", "ids", "0"});
  EXPECT_EQ(object["source_ids"], json::array({0}));
  const Outcome empty = run({"translate", "--input", "ids"}, {.input = "\n0\n"});
  EXPECT_EQ(lines_of(empty.out).size(), 2u);
}

TEST(Translate, LongLinesAreSplitAndNothingOfThemIsLost) {
  std::string text;
  for (int i = 0; i < 120; ++i) text += "The train number " + std::to_string(i) + " leaves at noon.  ";
  const json object = translate_to_json({"--beam", "1", text});
  EXPECT_THAT(object["flags"], testing::Contains("split"));
  // What the model saw is the whole text.
  ASSERT_EQ(object["segments"].size(), 120u);
  std::string seen;
  for (const json& segment : object["segments"]) {
    for (const json& token : segment["source_tokens"]) seen += token == "</s>" ? "" : token.get<std::string>();
  }
  std::string expected;
  for (const std::string& word : words_of(text)) expected += "\xE2\x96\x81" + word;
  EXPECT_EQ(seen, expected);
  EXPECT_THAT(object["text"].get<std::string>(), testing::EndsWith("  "));

  const Outcome refused = run({"translate", "--split", "none", text});
  EXPECT_EQ(refused.code, 3);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, StartsWith("transept: line 1: "));
}

TEST(Translate, SplittingAtSentencesKeepsWhatStandsBetween) {
  const json object = translate_to_json({"--split", "sentences", "Good morning!   Where is the station?"});
  ASSERT_EQ(object["segments"].size(), 2u);
  const std::string text = object["text"];
  EXPECT_EQ(text, object["segments"][0]["hypotheses"][0]["text"].get<std::string>() + "   " +
                      object["segments"][1]["hypotheses"][0]["text"].get<std::string>());
}

TEST(Translate, TruncationIsAskedForAndReported) {
  const Outcome outcome = run({"translate", "--format", "jsonl", "--truncate-input", "4", kStation});
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["source_ids"].size(), 4u);
  EXPECT_EQ(object["source_ids"].back(), 0);
  EXPECT_THAT(object["flags"], testing::Contains("truncated"));
  EXPECT_THAT(outcome.err, HasSubstr("1 line cut"));
}

TEST(Translate, TruncationHoldsForEachSentenceOfASplitLine) {
  const json object = translate_to_json({"--truncate-input", "4", "--split", "sentences",
                                         "Good morning, my dear friends!  " + kStation});
  ASSERT_EQ(object["segments"].size(), 2u);
  for (const json& segment : object["segments"]) EXPECT_EQ(segment["source_ids"].size(), 4u);
  EXPECT_EQ(object["flags"], json::array({"split", "truncated"}));
}

TEST(Translate, BlanksBetweenIdsMayBeTabsAndCarriageReturns) {
  const Outcome plain = run({"translate", "--input", "ids"}, {.input = "5 6 0\n"});
  const Outcome windows = run({"translate", "--input", "ids"}, {.input = "5\t6  0\r\n"});
  EXPECT_EQ(windows.code, 0) << windows.err;
  EXPECT_EQ(windows.out, plain.out);
}

TEST(Translate, SuppressedWordsDoNotCome) {
  const json best = translate_to_json({kStation});
  const json& tokens = best["hypotheses"][0]["tokens"];
  const json& ids = best["hypotheses"][0]["ids"];
  const json by_token = translate_to_json({"--input", "tokens", "--suppress", tokens[0],
                                           join(best["source_tokens"])});
  for (const json& token : by_token["hypotheses"][0]["tokens"]) EXPECT_NE(token, tokens[0]);

  const std::string file = testing::TempDir() + "bad_words.txt";
  std::ofstream(file) << join(ids[0]) << '\n';
  const json by_id = translate_to_json({"--input", "ids", "--bad-words", file, join(best["source_ids"])});
  for (const json& id : by_id["hypotheses"][0]["ids"]) EXPECT_NE(id, ids[0]);
}

TEST(Translate, LengthsAreBounded) {
  const json object = translate_to_json({"--max-length", "2", kStation});
  EXPECT_EQ(object["hypotheses"][0]["ids"].size(), 2u);
  EXPECT_THAT(object["flags"], testing::Contains("max-length"));
  EXPECT_GE(translate_to_json({"--min-length", "20", kStation})["hypotheses"][0]["ids"].size(), 20u);
}

TEST(Translate, ResultsDoNotDependOnThreadsOrBatches) {
  std::string input;
  for (int i = 0; i < 40; ++i) input += "Train " + std::to_string(i * 37) + " goes to the " + (i % 2 ? "sea.\n" : "old town, I think.\n");
  const Outcome one = run({"translate", "--format", "jsonl", "--beam", "3", "--threads", "1"}, {.input = input});
  const Outcome other = run({"translate", "--format", "jsonl", "--beam", "3", "--threads", "3", "--batch-tokens", "40"}, {.input = input});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(lines_of(one.out).size(), 40u);
  EXPECT_EQ(one.out, other.out);
}

}  // namespace
}  // namespace transept::testing_support
