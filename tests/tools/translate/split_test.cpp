// Lines of several sentences through the program: how they are split, and that what comes out has one
// form whatever was done to a line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

using nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kStation = "Where is the station?";
const std::string kTwo = "Good morning!   " + kStation;

std::string output_of(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), "translate");
  const Outcome outcome = run(arguments, {.input = input});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  return outcome.out;
}

json object_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--format", "jsonl"});
  return json::parse(output_of(arguments));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The model sees one sentence at a time, so none is left out.
TEST(Split, LinesAreTranslatedSentenceBySentence) {
  const std::vector<std::string> sentences = {"My brother lives in Berlin.",
                                              "He works in a small hotel near the station.",
                                              "Every morning he drinks coffee with his friends.",
                                              "On Sunday he visits our parents.",
                                              "They are very old now.",
                                              "We want to buy them a new house.",
                                              "It will cost a lot of money.",
                                              "I hope that we can do it next year."};
  std::string line, input;
  for (const std::string& sentence : sentences) {
    line += (line.empty() ? "" : " ") + sentence;
    input += sentence + '\n';
  }
  std::string expected = output_of({}, input);
  std::replace(expected.begin(), expected.end() - 1, '\n', ' ');
  EXPECT_EQ(output_of({line}), expected);
  const auto stops = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '.');
  };
  EXPECT_EQ(stops(expected), 8);
  EXPECT_LT(stops(output_of({"--split", "long", line})), 8);
  EXPECT_EQ(output_of({"--split", "long", line}), output_of({"--split", "none", line}));
}

TEST(Split, LinesOfOneSentenceAreTheSameHoweverTheyAreSplit) {
  const std::string input =
      "I am tired.\n  Thank you!  \nno full stop\nIt costs 3.50 dollars, he said.\n" + kStation +
      "\nDr. Smith lives here.\n";
  const std::string whole = output_of({"--format", "jsonl", "--split", "none"}, input);
  for (const char* how : {"auto", "sentences", "long"}) {
    EXPECT_EQ(output_of({"--format", "jsonl", "--split", how}, input), whole) << how;
  }
}

TEST(Split, JsonHasOneSchema) {
  const json two = object_of({"--beam", "3", "--n-best", "3", kTwo});
  const json one = object_of({"--beam", "3", "--n-best", "3", kStation});
  for (const auto& [key, value] : one.items()) {
    ASSERT_TRUE(two.contains(key)) << key;
    EXPECT_EQ(two[key].type(), value.type()) << key;
  }
  ASSERT_EQ(two["hypotheses"].size(), 3u);
  for (const json& hypothesis : two["hypotheses"]) {
    double sum = 0.0;
    for (const json& score : hypothesis["token_scores"]) sum += score.get<double>();
    EXPECT_NEAR(hypothesis["sum"].get<double>(), sum, 1e-4);
    EXPECT_NEAR(hypothesis["score"].get<double>(),
                sum / static_cast<double>(hypothesis["ids"].size()), 1e-5);
  }
  EXPECT_FALSE(one.contains("segments"));
  ASSERT_EQ(two["segments"].size(), 2u);
  EXPECT_EQ(two["segments"][1]["hypotheses"], one["hypotheses"]);
  json source = json::array();
  for (const json& segment : two["segments"]) {
    for (const json& id : segment["source_ids"]) source.push_back(id);
  }
  EXPECT_EQ(two["source_ids"], source);
  const std::string text = two["text"];
  EXPECT_EQ(text, two["segments"][0]["hypotheses"][0]["text"].get<std::string>() + "   " +
                      two["segments"][1]["hypotheses"][0]["text"].get<std::string>());
}

TEST(Split, ScoresAreThoseOfTheWholeLine) {
  for (const char* penalty : {"0.5", "1"}) {
    const json object = object_of({"--length-penalty", penalty, kTwo});
    const std::string text = output_of({"--scores", "--length-penalty", penalty, kTwo});
    const json& best = object["hypotheses"][0];
    EXPECT_EQ(std::stof(text.substr(0, text.find('\t'))), best["score"].get<float>());
    EXPECT_NEAR(best["score"].get<double>(),
                best["sum"].get<double>() / std::pow(best["ids"].size(), std::stod(penalty)), 1e-5);
  }
}

