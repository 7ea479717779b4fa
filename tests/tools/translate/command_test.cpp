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
    text +=
        (text.empty() ? "" : " ") + (value.is_string() ? value.get<std::string>() : value.dump());
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
  const Outcome outcome =
      run({"translate"},
          {.input = "\n" + kStation + "\n\n\nGood morning!\n \nno line feed at the end"});
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

TEST(Translate, EmptyInputGivesEmptyOutput) {
  const Outcome outcome = run({"translate"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "");
}

TEST(Translate, EachArgumentIsALineAndLineFeedsStartOthers) {
  const Outcome separate = run({"translate", "Good morning!\n" + kStation, "", "Thank you."});
  const Outcome piped =
      run({"translate"}, {.input = "Good morning!\n" + kStation + "\n\nThank you.\n"});
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
  EXPECT_LE(std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }),
            12)
      << text;
  EXPECT_EQ(std::stof(text), static_cast<float>(score));
}

TEST(Translate, AnEmptyLineIsAnObjectToo) {
  const std::vector<json> objects =
      objects_of(run({"translate", "--format", "jsonl"}, {.input = "\nGood morning!\n"}).out);
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0]["text"], "");
  EXPECT_EQ(objects[0]["hypotheses"][0]["text"], "");
  EXPECT_EQ(objects[1]["line"], 1);
}

TEST(Translate, NBestListsAreInMosesFormat) {
  const Outcome outcome = run(
      {"translate", "--format", "nbest", "--beam", "3", "--n-best", "2", kStation, "Thank you."});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 4u);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, testing::ContainsRegex(
                          "^[01] \\|\\|\\| .+ \\|\\|\\| F0= -[0-9.e-]+ \\|\\|\\| -[0-9.e-]+$"));
  }
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
  const json from_ids =
      translate_to_json({"--beam", "2", "--input", "ids", join(from_text["source_ids"])});
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
  for (int i = 0; i < 120; ++i) {
    text += "The train number " + std::to_string(i) + " leaves at noon.  ";
  }
  const json object = translate_to_json({"--beam", "1", text});
  EXPECT_THAT(object["flags"], testing::Contains("split"));
  // What the model saw is the whole text.
  ASSERT_EQ(object["segments"].size(), 120u);
  std::string seen;
  for (const json& segment : object["segments"]) {
    for (const json& token : segment["source_tokens"]) {
      seen += token == "</s>" ? "" : token.get<std::string>();
    }
  }
  std::string expected;
  for (const std::string& word : words_of(text)) expected += "\xE2\x96\x81" + word;
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(object["hypotheses"][0]["text"], object["text"]);
  EXPECT_EQ(words_of(join(object["source_tokens"])).size(), object["source_ids"].size());

  const Outcome refused = run({"translate", "--split", "none", text});
  EXPECT_EQ(refused.code, 3);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, StartsWith("transept: line 1: "));
}

const std::string kKanji = "\xE6\xBC\xA2\xE5\xAD\x97";
const std::string kPrivet = "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82";
const std::string kPizza = "\xF0\x9F\x8D\x95";
const std::string kFamily = "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9";  // joined by U+200D

TEST(Translate, LinesOfUnknownTextComeBackAndAreCounted) {
  const std::string lines = kKanji + "\n" + kPrivet + "\n" + kPizza + " " + kFamily + "\n" +
                            kPrivet + ", " + kPrivet + "!\n\xE2\x96\x81\n";
  const Outcome outcome = run({"translate"}, {.input = lines});
  EXPECT_EQ(outcome.out, lines);
  EXPECT_THAT(outcome.err, HasSubstr("5 lines of which the model's vocabulary knows nothing"));
  for (const char* how : {"lines", "symbols", "auto"}) {
    EXPECT_EQ(run({"translate", "--copy-unknown", how}, {.input = lines}).out, lines);
  }

  const json object = translate_to_json({"--n-best", "2", kPrivet});
  EXPECT_EQ(object["text"], kPrivet);
  EXPECT_EQ(object["flags"], json::array({"unknown_source"}));
  ASSERT_EQ(object["hypotheses"].size(), 1u);
  EXPECT_EQ(object["hypotheses"][0]["ids"], json::array());
  EXPECT_EQ(object["hypotheses"][0]["score"], 0.0);
  EXPECT_EQ(run({"translate", "--format", "nbest", kPrivet}).out,
            "0 ||| " + kPrivet + " ||| F0= 0 ||| 0\n");

  const json off = translate_to_json({"--copy-unknown", "off", kPrivet});
  EXPECT_NE(off["text"], kPrivet);
  EXPECT_EQ(off["flags"], json::array({"unknown_source"}));
}

