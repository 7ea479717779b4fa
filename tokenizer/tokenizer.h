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
  // Bytes of the language code that the text begins with, 0: none. ids.front() is its id.
  std::size_t language_code = 0;
};

enum class Detail { ids_only, all };  // all fills tokens and offsets too

// What special tokens written in a text (`</s>`, `<pad>`) are: characters like any others, or these
// tokens, as transformers takes them. A language code in front that the family reads (`>>fra<<`)
// is neither: it counts always, where the vocabulary has it.
enum class Specials { as_text, as_tokens };

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Text to the encoder's input. Invalid UTF-8 must have been replaced before (tokenizer/utf8.h).
  // Specials::as_text: no text, whatever it holds, gives the id of a special token other than the
  // unknown one, besides those that the tokenizer itself adds.
  virtual Encoding encode_source(std::string_view text, Detail detail, Specials specials) const = 0;
  // Text to target ids, end token included (scores, prefixes, tests). Specials count as tokens.
  virtual Encoding encode_target(std::string_view text, Detail detail) const = 0;
  // Ids that stand behind those of every encoded text: the end token.
  virtual std::span<const std::int32_t> source_specials() const = 0;
  virtual std::span<const std::int32_t> target_specials() const = 0;
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
