#include "tools/regress/suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace transept::tools {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

const std::string kModels = "models:\n  - {name: m, path: here/m}\n";
const std::string kSettings = "settings:\n  - {name: greedy, beam: 1}\n  - {name: wide, beam: 4}\n";
const std::string kSets = "sets:\n  - {name: s, source: a.en, references: [a.de]}\n";
const std::string kRest = "baselines: base.json\n";

Suite parse(const std::string& text) {
  const Result<Suite> suite = parse_suite(text, "folder/x.yaml");
  EXPECT_TRUE(suite.ok()) << suite.status().message();
  return suite.ok() ? *suite : Suite();
}

void expect_refusal(const std::string& text, const std::string& said) {
  const Result<Suite> suite = parse_suite(text, "folder/x.yaml");
  ASSERT_FALSE(suite.ok()) << text;
  EXPECT_EQ(suite.status().code(), Code::kInvalidArgument);
  EXPECT_THAT(suite.status().message(), HasSubstr("folder/x.yaml"));
  EXPECT_THAT(suite.status().message(), HasSubstr(said));
}

std::string with_setting(const std::string& members) {
  return kModels + "settings:\n  - name: x\n" + members + kSets + kRest;
}

TEST(SuiteFile, HasDefaultsForWhatItLeavesOut) {
  const Suite suite = parse(kModels + kSettings + kSets + kRest);
  EXPECT_EQ(suite.name, "x");
  ASSERT_EQ(suite.models.size(), 1u);
  EXPECT_THAT(suite.models[0].path, EndsWith("/folder/here/m"));
  ASSERT_EQ(suite.settings.size(), 2u);
  EXPECT_THAT(suite.settings[1].flags, ElementsAre("--beam=4"));
  EXPECT_EQ(suite.sets[0].source, "folder/a.en");
  EXPECT_THAT(suite.sets[0].references, ElementsAre("folder/a.de"));
  EXPECT_EQ(suite.sets[0].input, "text");
  EXPECT_EQ(suite.sets[0].tokenize, "13a");
  EXPECT_THAT(suite.metrics, ElementsAre("bleu", "chrf"));
  EXPECT_EQ(suite.baselines, "folder/base.json");
  EXPECT_FALSE(suite.exact);
}

TEST(SuiteFile, SaysEverything) {
  const std::string sum(64, 'a');
  const Suite suite = parse(
      "name: all of it\n" + kModels + kSettings +
      "sets:\n  - {name: s, source: a, references: [b, c], input: ids, tokenize: zh, checksum: " +
      sum +
      "}\nmetrics: [ter, chrf++, bleu]\ntolerance: {ter: 1.5, significant: 0.05}\ncompare:\n" +
      "  - {setting: wide, with: greedy, tolerance: {bleu: 0}, speed: 0.25, memory: 2}\n" +
      "peak-memory: 1.5 MiB\nexact: true\nhistory: runs.jsonl\nbaselines: b.json\n");
  EXPECT_EQ(suite.name, "all of it");
  EXPECT_EQ(suite.sets[0].checksum, "sha256:" + sum);
  EXPECT_EQ(suite.sets[0].references.size(), 2u);
  EXPECT_THAT(suite.metrics, ElementsAre("ter", "chrf++", "bleu"));
  EXPECT_EQ(suite.tolerance.points.at("ter"), 1.5);
  EXPECT_EQ(suite.tolerance.significant, 0.05);
  ASSERT_EQ(suite.compare.size(), 1u);
  EXPECT_EQ(suite.compare[0].tolerance.at("bleu"), 0.0);
  EXPECT_EQ(suite.compare[0].speed, 0.25);
  EXPECT_EQ(suite.compare[0].memory, 2.0);
  EXPECT_EQ(suite.peak_memory, 1536u * 1024u);
  EXPECT_TRUE(suite.exact);
  EXPECT_EQ(suite.history, "folder/runs.jsonl");
}

TEST(SuiteFile, SettingsAreTheFlagsOfTranslate) {
  const Suite suite = parse(with_setting(
      "    early-stopping: false\n    renormalize: on\n    disable-unk: true\n    scores: no\n"
      "    length-penalty: 0.6\n    suppress: [a b, c]\n    variant: q8\n    threads: 1\n"));
  EXPECT_THAT(suite.settings[0].flags,
              ElementsAre("--early-stopping=false", "--renormalize=on", "--disable-unk",
                          "--length-penalty=0.6", "--suppress=a b", "--suppress=c", "--variant=q8",
                          "--threads=1"));
  EXPECT_EQ(suite.settings[0].variant, "q8");
}

TEST(SuiteFile, SettingsMayTakeBackWhatRegressSetsByItself) {
  const Suite suite = parse(with_setting("    special-tokens: false\n    copy-unknown: lines\n"));
  EXPECT_THAT(suite.settings[0].flags,
              ElementsAre("--special-tokens=false", "--copy-unknown=lines"));
  expect_refusal(with_setting("    copy-unknown: words\n"), "words is not");
}

