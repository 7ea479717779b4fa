// Flags: help, mistakes, the environment and configuration files.
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

void expect_usage_error(const std::vector<std::string>& arguments, const std::string& said) {
  const Outcome outcome = run(arguments);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, StartsWith("transept: "));
  EXPECT_THAT(outcome.err, HasSubstr(said));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
}

TEST(CommandLine, HelpAndVersionEverywhere) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{}, {"translate"}, {"inspect"}, {"bleu"}}) {
    for (const char* flag : {"-h", "--help"}) {
      std::vector<std::string> arguments = command;
      arguments.push_back(flag);
      const Outcome help = run(arguments);
      EXPECT_EQ(help.code, 0);
      EXPECT_THAT(help.out, HasSubstr("For example:"));
      EXPECT_EQ(help.err, "");
    }
    std::vector<std::string> arguments = command;
    arguments.push_back("--version");
    EXPECT_EQ(run(arguments).out, "transept " TRANSEPT_VERSION "\n");
  }
}

TEST(CommandLine, EveryFlagOfTranslateIsExplained) {
  const std::string help = run({"translate", "--help"}).out;
  for (const char* flag :
       {"--model",           "--input-file",  "--output",         "--input",
        "--format",          "--beam",        "--n-best",         "--length-penalty",
        "--early-stopping",  "--max-length",  "--min-length",     "--repetition-penalty",
        "--no-repeat-ngram", "--suppress",    "--bad-words",      "--disable-unk",
        "--end-token",       "--renormalize", "--truncate-input", "--split",
        "--scores",          "--compute",     "--gemm",           "--threads",
        "--batch-tokens",    "--rules",       "--variant",        "--quiet",
        "--log-file",        "--from-text",   "--max-segment",    "--n-best-repeats",
        "--special-tokens",  "--copy-unknown"}) {
    EXPECT_THAT(help, HasSubstr(flag));
  }
}

TEST(CommandLine, MistakesAreNamedWithASuggestion) {
  expect_usage_error({}, "a command is needed");
  expect_usage_error({"tranlate"}, "did you mean translate?");
  expect_usage_error({"serve"}, "this version has no command serve");
  expect_usage_error({"translate", "--beem", "4", "Hello."},
                     "unknown option --beem; did you mean --beam?");
  expect_usage_error({"translate", "--sample", "Hello."}, "this version does not have --sample");
  expect_usage_error({"translate", "--format", "xml", "Hello."}, "xml is not text, jsonl or nbest");
  expect_usage_error({"translate", "--beam", "four", "Hello."}, "--beam");
  expect_usage_error({"translate", "--beam", "0", "Hello."}, "--beam");
  expect_usage_error({"translate", "--threads", "-1", "Hello."}, "--threads");
  expect_usage_error({"translate", "--threads", "4294967296", "Hello."},
                     "4294967296 is out of range");
  expect_usage_error({"translate", "--threads", "2000", "Hello."}, "at most 1024");
  expect_usage_error({"translate", "--length-penalty", "nan", "Hello."}, "nan is not a number");
  expect_usage_error({"translate", "--beam", "", "Hello."},
                     "--beam: nothing is not a whole number");
}

TEST(CommandLine, ContradictionsAreErrors) {
  expect_usage_error({"translate", "-i", "file", "Hello."}, "exclude each other");
  expect_usage_error({"translate", "--n-best", "2", "--beam", "2", "Hello."},
                     "--format jsonl or nbest");
  expect_usage_error({"translate", "--format", "jsonl", "--n-best", "5", "--beam", "2", "Hello."},
                     "5");
  expect_usage_error({"translate", "--rules", "marian", "Hello."}, "marian");
  expect_usage_error({"translate", "--compute", "int2", "Hello."},
                     "int2 is not auto, float32, bfloat16, int8 or int4");
  expect_usage_error({"translate", "--compute", "int4", "--gemm", "openblas", "Hello."},
                     "openblas");
  expect_usage_error({"translate", "--compute", "bfloat16", "--gemm", "openblas", "Hello."},
                     "openblas");
  expect_usage_error({"translate", "--compute", "int8", "--gemm", "openblas", "Hello."},
                     "openblas");
  expect_usage_error({"translate", "--to", "de", "Hello."}, "no languages");
  expect_usage_error({"translate", "--min-length", "9", "--max-length", "3", "Hello."}, "9");
  expect_usage_error({"translate", "--end-token", "no such token", "Hello."}, "no such token");
}

