// LanguageCodes: the languages a model chooses among by a token in front of its source.
//
// Marian's multilingual models have tokens like >>fra<< or >>cmn_Hans<<; their codes are the names.
// Immutable but for what find() has found so far, which is locked. Thread-safe; copies share it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"
#include "transept/status.h"

namespace transept {

class LanguageCodes {
 public:
  LanguageCodes() = default;
  // The tokens >>code<< of the source vocabulary.
  static LanguageCodes of_marian(const Tokenizer& tokenizer);

  // In the order of their names; empty: the model has one target language.
  const std::vector<std::string>& codes() const { return codes_; }

  // The model's own code for `wanted`: itself; else what is the same but for case and `-` for `_`;
  // else the one code of the same language ("fr", "fra", "fra_Latn"), script and region where both
  // tell them. Errors: kInvalidArgument (no such language, with suggestions; several fit).
  Result<std::string> find(std::string_view wanted) const;

  // How many bytes a code token takes at the front of the text, blanks behind it included; 0: none.
  static std::size_t prefix_length(std::string_view text);
  // ">>fra<<" for "fra".
  static std::string token(std::string_view code);
  // The code in a text's first token, known to the model or not. REQUIRES: prefix_length(text) > 0.
  static std::string_view code_of(std::string_view text);
  bool has(std::string_view code) const;

 private:
  struct Found;  // codes by what was asked for
  Result<std::string> search(std::string_view wanted) const;

  std::vector<std::string> codes_;
  std::shared_ptr<Found> found_;
};

}  // namespace transept