TEST(Split, NBestListsOfEveryLineHaveAsManyHypotheses) {
  const std::string input = kStation + "\n" + kTwo + "\n" + kTwo + " I am tired.\n";
  const std::vector<std::string> lines =
      lines_of(output_of({"--format", "nbest", "--beam", "5", "--n-best", "5"}, input));
  ASSERT_EQ(lines.size(), 15u);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_THAT(lines[i], StartsWith(std::to_string(i / 5) + " ||| "));
    for (std::size_t j = i / 5 * 5; i >= 5 && j < i; ++j) {
      const auto text = [&](std::size_t at) { return lines[at].substr(0, lines[at].rfind("F0=")); };
      EXPECT_NE(text(i), text(j));
    }
  }
  const std::vector<std::string> repeated = lines_of(
      output_of({"--format", "nbest", "--beam", "5", "--n-best", "5", "--n-best-repeats"}, input));
  EXPECT_EQ(repeated.size(), 15u);
  EXPECT_EQ(repeated[5], lines[5]);
}

TEST(Split, LineEndsComeBackAsTheyWere) {
  for (const char* how : {"auto", "long"}) {
    const std::string plain =
        output_of({"--split", how}, "Good morning. " + kStation + "\nI am tired.\n\nYes.\n");
    std::string expected;
    for (const std::string& line : lines_of(plain)) expected += line + "\r\n";
    EXPECT_EQ(output_of({"--split", how},
                        "Good morning. " + kStation + "\r\nI am tired.\r\n\r\nYes.\r\n"),
              expected);
  }
  EXPECT_EQ(output_of({"--format", "jsonl"}, kTwo + "\r\n"),
            output_of({"--format", "jsonl", kTwo}));
  EXPECT_EQ(output_of({"--format", "nbest"}, "Yes.\r\n"), output_of({"--format", "nbest", "Yes."}));
}

TEST(Split, ALineStaysALineForEveryReader) {
  for (const char* end : {"\r", "\v", "\f", "\x1C", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    const std::string line = "Good morning." + std::string(end) + " " + kStation + end + " Yes.";
    for (const char* format : {"text", "nbest"}) {
      for (const char* how : {"sentences", "long"}) {
        const std::string out = output_of({"--split", how, "--format", format}, line + "\n");
        EXPECT_EQ(out.find(end), std::string::npos) << out;
        EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
      }
    }
  }
}

TEST(Split, WhiteSpaceAtTheEndsOfALineIsDroppedWhetherItIsSplitOrNot) {
  EXPECT_EQ(output_of({"  " + kStation + " \t"}), output_of({kStation}));
  EXPECT_EQ(output_of({"  " + kTwo + " \t"}), output_of({kTwo}));
}

TEST(Split, TextWithoutPunctuationComesInPiecesOfTheUsualLength) {
  const std::vector<std::string> words = {"we", "want", "to", "buy", "a", "new", "house", "and"};
  std::string text;
  for (std::size_t i = 0; text.size() < 12000; ++i) text += words[i % words.size()] + " ";
  const json object = object_of({"--beam", "1", text});
  std::size_t longest = 0;
  for (const json& segment : object["segments"]) {
    longest = std::max(longest, segment["source_ids"].size());
  }
  EXPECT_GT(longest, 40u);
  EXPECT_LE(longest, 80u);
  EXPECT_THAT(object["flags"], Contains("split"));

  const json small = object_of({"--beam", "1", "--max-segment", "20", text});
  for (const json& segment : small["segments"]) EXPECT_LE(segment["source_ids"].size(), 20u);
  // Nothing of it is lost.
  std::vector<std::string> pieces;
  for (const json& token : small["source_tokens"]) {
    if (token != "</s>") pieces.push_back(token);
  }
  std::vector<std::string> expected;
  for (const json& token : object["source_tokens"]) {
    if (token != "</s>") expected.push_back(token);
  }
  EXPECT_EQ(pieces, expected);
}

TEST(Split, FlagsThatMakeNoSenseAreRefused) {
  const Outcome zero = run({"translate", "--max-segment", "0", kTwo});
  EXPECT_EQ(zero.code, 2);
  EXPECT_THAT(zero.err, HasSubstr("--max-segment 0"));
  const Outcome none = run({"translate", "--max-segment", "9", "--split", "none", kTwo});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("--split none"));
  EXPECT_EQ(run({"translate", "--split", "words", kTwo}).code, 2);
}

