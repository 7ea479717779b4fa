// Normalizer: SentencePiece's preparation of a text before it is cut into pieces.
//
// Replaces characters by the charsmap, folds white space, writes blanks as U+2581 and puts one in
// front. The result is the same, byte for byte, as SentencePiece's. Immutable and thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/charsmap.h"
#include "tokenizer/piece_trie.h"
#include "tokenizer/spm_model.h"
#include "transept/status.h"

namespace transept {

inline constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581, stands for a blank

class Normalizer {
 public:
  // Nothing of `spec` is kept. `user_defined` holds texts that stay as they are.
  // Errors: kCorrupt; `name` stands in the message.
  static Result<Normalizer> build(const SpmNormalizerSpec& spec, bool whitespace_as_suffix,
                                  PieceTrie user_defined, bool has_user_defined,
                                  std::string_view name);

  std::string normalize(std::string_view text) const;
  // The same; sources becomes parallel to the result, with one entry more: the offset in `text` of
  // the character that each byte came from, the end of what was used in the last.
  std::string normalize(std::string_view text, std::vector<std::size_t>& sources) const;

 private:
  struct Unit {
    std::size_t length = 0;  // bytes of the text
    std::string_view content;
  };
  Unit first(std::string_view text) const;
  template <bool track>
  std::string run(std::string_view text, std::vector<std::size_t>& sources) const;

  Charsmap charsmap_;
  PieceTrie user_defined_;
  bool has_user_defined_ = false;
  bool whitespace_as_suffix_ = false;
  bool add_dummy_prefix_ = true;
  bool remove_extra_whitespaces_ = true;
  bool escape_whitespaces_ = true;
};

}  // namespace transept