TEST(CommandLine, TheEnvironmentFillsInWhatFlagsLeaveOpen) {
  const std::vector<std::string> environment = {"TRANSEPT_FORMAT=jsonl", "TRANSEPT_BEAM=2",
                                                "TRANSEPT_N_BEST=2"};
  const Outcome both = run({"translate", "Hello."}, {.environment = environment});
  EXPECT_THAT(both.out, StartsWith("{\"line\":0"));
  const Outcome flag_wins = run({"translate", "--format", "text", "--n-best", "1", "Hello."},
                                {.environment = environment});
  EXPECT_EQ(flag_wins.code, 0) << flag_wins.err;
  EXPECT_THAT(flag_wins.out, Not(StartsWith("{")));
  const Outcome wrong = run({"translate", "Hello."}, {.environment = {"TRANSEPT_BEAM=many"}});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("TRANSEPT_BEAM"));
}

TEST(CommandLine, AConfigurationFileComesLast) {
  const std::string path = testing::TempDir() + "transept.conf";
  std::ofstream(path) << "beam = 2\njson = true\n[translate]\nformat = \"jsonl\"\nn-best = 2\n";
  const Outcome from_file = run({"translate", "--config", path, "Hello."});
  EXPECT_EQ(from_file.code, 0) << from_file.err;
  EXPECT_THAT(from_file.out, StartsWith("{\"line\":0"));
  const Outcome environment_wins =
      run({"translate", "--config", path, "Hello."}, {.environment = {"TRANSEPT_FORMAT=nbest"}});
  EXPECT_THAT(environment_wins.out, StartsWith("0 ||| "));
  const Outcome flag_wins = run({"translate", "--config", path, "--format", "nbest", "Hello."});
  EXPECT_THAT(flag_wins.out, StartsWith("0 ||| "));

  std::ofstream(path) << "[translate]\nbeem = 2\n";
  expect_usage_error({"translate", "--config", path, "Hello."}, "did you mean --beam?");
  expect_usage_error({"translate", "--config", path + ".none", "Hello."}, ".none");
}

TEST(CommandLine, AConfigurationFileHoldsOnlyWhatIsKnown) {
  const std::string path = testing::TempDir() + "transept-known.conf";
  const auto refused = [&](const std::string& content, const std::string& said) {
    std::ofstream(path) << content;
    expect_usage_error({"translate", "--config", path, "Hello."}, said);
  };
  refused("beem = 2\n", "unknown option --beem; did you mean --beam?");
  refused("[translat]\nbeam = 2\n", "no command for the section [translat]");
  refused("[inspect]\nbeam = 2\n", "unknown option --beam");
  refused("config = other\n", "config cannot be set in a configuration file");
  refused("beam = many\n", "many is not a whole number");
  refused("sample = true\n", "this version does not have --sample");
  expect_usage_error({"translate", "--config", testing::TempDir(), "Hello."},
                     "cannot read the configuration file");
}

TEST(CommandLine, TheLastOfAFlagWinsAndRepeatableOnesAddUp) {
  const Outcome last = run({"translate", "--format", "nbest", "--format", "jsonl", "Hello."});
  EXPECT_THAT(last.out, StartsWith("{\"line\":0"));
  const std::string path = testing::TempDir() + "transept-repeated.conf";
  std::ofstream(path) << "format = nbest\nformat = jsonl\nsuppress = [\"Hallo\", \"Mach\"]\n";
  const Outcome from_file = run({"translate", "--config", path, "Hello."});
  EXPECT_EQ(from_file.out, run({"translate", "--format", "jsonl", "--suppress", "Hallo",
                                "--suppress", "Mach", "Hello."})
                               .out);
  EXPECT_NE(from_file.out,
            run({"translate", "--format", "jsonl", "--suppress", "Hallo", "Hello."}).out);
}

