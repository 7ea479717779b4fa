// Progress: a line on the terminal about work that takes long. Not thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace transept::tools {

class Progress {
 public:
  // Shows nothing unless `enabled`, nor before the work has taken a second.
  explicit Progress(bool enabled) : enabled_(enabled) {}
  ~Progress();

  // After each line. `share`: the part of the input that has been translated; 0: not known.
  void update(std::size_t lines, std::size_t tokens, double share);

 private:
  using Clock = std::chrono::steady_clock;
  bool enabled_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_ + std::chrono::seconds(1);
};

}  // namespace transept::tools
