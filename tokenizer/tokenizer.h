// Tokenizer: text to model ids and back, with byte offsets.
//
// Implementations are immutable after loading and safe to use from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept {

struct Encoding {
  std::vector<std::int32_t> ids;    // the model input, special tokens included
  std::vector<std::string> tokens;  // parallel to ids
  // Parallel to ids: bytes [begin, end) of the text a token came from; empty ranges for specials.
  std::vector<std::pair<std::size_t, std::size_t>> offsets;
};

enum class Detail { ids_only, all };  // all fills tokens and offsets too

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Text to the encoder's input. Invalid UTF-8 must have been replaced before (tokenizer/utf8.h).
  virtual Encoding encode_source(std::string_view text, Detail detail) const = 0;
  // Text to target ids, end token included (scores, prefixes, tests).
  virtual Encoding encode_target(std::string_view text, Detail detail) const = 0;
  // Generated ids to text: special tokens dropped.
  virtual std::string decode_target(std::span<const std::int32_t> ids) const = 0;
  // The name of an id, "" when it is out of range.
  virtual std::string_view source_token(std::int32_t id) const = 0;
  virtual std::string_view target_token(std::int32_t id) const = 0;
  // -1 when there is no such token.
  virtual std::int32_t source_id(std::string_view token) const = 0;
  virtual std::int32_t target_id(std::string_view token) const = 0;
  // Number of ids: one past the largest.
  virtual std::size_t source_vocab() const = 0;
  virtual std::size_t target_vocab() const = 0;
  // One line for `inspect`: "SentencePiece unigram, 8000 pieces, nmt_nfkc".
  virtual std::string describe() const = 0;
};

}  // namespace transept
