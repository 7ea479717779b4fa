#include "tools/cli/progress.h"

#include <cstdio>
#include <string>

#include "tools/cli/messages.h"

namespace transept::tools {
namespace {

constexpr std::chrono::milliseconds kInterval{200};
constexpr std::size_t kBarWidth = 24;

std::string clock_text(double seconds) {
  const auto total = static_cast<unsigned long>(seconds + 0.5);
  char text[32];
  if (total >= 3600) {
    std::snprintf(text, sizeof text, "%lu:%02lu:%02lu", total / 3600, total / 60 % 60, total % 60);
  } else {
    std::snprintf(text, sizeof text, "%lu:%02lu", total / 60, total % 60);
  }
  return text;
}

}  // namespace

Progress::~Progress() {
  if (enabled_) show_status("");
}

void Progress::update(std::size_t lines, std::size_t tokens, double share) {
  const Clock::time_point now = Clock::now();
  if (!enabled_ || now < next_) return;
  next_ = now + kInterval;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  std::string text;
  if (share > 0.0) {
    const auto done = static_cast<std::size_t>(share * kBarWidth);
    text += "[" + std::string(done, '#') + std::string(kBarWidth - done, '.') + "] ";
    text += std::to_string(static_cast<int>(share * 100)) + "%  ";
  }
  text += std::to_string(lines) + " lines  " +
          std::to_string(static_cast<unsigned long>(static_cast<double>(tokens) / seconds)) +
          " tokens/s  " + clock_text(seconds);
  if (share > 0.0) text += ", " + clock_text(seconds / share - seconds) + " left";
  show_status(text);
}

}  // namespace transept::tools