TEST(SuiteFile, RefusesFlagsThatTranslateRefuses) {
  expect_refusal(with_setting("    beams: 4\n"),
                 "line 5: unknown option --beams; did you mean --beam?");
  expect_refusal(with_setting("    length_penalty: 1\n"), "did you mean --length-penalty?");
  expect_refusal(with_setting("    threads: 1\n    beam: four\n"), "line 6");
  expect_refusal(with_setting("    beam: four\n"), "four is not a whole number");
  expect_refusal(with_setting("    compute: int9\n"), "int9 is not");
  expect_refusal(with_setting("    disable-unk: maybe\n"), "disable-unk must be true or false");
  expect_refusal(with_setting("    beam: 0\n"), "--beam 0: at least 1 is needed");
  expect_refusal(with_setting("    model: other\n"), "models decides it");
  expect_refusal(with_setting("    input-file: x\n"), "sets decides it");
  expect_refusal(with_setting("    input: ids\n"), "sets decides it");
  expect_refusal(with_setting("    format: text\n"), "regress needs it itself");
  expect_refusal(with_setting("    beam: [1, 2]\n"), "line 5");
  expect_refusal(with_setting("    beam:\n"), "must be a single value");
}

TEST(SuiteFile, NamesUnknownKeysWithTheirLineAndASuggestion) {
  expect_refusal(kModels + kSettings + kSets + "tolerances: {bleu: 1}\n" + kRest,
                 "line 8: unknown key tolerances in a suite; did you mean tolerance?");
  expect_refusal(kModels + kSettings + "sets:\n  - {name: s, source: a, refrences: [b]}\n" + kRest,
                 "line 7: unknown key refrences in a set; did you mean references?");
  expect_refusal(kModels + kSettings + kSets + kRest + "metrics: [bleuu]\n",
                 "there is no metric bleuu; did you mean bleu?");
  expect_refusal(kModels + kSettings + kSets + kRest + "tolerance: {ter: 1}\n",
                 "ter is not among the metrics");
  expect_refusal(
      kModels + kSettings + kSets + kRest + "compare:\n- {setting: wid, with: greedy, speed: 1}\n",
      "there is no setting wid; did you mean wide?");
  expect_refusal(kModels + kSettings +
                     "sets:\n  - {name: s, source: a, references: [b], tokenize: 13b}\n" + kRest,
                 "there is no tokenizer 13b; did you mean 13a?");
}

TEST(SuiteFile, RefusesWhatIsIncompleteOrContradictory) {
  expect_refusal("", "is empty");
  expect_refusal("just words\n", "must be a map");
  expect_refusal(kSettings + kSets + kRest, "needs the key models");
  expect_refusal(kModels + kSettings + kSets, "needs the key baselines");
  expect_refusal(kModels + kModels.substr(8) + kSettings + kSets + kRest, "have the name m");
  expect_refusal("models: []\n" + kSettings + kSets + kRest, "models is empty");
  expect_refusal("models: {name: m, path: p}\n" + kSettings + kSets + kRest,
                 "models must be a list");
  expect_refusal(kModels + kSettings + "sets:\n  - {name: s, source: a, references: []}\n" + kRest,
                 "at least one reference");
  expect_refusal(kModels + kSettings +
                     "sets:\n  - {name: s, source: a, references: [b], input: html}\n" + kRest,
                 "input must be text, tokens or ids");
  expect_refusal(kModels + kSettings +
                     "sets:\n  - {name: s, source: a, references: [b], checksum: 12}\n" + kRest,
                 "64 hexadecimal digits");
  expect_refusal(kModels + kSettings + kSets + kRest + "tolerance: {bleu: -1}\n",
                 "a number from 0");
  expect_refusal(kModels + kSettings + kSets + kRest + "tolerance: {bleu: nan}\n",
                 "a number from 0");
  expect_refusal(kModels + kSettings + kSets + kRest + "tolerance: {significant: 1.5}\n",
                 "between 0 and 1");
  expect_refusal(kModels + kSettings + kSets + kRest + "peak-memory: lots\n",
                 "a size such as 150 MiB");
  expect_refusal(
      kModels + kSettings + kSets + kRest + "compare:\n- {setting: wide, with: greedy}\n",
      "needs a tolerance");
  expect_refusal("models:\n  - {name: \"two\\nlines\", path: p}\n" + kSettings + kSets + kRest,
                 "one line");
}

TEST(SuiteFile, NamesWhatCannotBeRead) {
  const Result<Suite> missing = load_suite("/nowhere/suite.yaml");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().code(), Code::kInput);
  EXPECT_THAT(missing.status().message(), HasSubstr("/nowhere/suite.yaml"));
}

}  // namespace
}  // namespace transept::tools