TEST(Translate, OnlyTheUnknownSentenceOfALineComesBack) {
  const std::string tired = lines_of(run({"translate", "I am tired."}).out).at(0);
  for (const std::string& unknown : {kKanji + "\xE3\x80\x82", kPrivet + "!"}) {
    const json object = translate_to_json({"--split", "sentences", unknown + " I am tired."});
    EXPECT_EQ(object["text"], unknown + " " + tired);
    EXPECT_THAT(object["flags"], testing::Contains("unknown_source"));
  }
  for (const std::string& mixed : {kKanji + " 2024", "My name is " + kPrivet + "."}) {
    EXPECT_EQ(translate_to_json({mixed})["flags"], json::array()) << mixed;
  }
}

TEST(Translate, SymbolsStayWhereTheyWereOnRequest) {
  const auto symbols = [](const std::string& text) {
    return lines_of(run({"translate", "--copy-unknown", "symbols", text}).out).at(0);
  };
  const auto plain = [](const std::string& text) {
    return lines_of(run({"translate", text}).out).at(0);
  };
  const auto has_in_order = [](const std::string& text, const std::vector<std::string>& parts) {
    std::size_t at = 0;
    for (const std::string& part : parts) {
      at = text.find(part, at);
      if (at == std::string::npos) return false;
      at += part.size();
    }
    return true;
  };
  EXPECT_EQ(symbols(kPizza + " Good morning!"), kPizza + " " + plain("Good morning!"));
  EXPECT_EQ(symbols("I am happy. " + kPizza), plain("I am happy.") + " " + kPizza);
  EXPECT_EQ(symbols("The house " + kPizza + " is old."), "Das Haus " + kPizza + " ist alt.");
  EXPECT_TRUE(has_in_order(symbols("I love " + kPizza + " very much."),
                           {"liebe", " " + kPizza + " ", "sehr"}));
  EXPECT_TRUE(
      has_in_order(symbols("My family " + kFamily + " is big, the house " + kPizza + " is old."),
                   {"Familie", kFamily, "Haus", kPizza, "ist"}));
  EXPECT_EQ(symbols(kStation), plain(kStation));
  EXPECT_EQ(symbols(kKanji), kKanji);
  // The attention that decides is shown only where it is asked for.
  const json object = translate_to_json({"--copy-unknown", "symbols", "I am happy. " + kPizza});
  EXPECT_FALSE(object["hypotheses"][0].contains("attention"));
}

TEST(Translate, SpecialTokensInATextAreText) {
  for (const std::string& text : {std::string("</s>"), std::string("<pad>"),
                                  std::string("I am </s> tired."), std::string("I <pad></s> am")}) {
    const json as_text = translate_to_json({text});
    const std::vector<int> ids = as_text["source_ids"];
    EXPECT_EQ(std::count(ids.begin(), ids.end(), 0), 1) << text;
    EXPECT_EQ(std::count(ids.begin(), ids.end(), 7999), 0) << text;
    const json as_tokens = translate_to_json({"--special-tokens", text});
    const std::vector<int> specials = as_tokens["source_ids"];
    EXPECT_GT(std::count(specials.begin(), specials.end(), 0) +
                  std::count(specials.begin(), specials.end(), 7999),
              1)
        << text;
  }
  // Words between such marks are no language code of a model that has none.
  EXPECT_NE(join(translate_to_json({">>Stop<< he said."})["source_tokens"]).find("op"),
            std::string::npos);
  EXPECT_EQ(translate_to_json({"--special-tokens", ">>Stop<< he said."})["source_ids"][0], 1);
  // Tokens are what they are called.
  EXPECT_EQ(translate_to_json({"--input", "tokens", "<pad> </s>"})["source_ids"],
            json::array({7999, 0, 0}));
}