TEST(Split, AlignmentsCountOnFromSegmentToSegment) {
  const json object = object_of({"--alignments", "hard", kTwo});
  ASSERT_EQ(object["segments"].size(), 2u);
  json expected = json::array();
  std::size_t source = 0, target = 0;
  for (const json& segment : object["segments"]) {
    for (const json& pair : segment["hypotheses"][0]["alignment"]) {
      expected.push_back(
          {source + pair[0].get<std::size_t>(), target + pair[1].get<std::size_t>()});
    }
    source += segment["source_ids"].size();
    target += segment["hypotheses"][0]["ids"].size();
  }
  EXPECT_EQ(object["hypotheses"][0]["alignment"], expected);
  std::string text;
  for (const json& pair : expected) text += " " + pair[0].dump() + "-" + pair[1].dump();
  EXPECT_EQ(output_of({"--alignments", "hard", kTwo}),
            object["text"].get<std::string>() + " |||" + text + "\n");

  const std::string soft = output_of({"--alignments", "soft", kTwo});
  std::istringstream rows(soft.substr(soft.rfind("|||") + 3));
  std::size_t count = 0;
  for (std::string row; rows >> row; ++count) {
    EXPECT_EQ(static_cast<std::size_t>(std::count(row.begin(), row.end(), ',')) + 1, source);
    if (count == 0) {
      EXPECT_THAT(row, testing::EndsWith(",0,0,0,0,0,0"));
    }
    if (count + 1 == target) {
      EXPECT_THAT(row, StartsWith("0,0,0"));
    }
  }
  EXPECT_EQ(count, target);
}

// The lines that a message is about are named.
TEST(Split, LinesUpToTheMaximalLengthAreNamed) {
  const std::string input = "\n" + kStation + "\n\n \n" + kStation + "\n";
  const Outcome two = run({"translate", "--max-length", "3"}, {.input = input});
  EXPECT_THAT(two.err, HasSubstr("2 lines translated up to the maximal length"));
  EXPECT_THAT(two.err, HasSubstr("(lines 2 and 5)"));
  const Outcome one = run({"translate", "--max-length", "3"}, {.input = "\n" + kStation + "\n"});
  EXPECT_THAT(one.err, HasSubstr("(line 2)"));

  std::string many;
  for (int i = 0; i < 12; ++i) many += kStation + "\n";
  const Outcome few = run({"translate", "--max-length", "3"}, {.input = many});
  EXPECT_THAT(few.err, HasSubstr("(lines 1, 2, 3, 4, 5 and 7 more (-v names all))"));
  const Outcome all = run({"translate", "--max-length", "3", "-v"}, {.input = many});
  EXPECT_THAT(all.err, HasSubstr("(lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 12)"));
}

TEST(Split, TruncatedAndInvalidLinesAreNamedToo) {
  const Outcome outcome =
      run({"translate", "--truncate-input", "3"}, {.input = "\n" + kStation + "\n\xFF\n"});
  EXPECT_THAT(outcome.err, HasSubstr("1 line cut to --truncate-input (line 2)"));
  EXPECT_THAT(outcome.err, HasSubstr("(line 3)"));
}

}  // namespace
}  // namespace transept::testing_support
