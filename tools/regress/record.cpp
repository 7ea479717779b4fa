// When, where and of what a run was made: the clock, the machine, git.
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "tools/regress/baselines.h"
#include "transept/version.h"

namespace transept::tools {
namespace {

std::string time_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos && line.starts_with("model name")) return line.substr(colon + 2);
  }
  return "";
}

// The commit checked out where `directory` lies, with "-dirty" behind it when tracked files differ;
// "" where there is no repository or no git.
std::string commit_of(const std::filesystem::path& directory) {
  std::string quoted;
  for (const char c : std::filesystem::absolute(directory).string())
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  const std::string command =
      "git -C '" + quoted + "' describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "re"),
                                                             ::pclose);
  std::array<char, 128> text{};
  if (!pipe || std::fgets(text.data(), text.size(), pipe.get()) == nullptr) return "";
  std::string commit = text.data();
  while (commit.ends_with('\n')) commit.pop_back();
  return commit;
}

}  // namespace

RunRecord record_of_this_run(const std::filesystem::path& directory) {
  return {time_now(), TRANSEPT_VERSION, commit_of(directory), processor_name(),
          std::thread::hardware_concurrency()};
}

}  // namespace transept::tools
