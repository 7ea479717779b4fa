// transept bleu run as a user runs it; what it computes is the business of tests/tools/bleu.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/tools/support/process.h"
#include "transept/version.h"

namespace transept::testing_support {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kData = TRANSEPT_TEST_DATA "/scorer/";
const std::string kReference = kData + "de.ref";
const std::string kSystem = kData + "de.a";

std::vector<std::string> bleu(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bleu");
  return arguments;
}

std::string output_of(std::vector<std::string> arguments, const RunOptions& options = {}) {
  const Outcome outcome = run(bleu(std::move(arguments)), options);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return outcome.out;
}

void expect_failure(std::vector<std::string> arguments, int code, const std::string& said,
                    const RunOptions& options = {}) {
  const Outcome outcome = run(bleu(std::move(arguments)), options);
  EXPECT_EQ(outcome.code, code) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("transept: "));
  EXPECT_THAT(outcome.err, HasSubstr(said));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

std::string write(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + "transept-bleu-" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(Bleu, ScoresAFile) {
  EXPECT_EQ(output_of({kReference, "-i", kSystem, "-f", "text"}),
            "BLEU|nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:transept-" TRANSEPT_VERSION
            " = 59.4 87.6/67.8/52.6/39.7 (BP = 1.000 ratio = 1.050 hyp_len = 421 ref_len = 401)\n");
}

TEST(Bleu, StandardInputIsTheSystem) {
  const std::string text = read_file(kSystem);
  EXPECT_EQ(output_of({kReference}, {.input = text}), output_of({kReference, "-i", kSystem}));
}

TEST(Bleu, MetricsMayStandInAnyOrder) {
  // Their names are those of a sub-command, too.
  const std::string all =
      output_of({kReference, "-i", kSystem, "-m", "chrf", "bleu", "ter", "-f", "text"});
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
  EXPECT_EQ(output_of({kReference, "-i", kSystem, "--metrics=ter,bleu,chrf", "-f", "text"}), all);
}

TEST(Bleu, TheEnvironmentOfSacreBleuHolds) {
  const std::string text = output_of({kReference, "-i", kSystem, "-f", "text"});
  EXPECT_EQ(output_of({kReference, "-i", kSystem, "-f", "json"},
                      {.environment = {"SACREBLEU_FORMAT=TEXT"}}),
            text);
  EXPECT_EQ(output_of({kReference, "-i", kSystem, "-f", "text"},
                      {.environment = {"SACREBLEU_FORMAT=xml"}}),
            text);
  EXPECT_THAT(output_of({kReference, "-i", kSystem, "-ci"}, {.environment = {"SACREBLEU_SEED=7"}}),
              HasSubstr("seed:7|"));
  EXPECT_EQ(output_of({kReference, "-i", kSystem}, {.environment = {"TRANSEPT_FORMAT=text"}}),
            text);
}

TEST(Bleu, ModelsOfTokenizersAreWhereSacreBleuPutsThem) {
  const std::string folder = testing::TempDir() + "transept-bleu-sacrebleu";
  std::filesystem::create_directories(folder + "/models");
  const std::string model = TRANSEPT_TEST_DATA "/fixtures/marian/target.spm";
  std::filesystem::copy_file(model, folder + "/models/flores200sacrebleuspm",
                             std::filesystem::copy_options::overwrite_existing);
  const std::string named =
      output_of({kReference, "-i", kSystem, "-tok", "flores200", "--spm-model", model});
  EXPECT_THAT(named, HasSubstr("tok:flores200"));
  EXPECT_EQ(output_of({kReference, "-i", kSystem, "-tok", "flores200"},
                      {.environment = {"SACREBLEU=" + folder}}),
            named);
  expect_failure({kReference, "-i", kSystem, "-tok", "flores101"}, 3, "--spm-model",
                 {.environment = {"SACREBLEU=" + folder}});
}

TEST(Bleu, NoColoursInAFileOrPipe) {
  EXPECT_THAT(
      output_of({kReference, "-i", kSystem, kData + "de.b", "-pbs", "-pbsn", "10", "-f", "text"}),
      Not(HasSubstr("\x1b")));
}

TEST(Bleu, HelpNamesSacreBleusFlags) {
  const std::string help = output_of({"--help"});
  for (const char* flag : {"-m,",
                           "-i,",
                           "-tok",
                           "-sl",
                           "-lc",
                           "-nr",
                           "-l,",
                           "-s,",
                           "-sv",
                           "-cc",
                           "-cw",
                           "--chrf-beta",
                           "--chrf-whitespace",
                           "--chrf-lowercase",
                           "--chrf-eps-smoothing",
                           "--ter-case-sensitive",
                           "--ter-asian-support",
                           "--ter-no-punct",
                           "--ter-normalized",
                           "-ci",
                           "-cin",
                           "-par",
                           "-pbs",
                           "-parn",
                           "-pbsn",
                           "-sh",
                           "-b,",
                           "-w,",
                           "-f,",
                           "-nc",
                           "For example:"}) {
    EXPECT_THAT(help, HasSubstr(flag));
  }
}

TEST(Bleu, MistakesAreNamedWithASuggestion) {
  expect_failure({kReference, "--tokenise", "zh"}, 2,
                 "unknown option --tokenise; did you mean --tokenize?");
  expect_failure({kReference, "-tokk", "zh"}, 2, "unknown option -tokk; did you mean -tok?");
  expect_failure({kReference, "-m", "meteor"}, 2, "meteor is not bleu, chrf or ter");
  expect_failure({kReference, "-tok", "14a"}, 2, "14a is not 13a, intl");
  expect_failure({kReference, "-w", "-1"}, 2, "--width");
  expect_failure({kReference, "-f", "xml"}, 2, "xml is not json, text or latex");
  expect_failure({kReference, "-i", kSystem, "-pbs"}, 2, "several systems");
  expect_failure({"-i", kSystem}, 2, "reference files are needed, in front of -i");
  expect_failure({"-t", "wmt17", "-l", "en-de", "-i", kSystem}, 2, "no test sets");
  expect_failure({"--list"}, 2, "no test sets");
  expect_failure({kReference, "-i", kSystem, "-ci"}, 2, "SACREBLEU_SEED",
                 {.environment = {"SACREBLEU_SEED=x"}});
}

TEST(Bleu, BadInput) {
  const std::string two = write("two", "a\nb\n");
  const std::string three = write("three", "a\nb\nc\n");
  const std::string empty = write("empty", "");
  expect_failure({two, "-i", three}, 2, three + " has 3, " + two + " has 2");
  expect_failure({two}, 2, "System 1 has 1, " + two + " has 2", {.input = "a\n"});
  expect_failure({empty, "-i", empty}, 3, "nothing to score");
  expect_failure({kData + "none", "-i", kSystem}, 3, kData + "none");
  expect_failure({kReference, "-i", kData + "none"}, 3, kData + "none");
  expect_failure({two, "-i", write("invalid", "a\n\xff\n")}, 3, "line 2 is not UTF-8 at byte 1");
  expect_failure({two}, 3, "standard input: line 1 is not UTF-8 at byte 2",
                 {.input = "a\xC3\nb\n"});
  expect_failure({two, "-i", write("cut.gz", std::string("\x1f\x8b\x08\x00", 4))}, 3, "gzip");
}

TEST(Bleu, OnlyALineFeedEndsALine) {
  const std::string reference = write("breaks", "a\rb\u2028c\u0085 d e\n");
  EXPECT_EQ(output_of({reference, "-i", reference, "-b"}), "100.0\n");
  EXPECT_EQ(output_of({reference, "-b"}, {.input = "a\rb\u2028c\u0085 d e\n"}), "100.0\n");
}

// The same lines score the same as a file and from standard input, where sacreBLEU has one more.
TEST(Bleu, ACarriageReturnInsideALineEndsNone) {
  const std::string reference = write("returns", "a b c d\re f\ng h i j\n");
  const std::string system = write("returned", "a b c d\re f\r\ng h i j");
  EXPECT_EQ(output_of({reference, "-i", system, "-b"}), "100.0\n");
  EXPECT_EQ(output_of({reference, "-b"}, {.input = "a b c d\re f\r\ng h i j"}), "100.0\n");
}

// The classes of Unicode that sacreBLEU's present regex knows; -v says which.
TEST(Bleu, TheInternationalTokenizerKnowsNewSymbols) {
  const std::string reference = write("symbols", "one two three four \U0001FAE9\n");
  const std::string system = write("symbol", "one two three four\U0001FAE9\n");
  EXPECT_EQ(output_of({reference, "-i", system, "-b", "-tok", "intl"}), "100.0\n");
  const Outcome verbose = run(bleu({reference, "-i", system, "-b", "-tok", "intl", "-v"}));
  EXPECT_THAT(verbose.err, HasSubstr("Unicode 18.0.0"));
}

TEST(Bleu, OutputThatCannotBeWritten) {
  expect_failure({kReference, "-i", kSystem}, 4, "cannot write", {.stdout_path = "/dev/full"});
  expect_failure({kReference, "-i", kSystem}, 4, "cannot write", {.close_stdout = true});
}

TEST(Bleu, ByteOrderMarksCountAndAreWarnedAbout) {
  const std::string plain = write("plain", "Das ist gut.\nWie geht es dir heute?\n");
  const std::string marked = write("marked",
                                   "\xEF\xBB\xBF"
                                   "Das ist gut.\nWie geht es\xEF\xBB\xBF dir heute?\n");
  const auto warned = [&](const std::vector<std::string>& arguments, const RunOptions& options,
                          const std::string& said) {
    const Outcome outcome = run(bleu(arguments), options);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_NE(outcome.out, "100.0\n");
    EXPECT_THAT(outcome.err, StartsWith("transept: warning: " + said));
    EXPECT_THAT(outcome.err, HasSubstr("byte-order mark (U+FEFF)"));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  };
  warned({marked, "-i", plain, "-b"}, {}, marked + ", line 1 and 1 more: ");
  warned({plain, "-i", marked, "-b"}, {}, marked + ", line 1 and 1 more: ");
  warned({plain, "-b"}, {.input = "Das ist gut.\nWie\xEF\xBB\xBF geht es dir heute?\n"},
         "standard input, line 2: ");
  EXPECT_EQ(output_of({marked, "-i", plain, "-b", "--quiet"}),
            run(bleu({marked, "-i", plain, "-b"})).out);
}

TEST(Bleu, Utf16IsSaidToBeThat) {
  const std::string plain = write("plain", "a\n");
  expect_failure({write("utf16", std::string("\xFF\xFE"
                                             "a\0\n\0",
                                             6)),
                  "-i", plain},
                 3, "it is UTF-16, not UTF-8");
  expect_failure({plain, "-i", write("utf16be", std::string("\0a\0b\0\n", 6))}, 3,
                 "it is UTF-16, not UTF-8");
}

TEST(Bleu, NamesOfSystemsDoNotReachTheTerminalAsTheyAre) {
  const std::string odd = write("odd\x1B[31m\xFF", "a b c d e\n");
  const std::string plain = write("plain", "a b c d e\n");
  const std::string table = output_of({plain, "-i", plain, odd, "-f", "text"});
  EXPECT_THAT(table, HasSubstr("odd?[31m\xEF\xBF\xBD"));
  EXPECT_THAT(table, Not(HasSubstr("\x1B")));
}

}  // namespace
}  // namespace transept::testing_support