// The default model's configuration forces the end token at the bound, which tells nothing.
TEST(Translate, AnEndTokenAtTheBoundIsNoCut) {
  for (const std::string beam : {"1", "4"}) {
    for (const std::string text : {"I am tired.", "Where is the station?", "He is not here."}) {
      const json whole = translate_to_json({"--beam", beam, text});
      const std::size_t length = whole["hypotheses"][0]["ids"].size();
      const auto flags = [&](std::size_t bound) {
        return translate_to_json({"--beam", beam, "--max-length", std::to_string(bound), text})
            .at("flags");
      };
      EXPECT_EQ(flags(length), json::array()) << text;
      EXPECT_EQ(flags(length - 1), json::array({"max-length"})) << text;
      EXPECT_EQ(
          run({"translate", "--beam", beam, "--max-length", std::to_string(length), text}).err, "");
    }
  }
}

TEST(Translate, TruncationIsAskedForAndReported) {
  const Outcome outcome =
      run({"translate", "--format", "jsonl", "--truncate-input", "4", kStation});
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

// The source token of largest weight for each target token, the first of equals; by source, then
// target.
json best_pairs(const json& attention) {
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t t = 0; t < attention.size(); ++t) {
    std::size_t best = 0;
    for (std::size_t s = 1; s < attention[t].size(); ++s) {
      if (attention[t][s] > attention[t][best]) best = s;
    }
    pairs.emplace_back(best, t);
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

std::string pairs_text(const json& pairs) {
  std::string text;
  for (const json& pair : pairs) {
    text += (text.empty() ? "" : " ") + pair[0].dump() + "-" + pair[1].dump();
  }
  return text;
}

TEST(Translate, AttentionHasARowForEachTokenAndAColumnForEachSourceToken) {
  const json object = translate_to_json({"--beam", "3", "--n-best", "2", "--attention", kStation});
  ASSERT_EQ(object["hypotheses"].size(), 2u);
  for (const json& one : object["hypotheses"]) {
    ASSERT_EQ(one["attention"].size(), one["ids"].size());
    for (const json& row : one["attention"]) {
      ASSERT_EQ(row.size(), object["source_ids"].size());
      double sum = 0.0;
      for (const json& weight : row) sum += weight.get<double>();
      EXPECT_NEAR(sum, 1.0, 1e-5);
    }
    EXPECT_FALSE(one.contains("alignment"));
  }
  EXPECT_FALSE(translate_to_json({kStation})["hypotheses"][0].contains("attention"));
}

TEST(Translate, HardAlignmentsAreTheLargestWeights) {
  const json object = translate_to_json({"--attention", "--alignments", "hard", kStation});
  const json& best = object["hypotheses"][0];
  EXPECT_EQ(best["alignment"], best_pairs(best["attention"]));
  const Outcome text = run({"translate", "--alignments", "hard", kStation});
  EXPECT_EQ(text.out,
            object["text"].get<std::string>() + " ||| " + pairs_text(best["alignment"]) + "\n");
}

TEST(Translate, AlignmentsAboveANumber) {
  const json object = translate_to_json({"--attention", "--alignments", "0.25", kStation});
  const json& best = object["hypotheses"][0];
  std::vector<std::pair<std::size_t, std::size_t>> expected;
  for (std::size_t s = 0; s < object["source_ids"].size(); ++s) {
    for (std::size_t t = 0; t < best["ids"].size(); ++t) {
      if (best["attention"][t][s].get<float>() > 0.25f) expected.emplace_back(s, t);
    }
  }
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(best["alignment"], json(expected));
}

TEST(Translate, SoftAlignmentsReadBackToTheSameBits) {
  const json object = translate_to_json({"--alignments", "soft", kStation});
  const json& best = object["hypotheses"][0];
  EXPECT_FALSE(best.contains("alignment"));
  std::string text;
  for (const json& row : best["attention"]) {
    text += text.empty() ? "" : " ";
    for (std::size_t s = 0; s < row.size(); ++s) text += (s > 0 ? "," : "") + row[s].dump();
  }
  const Outcome outcome = run({"translate", "--alignments", "soft", kStation});
  const std::string line = lines_of(outcome.out).at(0);
  const std::string alignment = line.substr(line.rfind(" ||| ") + 5);
  const auto numbers_of = [](std::string all) {
    std::replace(all.begin(), all.end(), ',', ' ');
    std::vector<float> numbers;
    for (const std::string& word : words_of(all)) numbers.push_back(std::stof(word));
    return numbers;
  };
  EXPECT_EQ(numbers_of(alignment), numbers_of(text));
  EXPECT_EQ(std::count(alignment.begin(), alignment.end(), ' '),
            std::count(text.begin(), text.end(), ' '));
}

TEST(Translate, AlignmentsInNBestListsAndOfEmptyLines) {
  const Outcome outcome = run({"translate", "--format", "nbest", "--beam", "3", "--n-best", "2",
                               "--alignments", "hard", kStation, ""});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 3u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(lines[i], testing::ContainsRegex("^0 \\|\\|\\| .+ \\|\\|\\| 0-0( [0-9]+-[0-9]+)+ "
                                                 "\\|\\|\\| F0= -[0-9.e-]+ \\|\\|\\| -[0-9.e-]+$"));
  }
  EXPECT_EQ(lines[2], "1 |||  |||  ||| F0= 0 ||| 0");
  EXPECT_EQ(run({"translate", "--alignments", "hard", ""}).out, " ||| \n");
  const json empty = translate_to_json({"--alignments", "hard", "--attention", ""});
  EXPECT_EQ(empty["hypotheses"][0]["alignment"], json::array());
  EXPECT_EQ(empty["hypotheses"][0]["attention"], json::array());
}

TEST(Translate, AlignmentFlagsThatMakeNoSenseAreRefused) {
  for (const char* word : {"1", "-0.1", "nan", "best", "0.5x"}) {
    const Outcome outcome = run({"translate", "--alignments", word, kStation});
    EXPECT_EQ(outcome.code, 2) << word;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr("is not hard, soft or a number from 0 to below 1"));
  }
  for (const char* format : {"text", "nbest"}) {
    const Outcome outcome = run({"translate", "--attention", "--format", format, kStation});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--attention needs --format jsonl"));
  }
}