TEST(CommandLine, AnInstructionSetThatIsNotThereIsAnError) {
  for (const char* command : {"translate", "inspect"}) {
    std::vector<std::string> words = {command};
    if (words[0] == "translate") words.push_back("Hello.");
    const Outcome outcome = run(words, {.environment = {"TRANSEPT_ISA=mmx"}});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr("TRANSEPT_ISA=mmx: this build and processor have "));
    EXPECT_THAT(outcome.err, HasSubstr("scalar"));
  }
}

// Every arithmetic runs everywhere: what the processor lacks is done in other steps for the same
// bits.
TEST(CommandLine, EveryArithmeticRunsOnEveryInstructionSet) {
  for (const char* compute : {"float32", "bfloat16", "int8", "int4"}) {
    const Outcome best = run({"translate", "--compute", compute, "Hello."});
    const Outcome scalar = run({"translate", "--compute", compute, "Hello."},
                               {.environment = {"TRANSEPT_ISA=scalar"}});
    EXPECT_EQ(scalar.code, 0) << scalar.err;
    EXPECT_EQ(best.out, scalar.out) << compute;
  }
}

// A bound on what is in flight never keeps a sentence from being translated: it then is alone.
TEST(CommandLine, ABatchLimitBelowOneSentenceIsNoError) {
  const std::vector<std::string> words = {"translate",           "--format", "jsonl", "--beam", "3",
                                          "The house is large.", "A dog."};
  std::vector<std::string> bounded = words;
  bounded.insert(bounded.end(), {"--batch-tokens", "1"});
  const Outcome outcome = run(bounded);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, run(words).out);
}

TEST(CommandLine, VerboseTellsWhatRuns) {
  const Outcome outcome =
      run({"translate", "--threads", "1000", "Hello."}, {.environment = {"TRANSEPT_VERBOSE=1"}});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("info: marian, onnx q8, "));
  EXPECT_THAT(outcome.err, HasSubstr("1000 threads are more than the "));
  EXPECT_THAT(outcome.err, Not(HasSubstr("config.json")));
  EXPECT_THAT(run({"translate", "-vv", "Hello."}).err, HasSubstr("debug: read "));
}

TEST(CommandLine, MessagesAlsoGoToALogFile) {
  const std::string path = testing::TempDir() + "transept.log";
  std::remove(path.c_str());
  EXPECT_EQ(run({"translate", "--log-file", path, "Hello."}).err, "");
  const std::string text = read_file(path);
  EXPECT_THAT(text, HasSubstr("info model "));
  EXPECT_THAT(run({"translate", "-v", "Hello."}).err, StartsWith("transept: info: model "));
  EXPECT_EQ(run({"translate", "--log-file", testing::TempDir(), "Hello."}).code, 4);
  EXPECT_EQ(run({"translate", "--log-file", testing::TempDir() + "none/here", "Hello."}).code, 4);
  EXPECT_FALSE(std::filesystem::exists(testing::TempDir() + "none"));
  const Outcome full = run({"translate", "--log-file", "/dev/full", "Hello."});
  EXPECT_EQ(full.code, 0);
  EXPECT_EQ(full.err, "transept: warning: cannot write the log file /dev/full\n");
}

struct Foreign {
  const char* name;
  const char* ours;
};

void expect_ours(const std::string& command, const std::vector<Foreign>& names) {
  const std::string help = run({command, "--help"}).out;
  for (const Foreign& one : names) {
    expect_usage_error({command, one.name, "4"},
                       std::string("unknown option ") + one.name + ": here it is " + one.ours);
    const std::string ours = one.ours;
    const std::string flag = ours.substr(0, ours.find(','));
    // Languages are listed by the help once a model has them.
    if (flag == "--from" || flag == "--to") continue;
    EXPECT_THAT(help, HasSubstr(flag)) << one.name;
  }
}

