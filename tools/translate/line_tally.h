// LineTally: which lines have something that a user should know of.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "transept/translator.h"

namespace transept::tools {

class LineTally {
 public:
  // all: names every line, not only the first few.
  explicit LineTally(bool all) : all_(all) {}

  // Line `number`, from 1.
  void count(std::size_t number, const Translation& line);
  // A sentence for each thing that there was: "2 lines cut to --truncate-input (lines 3 and 17)".
  std::vector<std::string> sentences() const;

 private:
  struct Lines {
    std::size_t count = 0;
    std::vector<std::size_t> numbers;  // the first ones, or all
  };

  std::string names(const Lines& lines) const;

  static constexpr std::size_t kKinds = 5;
  const bool all_;
  std::array<Lines, kKinds> kinds_;
};

}  // namespace transept::tools
