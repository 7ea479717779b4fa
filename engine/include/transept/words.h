// The words of enumerations: what flags, configuration files, inspect and messages call their values.
#pragma once

#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "transept/options.h"

namespace transept {

template <class T>
struct Word {
  std::string_view word;
  T value;
};

// WordsOf<T>::all has every word of T, in the order in which help and messages name them.
template <class T>
struct WordsOf;

template <>
struct WordsOf<bool> {
  static constexpr Word<bool> all[] = {{"on", true}, {"off", false}};
};

template <>
struct WordsOf<Compute> {
  static constexpr Word<Compute> all[] = {{"auto", Compute::automatic},
                                          {"float32", Compute::float32},
                                          {"bfloat16", Compute::bfloat16},
                                          {"int8", Compute::int8},
                                          {"int4", Compute::int4}};
};

template <>
struct WordsOf<Gemm> {
  static constexpr Word<Gemm> all[] = {{"native", Gemm::native}, {"openblas", Gemm::openblas}};
};

template <>
struct WordsOf<Rules> {
  static constexpr Word<Rules> all[] = {{"auto", Rules::automatic},
                                        {"transformers", Rules::transformers},
                                        {"ctranslate2", Rules::ctranslate2},
                                        {"marian", Rules::marian}};
};

template <>
struct WordsOf<EarlyStopping> {
  static constexpr Word<EarlyStopping> all[] = {
      {"false", EarlyStopping::off}, {"true", EarlyStopping::on}, {"never", EarlyStopping::never}};
};

template <>
struct WordsOf<Split> {
  static constexpr Word<Split> all[] = {{"auto", Split::automatic},
                                        {"sentences", Split::sentences},
                                        {"long", Split::long_lines},
                                        {"none", Split::none}};
};

template <>
struct WordsOf<CopyUnknown> {
  static constexpr Word<CopyUnknown> all[] = {{"auto", CopyUnknown::automatic},
                                              {"off", CopyUnknown::off},
                                              {"lines", CopyUnknown::lines},
                                              {"symbols", CopyUnknown::symbols}};
};

// "" of what is no value of T.
template <class T>
constexpr std::string_view word_of(T value) {
  for (const Word<T>& one : WordsOf<T>::all) {
    if (one.value == value) return one.word;
  }
  return "";
}

// None for a word that T does not have.
template <class T>
constexpr std::optional<T> value_of(std::string_view word) {
  for (const Word<T>& one : WordsOf<T>::all) {
    if (one.word == word) return one.value;
  }
  return std::nullopt;
}

// "false, true or never".
template <class T>
std::string words_of() {
  std::string list;
  for (const Word<T>& one : WordsOf<T>::all) {
    const bool last = &one == std::end(WordsOf<T>::all) - 1;
    list += (list.empty() ? "" : last ? " or " : ", ") + std::string(one.word);
  }
  return list;
}

}  // namespace transept
