// AddedTokens: tokens that are found in the text before it is cut into pieces (`</s>`, `<pad>`,
// ...).
//
// The behaviour is that of transformers' PreTrainedTokenizer.tokenize and of its Trie.split (4.57),
// including which of several overlapping tokens wins. Immutable and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/piece_trie.h"
#include "transept/status.h"

namespace transept {

struct AddedToken {
  std::string content;
  std::int32_t id = -1;
  bool lstrip = false;       // takes the white space on its left along
  bool rstrip = false;       // takes the white space on its right along
  bool single_word = false;  // only between blanks
  bool special = false;      // dropped from decoded text
  bool reserved = false;     // some file calls it special: in text it counts on request only
};

class AddedTokens {
 public:
  AddedTokens() = default;
  // Later tokens replace earlier ones of the same content.
  // Errors: kCorrupt when a content is empty or holds a NUL byte.
  static Result<AddedTokens> build(const std::vector<AddedToken>& tokens);

  // Bytes [begin, end) of the text; never empty.
  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
    const AddedToken* token = nullptr;  // nullptr: text to be cut into pieces
  };
  std::vector<Part> split(std::string_view text) const;

  // nullptr when there is none.
  const AddedToken* find(std::string_view content) const;
  const AddedToken* find(std::int32_t id) const;

 private:
  std::vector<std::size_t> boundaries(std::string_view text) const;

  std::vector<AddedToken> tokens_;
  std::map<std::int32_t, std::size_t> by_id_;  // to the place in tokens_
  PieceTrie trie_;                             // to the place in tokens_
};

}  // namespace transept
