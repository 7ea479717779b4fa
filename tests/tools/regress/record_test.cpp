#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temp_path.h"
#include "tools/regress/baselines.h"

namespace transept::tools {
namespace {

using testing::MatchesRegex;

// A folder whose name a shell would take apart.
class Record : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = temp_path("record of 'this' $run");
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "suite");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  // Whether git did it. Without the settings of whoever runs the test.
  bool git(const std::string& arguments) const {
    std::filesystem::path here = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
    const int code =
        std::system(("GIT_CONFIG_GLOBAL=/dev/null git -c user.name=t -c user.email=t@t " +
                     arguments + " > /dev/null 2>&1")
                        .c_str());
    std::filesystem::current_path(here);
    return code == 0;
  }
  std::string commit() const {
    return record_of_this_run(folder_ / "suite", folder_ / "suite/base.json").commit;
  }
  std::filesystem::path folder_;
};

TEST_F(Record, NamesTimeAndMachine) {
  const RunRecord record = record_of_this_run(folder_, folder_ / "base.json");
  EXPECT_THAT(record.time, MatchesRegex("20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:]*Z"));
  EXPECT_FALSE(record.version.empty());
  EXPECT_GT(record.cores, 0u);
}

TEST_F(Record, NamesTheCommitAndWhetherFilesDiffer) {
  // A repository around the temporary folder is none of the test's.
  ::setenv("GIT_CEILING_DIRECTORIES", folder_.parent_path().c_str(), 1);
  EXPECT_EQ(commit(), "");
  if (!git("init")) GTEST_SKIP() << "git is not installed";
  EXPECT_EQ(commit(), "");
  write("file", "one");
  write("suite/base.json", "one");
  ASSERT_TRUE(git("add . ") && git("commit -m first"));
  const std::string clean = commit();
  EXPECT_THAT(clean, MatchesRegex("[0-9a-f]{12,}"));
  write("suite/base.json", "two");
  EXPECT_EQ(commit(), clean);
  write("untracked", "one");
  EXPECT_EQ(commit(), clean);
  write("file", "two");
  EXPECT_EQ(commit(), clean + "-dirty");
}

}  // namespace
}  // namespace transept::tools
