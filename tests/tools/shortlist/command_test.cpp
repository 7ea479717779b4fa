// transept shortlist and translate --shortlist, run as a user runs them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/support/temp_path.h"
#include "tests/tools/support/expect_failure.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kFixture = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";

class Shortlist : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = temp_path("shortlist");
    std::filesystem::create_directory(folder_);
    write("en", "I am here.\nYou are here.\nTom is here.\n");
    write("de", "Ich bin hier.\nDu bist hier.\nTom ist hier.\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }
  std::string read(const std::string& name) const { return read_file(path(name)); }
  bool exists(const std::string& name) const { return std::filesystem::exists(path(name)); }

  Outcome make(std::vector<std::string> more, const RunOptions& options = {}) const {
    more.insert(more.begin(), {"shortlist", "--model", kFixture});
    return run(more, options);
  }

  std::filesystem::path folder_;
};

TEST_F(Shortlist, IsTextOrBinaryByTheNameOfTheOutput) {
  const Outcome text = make({path("en"), path("de"), "-o", path("lex.s2t"), "--threads", "1"});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_EQ(text.out + text.err, "");
  EXPECT_THAT(read("lex.s2t"), HasSubstr("\xE2\x96\x81Tom \xE2\x96\x81Tom "));
  const Outcome printed = make({path("en"), "-", "--threads", "3"}, {.input = read("de")});
  EXPECT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.out, read("lex.s2t"));
  const Outcome binary = make({path("en"), path("de"), "-o", path("lex.bin"), "--first", "20"});
  EXPECT_EQ(binary.code, 0) << binary.err;
  EXPECT_THAT(read("lex.bin"), StartsWith("\xF5\x17\x34\x01\xD5\x48\x1A\xF1"));
  EXPECT_EQ(make({path("en"), path("de"), "--format", "binary", "--first", "20"}).out,
            read("lex.bin"));

  // Either restricts translations in the same way.
  const std::vector<std::string> translate = {"translate",    "--model", kFixture,
                                              "--max-length", "20",      "Tom is here."};
  std::vector<std::string> with_text = translate, with_binary = translate;
  with_text.insert(with_text.end(), {"--shortlist", path("lex.s2t"), "--shortlist-first", "20"});
  with_binary.insert(with_binary.end(), {"--shortlist", path("lex.bin")});
  const Outcome restricted = run(with_text);
  EXPECT_EQ(restricted.code, 0) << restricted.err;
  EXPECT_EQ(run(with_binary).out, restricted.out);
  with_text.back() = "100000";
  EXPECT_EQ(run(with_text).out, run(translate).out);
}

TEST_F(Shortlist, RefusesWhatCannotBe) {
  expect_failure(make({path("en")}), 2, {"TARGET"});
  expect_failure(make({"-", "-"}), 2, {"only one of SOURCE and TARGET"});
  expect_failure(make({path("en"), path("none")}), 3, {"none"});
  write("longer", read("de") + "Mehr.\n");
  expect_failure(make({path("en"), path("longer"), "-o", path("lex")}), 3,
                 {path("en") + " ends after line 3"});
  expect_failure(make({path("longer"), path("de")}), 3, {path("de") + " ends after line 3"});
  write("empty", "");
  expect_failure(make({path("empty"), path("empty")}), 3, {"no pairs of sentences"});
  expect_failure(make({path("en"), path("de"), "-o", path("no/folder")}), 4, {"no/folder"});
  expect_failure(make({path("en"), path("de"), "--best", "0"}), 2, {"0 best"});
  expect_failure(make({path("en"), path("de"), "--format", "gzip"}), 2, {"--format"});
  EXPECT_FALSE(exists("lex"));
}

TEST_F(Shortlist, TranslateRefusesFilesThatDoNotFit) {
  const auto translate = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"translate", "--model", kFixture, "Hello."});
    return run(more);
  };
  write("foreign", "casa maison 0.5\n");
  expect_failure(translate({"--shortlist", path("foreign")}), 5, {"another model"});
  expect_failure(translate({"--shortlist", path("none")}), 5, {"none"});
  expect_failure(translate({"--shortlist-best", "5"}), 2, {"--shortlist"});
  ASSERT_EQ(make({path("en"), path("de"), "-o", path("lex.bin")}).code, 0);
  expect_failure(translate({"--shortlist", path("lex.bin"), "--shortlist-best", "5"}), 2,
                 {"binary"});
}

TEST_F(Shortlist, AnInterruptionLeavesNothingBehind) {
  Process process({"shortlist", "--model", kFixture, "-", path("de"), "-o", path("lex")});
  process.write("I am here.\n");
  // its temporary file
  while (std::distance(std::filesystem::directory_iterator(folder_), {}) < 3) usleep(1000);
  process.send_signal(SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err, HasSubstr("interrupted; nothing was written"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 2);
}

TEST_F(Shortlist, AByteOrderMarkIsNoPartOfTheFirstWord) {
  // With one line, losing its word loses all there is.
  const std::string line = "\xE2\x96\x81the \xE2\x96\x81the 0.5\n";
  write("plain", line);
  write("marked", "\xEF\xBB\xBF" + line);
  const auto translated = [&](const std::string& file) {
    return run({"translate", "--model", kFixture, "--shortlist", path(file), "the"});
  };
  ASSERT_EQ(translated("plain").code, 0) << translated("plain").err;
  EXPECT_EQ(translated("marked").code, 0) << translated("marked").err;
  EXPECT_EQ(translated("marked").out, translated("plain").out);
}

TEST_F(Shortlist, AFlagWithoutItsFileIsNamedAlone) {
  expect_failure(run({"translate", "--shortlist-best", "5", "Hello."}), 2,
                 {"transept: --shortlist-best is about the file of --shortlist"});
}

}  // namespace
}  // namespace transept::testing_support
