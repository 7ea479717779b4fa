// Validators of flags: they name the word and what it should have been; the parser puts the flag in
// front.
#pragma once

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>
#include <vector>

#include "transept/words.h"

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

// The words of an enumeration.
template <class T>
std::vector<std::string> all_words() {
  std::vector<std::string> words;
  for (const Word<T>& one : WordsOf<T>::all) words.emplace_back(one.word);
  return words;
}

// A file or directory: not the empty word that an unset variable of a shell leaves ("$DIR").
inline CLI::Validator some_path() {
  return CLI::Validator(
      [](std::string& word) -> std::string { return word.empty() ? "the name is empty" : ""; }, "");
}

// A number of type T from `least` to `most`, written out in full; `kind` says what was expected.
template <class T>
CLI::Validator number_between(T least, T most, const std::string& kind) {
  return CLI::Validator(
      [=](std::string& word) -> std::string {
        T value{};
        const char* const end_of_word = word.data() + word.size();
        const auto [end, error] = std::from_chars(word.data(), end_of_word, value);
        if (end == end_of_word && error == std::errc::result_out_of_range) {
          return word + " is out of range";
        }
        // Written so that "nan" is refused, too.
        const bool good =
            error == std::errc() && end == end_of_word && value >= least && value <= most;
        return good ? "" : (word.empty() ? "nothing" : word) + " is not " + kind;
      },
      "");
}

inline CLI::Validator whole_number() {
  return number_between<std::uint32_t>(0, std::numeric_limits<std::uint32_t>::max(),
                                       "a whole number");
}

inline CLI::Validator whole_number_between(std::uint32_t least, std::uint32_t most) {
  return number_between(
      least, most, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
}

inline CLI::Validator number() {
  return number_between(std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max(),
                        "a number");
}

}  // namespace transept::tools