TEST(Translate, SuppressedWordsDoNotCome) {
  const json best = translate_to_json({kStation});
  const json& tokens = best["hypotheses"][0]["tokens"];
  const json& ids = best["hypotheses"][0]["ids"];
  const json by_token = translate_to_json(
      {"--input", "tokens", "--suppress", tokens[0], join(best["source_tokens"])});
  for (const json& token : by_token["hypotheses"][0]["tokens"]) EXPECT_NE(token, tokens[0]);

  const std::string file = testing::TempDir() + "bad_words.txt";
  std::ofstream(file) << join(ids[0]) << '\n';
  const json by_id =
      translate_to_json({"--input", "ids", "--bad-words", file, join(best["source_ids"])});
  for (const json& id : by_id["hypotheses"][0]["ids"]) EXPECT_NE(id, ids[0]);
}

TEST(Translate, LengthsAreBounded) {
  const json object = translate_to_json({"--max-length", "2", kStation});
  EXPECT_EQ(object["hypotheses"][0]["ids"].size(), 2u);
  EXPECT_THAT(object["flags"], testing::Contains("max-length"));
  EXPECT_GE(translate_to_json({"--min-length", "20", kStation})["hypotheses"][0]["ids"].size(),
            20u);
}

// Lines of a kind the default model has never seen: it says a few tokens up to the bound.
const std::vector<std::string> kLoops = {"GAS RUN INSPECTION",
                                         "HVAC UNIT REPLACEMENT",
                                         "THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG",
                                         "INVOICE NUMBER DATE AMOUNT DUE",
                                         "SELECT * FROM users WHERE id = 1",
                                         "12345678901234567890123456789012345678901234567890",
                                         "3.14159265358979323846264338327950288419716939937510",
                                         "-(((---(((--------"};

std::string joined_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::vector<json> translate_all(std::vector<std::string> flags, const std::string& input) {
  flags.insert(flags.begin(), {"translate", "--format", "jsonl", "--attention"});
  const Outcome outcome = run(flags, {.input = input});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return objects_of(outcome.out);
}

