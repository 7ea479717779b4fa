// SentencePiece: text to pieces and back with a `.spm` model, byte for byte like the library of
// that name.
//
// The project reads `.spm` files itself because libsentencepiece brings a protobuf of its own that
// clashes with the one of host programs. Behaviour is that of SentencePiece 0.2.3 without sampling;
// the tests compare with Debian's library. Immutable after opening, safe to use from many threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/normalizer.h"
#include "tokenizer/piece_trie.h"
#include "tokenizer/segmenter.h"
#include "tokenizer/spm_model.h"
#include "transept/status.h"

namespace transept {

// A text in pieces.
struct SpmEncoding {
  std::string normalized;
  std::vector<std::int32_t> ids;
  // Parallel to ids: bytes [begin, end) of `normalized` that the piece stands for.
  std::vector<std::pair<std::size_t, std::size_t>> spans;
  // Parallel to ids when asked for: bytes [begin, end) of the text; of the byte pieces of one
  // character only the last has a range that is not empty.
  std::vector<std::pair<std::size_t, std::size_t>> offsets;
};

class SentencePiece {
 public:
  // Errors: those of read_spm; kUnsupported for word and character models.
  static Result<SentencePiece> open(const std::filesystem::path& path);
  // `name` stands in messages.
  static Result<SentencePiece> build(SpmModel model, std::string_view name);

  // Invalid UTF-8 counts as U+FFFD, byte by byte. Neighbouring unknown characters are one piece.
  // REQUIRES: the normalised text, at most 18 times as long, is below 4 GiB.
  SpmEncoding encode(std::string_view text, bool with_offsets) const;
  // The text of piece i: the piece's name, or the characters themselves where they are unknown.
  std::string_view piece(const SpmEncoding& encoding, std::size_t i) const;

  // Pieces by name, as a caller's own vocabulary has them; names the model does not know stay as
  // they are.
  std::string decode(std::span<const std::string_view> pieces) const;

  std::size_t size() const { return model_.pieces.size(); }
  // REQUIRES: 0 <= id < size().
  std::string_view name(std::int32_t id) const {
    return model_.pieces[static_cast<std::size_t>(id)].text;
  }
  // The unknown piece's id for a name that is not there.
  std::int32_t id(std::string_view name) const;
  std::int32_t unk_id() const { return model_.unk_id; }

  // "unigram, 8000 pieces, nmt_nfkc".
  std::string describe() const;

 private:
  SentencePiece() = default;

  SpmModel model_;
  std::shared_ptr<const PieceTable> pieces_;
  PieceTrie reserved_;
  std::vector<std::int32_t> byte_ids_;  // 256 when byte_fallback is set
  std::unique_ptr<const Segmenter> segmenter_;
  Normalizer normalizer_;
  std::unique_ptr<const Normalizer> denormalizer_;
};

}  // namespace transept
