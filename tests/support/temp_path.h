// Paths for what a test writes, of this process alone: the same test may run in two builds at a
// time.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace transept {

inline std::filesystem::path temp_path(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / (std::to_string(::getpid()) + "_" + name);
}

}  // namespace transept
