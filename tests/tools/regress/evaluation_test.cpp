#include "tools/regress/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/files.h"
#include "tests/tools/regress/fake_program.h"
#include "tools/regress/results.h"

namespace transept::tools {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kTwoSettings = "  - {name: greedy, beam: 1}\n  - {name: wide, beam: 4}\n";

bool has(const std::vector<std::string>& arguments, const std::string& flag) {
  return std::find(arguments.begin(), arguments.end(), flag) != arguments.end();
}

class Evaluate : public FakeProgram {
 protected:
  void expect_error(const Suite& suite, Code code, const std::vector<std::string>& said,
                    bool need_baselines = true) {
    const Result<Evaluation> evaluation = evaluate(suite, need_baselines);
    ASSERT_FALSE(evaluation.ok());
    EXPECT_EQ(evaluation.status().code(), code) << evaluation.status().message();
    for (const std::string& part : said) {
      EXPECT_THAT(evaluation.status().message(), HasSubstr(part));
    }
  }
  // One word of the second line becomes wrong.
  void damage() {
    translate_ = [this](const std::vector<std::string>&, std::size_t line) {
      return line_of(line == 1 ? "five six seven nine" : perfect_[line]);
    };
  }
};

TEST_F(Evaluate, TheSameOutputIsNoRegression) {
  record(suite());
  const Evaluation evaluation = evaluated(suite());
  ASSERT_EQ(evaluation.results.size(), 1u);
  const CombinationResult& result = evaluation.results[0];
  EXPECT_EQ(result.verdict(), Verdict::equal);
  EXPECT_THAT(result.changed, IsEmpty());
  EXPECT_EQ(result.same_bits, true);
  EXPECT_EQ(result.same_bits_as_last_run, true);
  ASSERT_EQ(result.metrics.size(), 2u);
  EXPECT_NEAR(result.metrics[0].score, 100.0, 1e-9);
  EXPECT_THAT(result.metrics[0].signature,
              StartsWith("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:transept-"));
  EXPECT_EQ(result.metrics[0].p_value, 1.0);
  EXPECT_FALSE(evaluation.regressed());
  EXPECT_THAT(evaluation.notes, IsEmpty());
}

TEST_F(Evaluate, TranslatesAsTheSuiteSays) {
  (void)evaluate(suite(), false);
  ASSERT_EQ(calls_.size(), 2u);
  EXPECT_THAT(calls_[0], ElementsAre("inspect", "--model=" + path("model"), "--json"));
  EXPECT_THAT(calls_[1],
              ElementsAre("translate", "--model=" + path("model"), "--input-file=" + path("source"),
                          "--input=text", "--format=jsonl", "--split=long", "--special-tokens=true",
                          "--copy-unknown=off", "--loop-guard=off", "--beam=1"));
}

TEST_F(Evaluate, WorseByMoreThanToleratedIsARegression) {
  record(suite());
  damage();
  const Evaluation strict = evaluated(suite("tolerance: {bleu: 0.3, chrf: 50}\n"));
  EXPECT_TRUE(strict.regressed());
  EXPECT_EQ(strict.results[0].verdict(), Verdict::regression);
  EXPECT_EQ(strict.results[0].metrics[0].verdict, Verdict::regression);
  EXPECT_EQ(strict.results[0].metrics[1].verdict, Verdict::tolerated);
  EXPECT_THAT(strict.results[0].changed, ElementsAre(1u));
  EXPECT_EQ(strict.results[0].same_bits, false);
  EXPECT_THAT(regressions(strict), ElementsAre(HasSubstr("m, greedy, s: BLEU")));

  const Evaluation lenient = evaluated(suite("tolerance: {bleu: 50, chrf: 50}\n"));
  EXPECT_FALSE(lenient.regressed());
  EXPECT_EQ(lenient.results[0].verdict(), Verdict::tolerated);
  // Nothing is tolerated where the suite does not say so.
  EXPECT_TRUE(evaluated(suite()).regressed());
}

TEST_F(Evaluate, ExactlyTheToleranceIsTolerated) {
  record(suite("metrics: [bleu]\n"));
  damage();
  const double loss = 100.0 - evaluated(suite("metrics: [bleu]\n")).results[0].metrics[0].score;
  const auto tolerance = [](double points) {
    return "metrics: [bleu]\ntolerance: {bleu: " + std::to_string(points) + "}\n";
  };
  EXPECT_FALSE(evaluated(suite(tolerance(loss + 1e-5))).regressed());
  EXPECT_TRUE(evaluated(suite(tolerance(loss - 1e-5))).regressed());
}

TEST_F(Evaluate, BetterIsNeverARegression) {
  damage();
  record(suite());
  translate_ = [this](const std::vector<std::string>&, std::size_t line) {
    return line_of(perfect_[line]);
  };
  const Evaluation evaluation = evaluated(suite("exact: false\n"));
  EXPECT_FALSE(evaluation.regressed());
  EXPECT_EQ(evaluation.results[0].verdict(), Verdict::better);
}

TEST_F(Evaluate, LowerIsBetterForErrorRates) {
  record(suite("metrics: [ter]\n"));
  damage();
  const Evaluation evaluation = evaluated(suite("metrics: [ter]\ntolerance: {ter: 5}\n"));
  EXPECT_GT(evaluation.results[0].metrics[0].score, 5.0);
  EXPECT_TRUE(evaluation.regressed());
  EXPECT_FALSE(evaluated(suite("metrics: [ter]\ntolerance: {ter: 10}\n")).regressed());
}

TEST_F(Evaluate, SignificanceForgivesChance) {
  std::string source, reference;
  for (int i = 0; i < 80; ++i) {
    source += "line\n";
    reference += "the " + std::to_string(i) + " quick brown foxes jump\n";
  }
  write("source", source);
  write("reference", reference);
  const auto translate = [](int wrong) {
    return [wrong](const std::vector<std::string>&, std::size_t line) {
      const std::string number = std::to_string(line);
      return line_of(static_cast<int>(line) < wrong ? "a slow brown dog sleeps"
                                                    : "the " + number + " quick brown foxes jump");
    };
  };
  translate_ = translate(10);
  record(suite());
  const std::string significant = "tolerance: {significant: 0.05}\n";
  // Other lines, one more of them, are wrong: a loss, but of the size of chance.
  translate_ = [](const std::vector<std::string>&, std::size_t line) {
    const std::string number = std::to_string(line);
    return line_of(line >= 69 ? "a slow brown dog sleeps"
                              : "the " + number + " quick brown foxes jump");
  };
  const Evaluation chance = evaluated(suite(significant));
  EXPECT_EQ(chance.results[0].metrics[0].verdict, Verdict::tolerated);
  EXPECT_GT(*chance.results[0].metrics[0].p_value, 0.05);
  translate_ = translate(60);
  const Evaluation real = evaluated(suite(significant));
  EXPECT_EQ(real.results[0].metrics[0].verdict, Verdict::regression);
  EXPECT_LT(*real.results[0].metrics[0].p_value, 0.05);
  EXPECT_LT(real.results[0].metrics[0].difference->high, 0.0);
}

TEST_F(Evaluate, AMissingBaselineIsSaidBeforeAnythingIsTranslated) {
  expect_error(suite(), Code::kInput, {"no baseline is recorded", "base.json", "--update"});
  EXPECT_THAT(calls_, IsEmpty());
}

TEST_F(Evaluate, ANewSettingHasNoBaseline) {
  record(suite());
  const Evaluation evaluation = evaluated(suite("", kTwoSettings));
  EXPECT_EQ(evaluation.fresh(), 1u);
  EXPECT_EQ(evaluation.results[0].verdict(), Verdict::equal);
  EXPECT_EQ(evaluation.results[1].verdict(), Verdict::fresh);
  EXPECT_FALSE(evaluation.regressed());
}

TEST_F(Evaluate, AnotherSetIsNotComparedAndBothHashesAreNamed) {
  record(suite());
  const std::string before = evaluated(suite()).sets[0].checksum;
  write("reference", "one two three four\nfive six seven eight\nnine ten eleven eleven\n");
  expect_error(suite(), Code::kInput, {"another set s", before, "sha256:", "now"});
  // --update drops what it cannot compare with.
  const Result<Evaluation> update = evaluate(suite(), false);
  ASSERT_TRUE(update.ok());
  EXPECT_EQ(update->results[0].verdict(), Verdict::fresh);
  EXPECT_THAT(update->notes, Contains(HasSubstr("another set")));
}

TEST_F(Evaluate, AnotherModelIsComparedAndBothHashesAreNamed) {
  record(suite());
  const std::string before = evaluated(suite()).results[0].model_checksum;
  write("model/weights", "two");
  const Evaluation evaluation = evaluated(suite());
  EXPECT_NE(evaluation.results[0].model_checksum, before);
  EXPECT_THAT(evaluation.notes,
              ElementsAre(testing::AllOf(HasSubstr("another model"), HasSubstr(before),
                                         HasSubstr(evaluation.results[0].model_checksum))));
}

TEST_F(Evaluate, ChecksumsOfTheSuiteAreKept) {
  const std::string wrong = "sha256:" + std::string(64, '0');
  Suite pinned = suite();
  pinned.sets[0].checksum = wrong;
  expect_error(pinned, Code::kInput, {"the set s has changed", wrong}, false);
  pinned = suite();
  pinned.models[0].checksum = wrong;
  expect_error(pinned, Code::kCorrupt, {"the model m has changed", wrong}, false);
  const Result<Evaluation> evaluation = evaluate(suite(), false);
  ASSERT_TRUE(evaluation.ok());
  pinned.models[0].checksum = evaluation->results[0].model_checksum;
  pinned.sets[0].checksum = evaluation->sets[0].checksum;
  EXPECT_TRUE(evaluate(pinned, false).ok());
}

TEST_F(Evaluate, FilesOfDifferentLengthsNameBothCounts) {
  write("reference", "one\ntwo\n");
  expect_error(suite(), Code::kInvalidArgument,
               {"different numbers of lines", "source has 3", "reference has 2"}, false);
}

TEST_F(Evaluate, ATokenizerThatIsNotInstalledShowsFirst) {
  ::setenv("TRANSEPT_MECAB_KO_LIBRARY", "/nowhere/libmecab.so", 1);
  Suite korean = suite();
  korean.sets[0].tokenize = "ko-mecab";
  expect_error(korean, Code::kInput, {"the set s: tokenizer ko-mecab needs", "/nowhere"}, false);
  ::unsetenv("TRANSEPT_MECAB_KO_LIBRARY");
}

TEST_F(Evaluate, OnlyLineFeedsEndALine) {
  write("source", "a\r\nb\xE2\x80\xA8still b\nc\x0C\n");
  EXPECT_TRUE(evaluate(suite(), false).ok());
}

TEST_F(Evaluate, FilesThatAreMissingEmptyOrNoTextAreNamed) {
  write("source", "");
  write("reference", "");
  expect_error(suite(), Code::kInput, {"source is empty"}, false);
  write("source", "a\nb\xFF\n");
  expect_error(suite(), Code::kInput, {"source", "line 2 is not UTF-8"}, false);
  std::filesystem::remove(folder_ / "source");
  expect_error(suite(), Code::kInput, {"source"}, false);
}

TEST_F(Evaluate, BaselinesThatAreBrokenAreNamed) {
  for (const std::string text :
       {"", "{", "[]", "{\"format\": 2}",
        "{\"format\": 1, \"recorded\": {}, \"results\": [], \"history\": []}",
        "{\"format\": \"x\"}", "null"}) {
    write("base.json", text);
    expect_error(suite(), Code::kInput, {"base.json"});
  }
  std::filesystem::remove(folder_ / "base.json");
  record(suite());
  const std::string good = read_file(folder_ / "base.json");
  for (std::size_t size = 0; size < good.size(); size += 13) {
    write("base.json", good.substr(0, size));
    (void)evaluate(suite());
  }
  nlohmann::json edited = nlohmann::json::parse(good);
  edited["results"][0]["translations"].erase(0);
  write("base.json", edited.dump());
  expect_error(suite(), Code::kInput, {"2 translations", "3 lines"});
  edited = nlohmann::json::parse(good);
  edited["results"][0]["scores"]["bleu"]["score"] = "high";
  write("base.json", edited.dump());
  expect_error(suite(), Code::kInput, {"base.json"});
}

TEST(Baselines, NestingDoesNotExhaustTheStack) {
  for (const std::string& text :
       {std::string(1'000'000, '['), std::string(1'000'000, '[') + std::string(1'000'000, ']')}) {
    EXPECT_FALSE(parse_baselines(text, "x.json").ok());
  }
}

TEST_F(Evaluate, TheRecordedScoreIsWhatCounts) {
  damage();
  record(suite());
  nlohmann::json edited = nlohmann::json::parse(read_file(folder_ / "base.json"));
  edited["results"][0]["scores"]["bleu"]["score"] = 99.0;
  write("base.json", edited.dump());
  const Evaluation evaluation = evaluated(suite("tolerance: {bleu: 1}\n"));
  EXPECT_TRUE(evaluation.regressed());
  EXPECT_THAT(evaluation.notes,
              Contains(HasSubstr("the baseline says BLEU 99.00, but its translations score")));
}

TEST_F(Evaluate, BitsCountWhereTheSuiteAsksForThem) {
  record(suite());
  translate_ = [this](const std::vector<std::string>&, std::size_t line) {
    return line_of(perfect_[line], -0.50001);
  };
  const Evaluation scores = evaluated(suite());
  EXPECT_EQ(scores.results[0].same_bits, false);
  EXPECT_FALSE(scores.regressed());
  EXPECT_TRUE(evaluated(suite("exact: true\n")).regressed());
}

TEST_F(Evaluate, TheLastRunOfAHistoryIsRemembered) {
  record(suite());
  translate_ = [this](const std::vector<std::string>&, std::size_t line) {
    return line_of(perfect_[line], -0.25);
  };
  const std::string history = "history: runs.jsonl\n";
  Evaluation evaluation = evaluated(suite(history));
  EXPECT_EQ(evaluation.results[0].same_bits_as_last_run, false);
  evaluation.record.time =
      "9999-01-01T00:00:00Z";  // after the baseline's, whatever the clock's resolution
  write("runs.jsonl", format_history_line(record_run(evaluation)));
  evaluation = evaluated(suite(history));
  EXPECT_EQ(evaluation.results[0].same_bits, false);
  EXPECT_EQ(evaluation.results[0].same_bits_as_last_run, true);
  EXPECT_EQ(evaluation.history.size(), 2u);
  write("runs.jsonl", "{\n");
  expect_error(suite(history), Code::kInput, {"runs.jsonl, line 1"});
}

TEST_F(Evaluate, ComparesSettingsOfOneRun) {
  translate_ = [this](const std::vector<std::string>& arguments, std::size_t line) {
    return line_of(has(arguments, "--beam=4") && line == 1 ? "five six seven nine"
                                                           : perfect_[line]);
  };
  tweak_ = [](const std::vector<std::string>& arguments, ProgramOutput& output) {
    const bool opens = has(arguments, "--input-file=/dev/null");
    const bool wide = has(arguments, "--beam=4");
    output.seconds = 0.1 + (opens ? 0.0 : wide ? 2.0 : 0.5);
    if (wide) output.peak_bytes *= 2;
  };
  const auto compare = [&](const std::string& what) {
    return suite("compare:\n  - {setting: wide, with: greedy, " + what + "}\n", kTwoSettings);
  };
  record(compare("speed: 1"));
  Evaluation evaluation = evaluated(compare("tolerance: {bleu: 0.3}"));
  ASSERT_EQ(evaluation.comparisons.size(), 1u);
  EXPECT_FALSE(evaluation.comparisons[0].ok);
  EXPECT_TRUE(evaluation.regressed());
  EXPECT_TRUE(evaluated(compare("tolerance: {bleu: 90}")).comparisons[0].ok);
  EXPECT_TRUE(evaluated(compare("speed: 0.249")).comparisons[0].ok);
  EXPECT_FALSE(evaluated(compare("speed: 0.251")).comparisons[0].ok);
  EXPECT_TRUE(evaluated(compare("memory: 2")).comparisons[0].ok);
  EXPECT_FALSE(evaluated(compare("memory: 1.99")).comparisons[0].ok);
}

TEST_F(Evaluate, BoundsPeakMemory) {
  record(suite());
  EXPECT_FALSE(evaluated(suite("peak-memory: 50 MiB\n")).regressed());
  EXPECT_TRUE(evaluated(suite("peak-memory: 49 MiB\n")).regressed());
}

TEST_F(Evaluate, FailuresOfTheProgramKeepTheirMeaning) {
  for (const auto& [exit_code, code] : {std::pair(2, Code::kInvalidArgument),
                                        {3, Code::kInput},
                                        {5, Code::kCorrupt},
                                        {1, Code::kInternal},
                                        {139, Code::kInternal}}) {
    tweak_ = [code = exit_code](const std::vector<std::string>&, ProgramOutput& output) {
      output.code = code;
      output.err = "transept: warning: first\ntransept: what went wrong\n";
    };
    expect_error(suite(), code,
                 {"m, greedy, s: ", exit_code == 139 ? "signal 11" : "what went wrong"}, false);
  }
  tweak_ = [](const std::vector<std::string>&, ProgramOutput& output) { output.out = "no JSON\n"; };
  expect_error(suite(), Code::kInternal, {"line 1 of the program's output"}, false);
  tweak_ = [](const std::vector<std::string>&, ProgramOutput& output) {
    output.out.erase(output.out.find('\n') + 1);
  };
  expect_error(suite(), Code::kInternal, {"1 translations of 3 lines"}, false);
}

TEST_F(Evaluate, UpdatesKeepTheHistory) {
  record(suite());
  damage();
  Result<Evaluation> evaluation = evaluate(suite(), false);
  ASSERT_TRUE(evaluation.ok());
  const Baselines baselines = record_baselines(*evaluation);
  EXPECT_EQ(baselines.history.size(), 2u);
  EXPECT_THAT(baselines.history[0].results[0].translations, IsEmpty());
  EXPECT_GT(baselines.history[0].results[0].scores.at("bleu").score,
            baselines.history[1].results[0].scores.at("bleu").score);
  EXPECT_EQ(baselines.newest.results[0].translations.size(), 3u);
  EXPECT_FALSE(baselines.newest.record.time.empty());
  EXPECT_GT(baselines.newest.record.cores, 0u);
}

}  // namespace
}  // namespace transept::tools
