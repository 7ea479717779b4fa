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

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// What git prints; "" where there is no repository or no git.
std::string git(const std::filesystem::path& directory, const std::string& arguments) {
  const std::string command = "git -C " + quoted(std::filesystem::absolute(directory).string()) +
                              " " + arguments + " 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "re"),
                                                             ::pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  while (pipe && std::fgets(buffer.data(), buffer.size(), pipe.get()) != nullptr) {
    out += buffer.data();
  }
  return out;
}

// The commit checked out where `directory` lies, with "-dirty" behind it when tracked files differ
// from it, but for the baselines themselves.
std::string commit_of(const std::filesystem::path& directory,
                      const std::filesystem::path& baselines) {
  std::string commit = git(directory, "rev-parse --short=12 HEAD");
  while (commit.ends_with('\n')) commit.pop_back();
  if (commit.empty()) return commit;
  const std::string own = baselines.lexically_relative(directory).string();
  const bool below = !own.empty() && !own.starts_with("..");
  const std::string changed =
      git(directory, "status --porcelain --untracked-files=no -- :/" +
                         (below ? " " + quoted(":(exclude)" + own) : std::string()));
  return changed.empty() ? commit : commit + "-dirty";
}

}  // namespace

RunRecord record_of_this_run(const std::filesystem::path& directory,
                             const std::filesystem::path& baselines) {
  return {time_now(), TRANSEPT_VERSION, commit_of(directory, baselines), processor_name(),
          std::thread::hardware_concurrency()};
}

}  // namespace transept::tools