TEST(Translate, RepetitionsWithoutEndAreStopped) {
  for (const std::string beam : {"1", "4"}) {
    const auto guarded = translate_all({"--beam", beam}, joined_lines(kLoops));
    const auto whole = translate_all({"--beam", beam, "--loop-guard", "off"}, joined_lines(kLoops));
    ASSERT_EQ(guarded.size(), kLoops.size());
    ASSERT_EQ(whole.size(), kLoops.size());
    for (std::size_t i = 0; i < kLoops.size(); ++i) {
      SCOPED_TRACE(kLoops[i] + ", beam " + beam);
      EXPECT_EQ(whole[i]["flags"], json::array({"max-length"}));
      EXPECT_EQ(guarded[i]["flags"], json::array({"repetition"}));
      const json& best = guarded[i]["hypotheses"][0];
      const std::size_t kept = best["ids"].size();
      EXPECT_LE(kept, 2 * guarded[i]["source_ids"].size());
      const json& all = whole[i]["hypotheses"][0]["ids"];
      if (beam == "1") {
        EXPECT_TRUE(std::equal(best["ids"].begin(), best["ids"].end(), all.begin()));
      }
      // What comes with each token is cut as well.
      for (const char* key : {"tokens", "token_scores", "attention"}) {
        EXPECT_EQ(best[key].size(), kept) << key;
      }
      EXPECT_EQ(best["score"].get<float>(), best["sum"].get<float>() / static_cast<float>(kept));
      EXPECT_FALSE(guarded[i]["text"].get<std::string>().empty());
    }
  }
}

TEST(Translate, RepetitionsAreSaidAtTheEnd) {
  const Outcome one = run({"translate", "--beam", "1", kLoops[0], kStation});
  EXPECT_THAT(one.err, HasSubstr("1 line stopped in a repetition"));
  EXPECT_THAT(run({"translate", "--beam", "1", kLoops[0], kStation, kLoops[1]}).err,
              HasSubstr("2 lines stopped in a repetition"));
  EXPECT_EQ(run({"translate", kStation}).err, "");
  EXPECT_EQ(run({"translate", "--loop-guard", "maybe", kStation}).code, 2);
}

TEST(Translate, WhatTheSourceRepeatsIsKept) {
  const std::string lines = joined_lines(
      {"no, no, no, no", "ha ha ha ha ha", "ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha ha",
       "......", std::string(100, '.'), std::string(79, '-'), "a a a a a", "1 2 3 4 5 6 7 8 9 10",
       "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0", "AAAAAAAAAAAAAAAA", "Hurray! Hurray! Hurray! Hurray!",
       "I am very, very, very, very, very tired.",
       "one two three four five six seven eight nine ten",
       "bread and butter and milk and eggs and cheese"});
  for (const std::string beam : {"1", "4"}) {
    EXPECT_EQ(translate_all({"--beam", beam}, lines),
              translate_all({"--beam", beam, "--loop-guard", "off"}, lines));
  }
}

TEST(Translate, IdsAndTokensAreGuardedOnRequestOnly) {
  const json text = translate_to_json({"--beam", "1", kLoops[0]});
  for (const std::string form : {"ids", "tokens"}) {
    SCOPED_TRACE(form);
    std::string line = join(text["source_" + form]);
    if (form == "tokens") line.resize(line.rfind(' '));  // the end token is added
    const json whole = translate_to_json({"--beam", "1", "--input", form, line});
    EXPECT_EQ(whole["flags"], json::array({"max-length"}));
    const json guarded =
        translate_to_json({"--beam", "1", "--input", form, "--loop-guard", "on", line});
    EXPECT_EQ(guarded["flags"], text["flags"]);
    EXPECT_EQ(guarded["hypotheses"], text["hypotheses"]);
  }
}

TEST(Translate, ResultsDoNotDependOnThreadsOrBatches) {
  std::string input;
  for (int i = 0; i < 40; ++i) {
    input += "Train " + std::to_string(i * 37) + " goes to the " +
             (i % 2 ? "sea.\n" : "old town, I think.\n");
  }
  const Outcome one =
      run({"translate", "--format", "jsonl", "--attention", "--beam", "3", "--threads", "1"},
          {.input = input});
  const Outcome other = run({"translate", "--format", "jsonl", "--attention", "--beam", "3",
                             "--threads", "3", "--batch-tokens", "40"},
                            {.input = input});
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_EQ(lines_of(one.out).size(), 40u);
  EXPECT_EQ(one.out, other.out);
}

}  // namespace
}  // namespace transept::testing_support