TEST(CommandLine, NamesOfOtherProgramsAreAnsweredWithOurs) {
  expect_ours("translate", {{"--num-beams", "--beam"},
                            {"--num_beams", "--beam"},
                            {"--beam-size", "--beam"},
                            {"--beam_size", "--beam"},
                            {"-b", "--beam"},
                            {"--num-hypotheses", "--n-best"},
                            {"--num_return_sequences", "--n-best"},
                            {"--nbest", "--n-best"},
                            {"--src_lang", "--from"},
                            {"--tgt_lang", "--to"},
                            {"--forced_bos_token_id", "--to"},
                            {"--max_new_tokens", "--max-length"},
                            {"--max_decoding_length", "--max-length"},
                            {"--lenpen", "--length-penalty"},
                            {"-n", "--length-penalty"},
                            {"--no_repeat_ngram_size", "--no-repeat-ngram"},
                            {"--suppress_sequences", "--suppress"},
                            {"--max_input_length", "--truncate-input"},
                            {"--batch-size", "--batch-tokens, counted in tokens"},
                            {"--mini-batch", "--batch-tokens"},
                            {"-w", "--batch-tokens"},
                            {"--intra_threads", "--threads"},
                            {"--cpu-threads", "--threads"},
                            {"--compute_type", "--compute"},
                            {"--quiet-translation", "--quiet"},
                            {"-c", "--config"},
                            {"-M", "--model"},
                            {"--models", "--model"},
                            {"-src", "--input-file"},
                            {"-beam_size", "--beam"},
                            {"--return_scores", "--scores"},
                            {"--print-alignment", "--alignments"}});
  expect_ours("bench", {{"--batch-size", "--batch"}, {"--num-beams", "--beam"}});
  expect_ours("bleu", {{"--hypothesis", "-i"},
                       {"--sys", "-i"},
                       {"--smoothing", "--smooth-method"},
                       {"--ignore-case", "--lowercase"},
                       {"--word_order", "--chrf-word-order"},
                       {"--langpair", "--language-pair"}});
  expect_usage_error({"translate", "-b6", "Hello."}, "here it is --beam");
  expect_usage_error({"translate", "--beam_size=6", "Hello."},
                     "unknown option --beam_size: here it is --beam");
}

TEST(CommandLine, NamesOfWhatThereIsNoneOfAreExplained) {
  expect_usage_error({"translate", "--device", "cuda"}, "runs on CPUs");
  expect_usage_error({"translate", "--vocabs", "a", "b"}, "the model directory holds");
  expect_usage_error({"bleu", "--refs", "a"}, "reference files stand in front of -i");
  expect_usage_error({"inspect", "--beam", "4"}, "unknown option --beam: it is one of transept");
}

TEST(CommandLine, OneDashInFrontOfALongFlagIsNoShortFlag) {
  // Not the model "odel" nor the file "utput".
  expect_usage_error({"translate", "-model", "x", "Hello."},
                     "unknown option -model; did you mean --model?");
  expect_usage_error({"translate", "-output", "x", "Hello."}, "did you mean --output?");
  expect_usage_error({"bleu", "-metrics", "bleu"}, "did you mean --metrics?");
  EXPECT_EQ(run({"translate", "--", "-model"}).code, 0);
}

TEST(CommandLine, AMisspeltBeginningIsRecognised) {
  expect_usage_error({"bleu", "--smoth", "exp"}, "did you mean --smooth-method?");
  expect_usage_error({"bleu", "--tokeni"}, "--tokenize");
  expect_usage_error({"translate", "--repetiton", "2"}, "did you mean --repetition-penalty?");
  expect_usage_error({"translate", "--xyzzy"}, "unknown option --xyzzy\n");
}

TEST(CommandLine, EmptyNamesOfFilesAreErrors) {
  // What "$DIR" of a shell leaves when DIR is not set is neither the default model nor stdin.
  expect_usage_error({"translate", "--model", "", "Hello."}, "--model: the name is empty");
  expect_usage_error({"translate", "-i", ""}, "--input-file: the name is empty");
  expect_usage_error({"inspect", ""}, "the name is empty");
  expect_usage_error({"shortlist", "", "target"}, "the name is empty");
  expect_usage_error({"regress", ""}, "the name is empty");
  expect_usage_error({"bleu", "ref", "-i", ""}, "the name is empty");
}

TEST(CommandLine, NumbersBelowTheLeastNameTheirFlagAlone) {
  expect_usage_error({"translate", "--beam", "0", "Hello."}, "--beam 0: at least 1 is needed\n");
  expect_usage_error({"translate", "--max-length", "0", "Hello."}, "--max-length 0: at least 1");
  expect_usage_error({"translate", "--format", "jsonl", "--n-best", "0", "Hello."},
                     "--n-best 0: at least 1");
}

