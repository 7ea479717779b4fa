// Validators of flags: they name the word and what it should have been; the parser puts the flag in
// front.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

namespace transept::tools {

inline CLI::Validator one_of(const std::vector<std::string>& words) {
  return CLI::Validator(
      [words](std::string& word) -> std::string {
        std::string list;
        for (const std::string& one : words) {
          if (word == one) return "";
          list += (list.empty() ? "" : one == words.back() ? " or " : ", ") + one;
        }
        return word + " is not " + list;
      },
      "");
}

inline CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& word) -> std::string {
        std::uint32_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        return error == std::errc() && end == word.data() + word.size()
                   ? ""
                   : word + " is not a whole number";
      },
      "");
}

inline CLI::Validator whole_number_between(std::uint32_t least, std::uint32_t most) {
  return CLI::Validator(
      [least, most](std::string& word) -> std::string {
        std::uint32_t number = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
        const bool good = error == std::errc() && end == word.data() + word.size() &&
                          number >= least && number <= most;
        return good ? ""
                    : word + " is not a whole number from " + std::to_string(least) + " to " +
                          std::to_string(most);
      },
      "");
}

inline CLI::Validator number() {
  return CLI::Validator(
      [](std::string& word) -> std::string {
        float value = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        const bool good =
            error == std::errc() && end == word.data() + word.size() && std::isfinite(value);
        return good ? "" : word + " is not a number";
      },
      "");
}

}  // namespace transept::tools