TEST(CommandLine, WhatTheModelBoundsIsNotTakenForAFlag) {
  expect_usage_error({"translate", "--format", "jsonl", "--n-best", "5", "Hello."},
                     "--n-best 5 is above the model's own beam of 4");
  expect_usage_error({"translate", "--min-length", "600", "Hello."},
                     "--min-length 600 is above the model's own maximal length of 511");
  expect_usage_error({"translate", "--format", "jsonl", "--n-best", "5", "--beam", "4", "Hello."},
                     "--n-best 5 is above --beam 4");
}

TEST(CommandLine, VariablesThatNobodyReads) {
  const auto refused = [](const std::string& variable, const std::string& said) {
    const Outcome outcome = run({"translate", "Hello."}, {.environment = {variable}});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, HasSubstr(said));
  };
  refused("TRANSEPT_BEAMS=3",
          "TRANSEPT_BEAMS: unknown option --beams; did you mean TRANSEPT_BEAM?");
  refused("TRANSEPT_MAX_LENGHT=3", "TRANSEPT_MAX_LENGHT: unknown option --max-lenght");
  refused("TRANSEPT_NUM_BEAMS=3", "here it is --beam");
  // Those of others, and of other sub-commands.
  for (const char* variable : {"TRANSEPT_HOME=/x", "TRANSEPT_SRC=/x", "TRANSEPT_TOKENIZE=zh",
                               "TRANSEPT_MODEL_PATH=/x", "TRANSEPT_BEAMS="}) {
    const Outcome outcome = run({"translate", "Hello."}, {.environment = {variable}});
    EXPECT_EQ(outcome.code, 0) << variable;
    EXPECT_EQ(outcome.err, "") << variable;
  }
  EXPECT_THAT(run({"translate", "-v", "Hello."}, {.environment = {"TRANSEPT_HOME=/x"}}).err,
              HasSubstr("nothing reads the variable TRANSEPT_HOME"));
}

TEST(CommandLine, AByteOrderMarkIsNoPartOfAName) {
  const std::string path = testing::TempDir() + "transept-mark.conf";
  const std::string expected = run({"translate", "--format", "nbest", "Hello."}).out;
  for (const char* text : {"\xEF\xBB\xBF"
                           "format = nbest\r\n",
                           "\xEF\xBB\xBF[translate]\nformat = nbest\n"}) {
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(run({"translate", "--config", path, "Hello."}).out, expected);
  }
  // The first line of an environment file of docker's or systemd's.
  EXPECT_EQ(
      run({"translate", "Hello."}, {.environment = {"\xEF\xBB\xBFTRANSEPT_FORMAT=nbest"}}).out,
      expected);
}

TEST(CommandLine, LinesOfAConfigurationFileThatAreNone) {
  const std::string path = testing::TempDir() + "transept-lines.conf";
  const auto refused = [&](const std::string& content, const std::string& said) {
    std::ofstream(path, std::ios::binary) << content;
    expect_usage_error({"translate", "--config", path, "Hello."}, path + said);
  };
  refused("[[[[", ", line 1: [[[[ is not a section such as [translate]");
  refused("beam = 2\n[translate\n", ", line 2: [translate is not a section");
  refused("# x\n\n== 3\n", ", line 3: == 3 is neither key = value nor [section]");
  refused("{\"beam\": 2}\n", ", line 1: {\"beam\": 2} is neither");
  refused("suppress = [\"a\",\n\"b\"\n", ", line 1: no ] follows");
  refused("beam =\n", ", line 1: beam has no value");
  refused(std::string("\xFF\xFE"
                      "b\0e\0a\0m\0",
                      10),
          " is UTF-16; it must be UTF-8");
  refused(std::string("b\0e\0", 4), " is not a text file");
  refused(std::string(2 << 20, '#'), " is larger than 1 MiB");
  refused("num_beams = 2\n", ": unknown option --num_beams: here it is --beam");
  std::ofstream(path) << "; c\n# c\nformat = jsonl\nsuppress = [\n  \"a\",\n  \"b\"\n]\n";
  EXPECT_EQ(run({"translate", "--config", path, "Hello."}).code, 0);
}

}  // namespace
}  // namespace transept::testing_support
