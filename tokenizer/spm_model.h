// SpmModel: the content of a SentencePiece `.spm` or `.model` file (the protobuf message
// ModelProto).
//
// Source: sentencepiece_model.proto of SentencePiece 0.2. Only the fields that encoding and
// decoding need are kept. Immutable after reading; views point into the bytes that `owner` keeps
// alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept {

enum class SpmKind : std::uint8_t { unigram = 1, bpe = 2, word = 3, character = 4 };

enum class SpmPieceType : std::uint8_t {
  normal = 1,
  unknown = 2,
  control = 3,
  user_defined = 4,
  unused = 5,
  byte = 6,
};

struct SpmPiece {
  std::string_view text;
  float score = 0.0f;
  SpmPieceType type = SpmPieceType::normal;

  // Matched in text: the other types (unknown, control, byte) are reserved names.
  bool is_text() const {
    return type == SpmPieceType::normal || type == SpmPieceType::user_defined ||
           type == SpmPieceType::unused;
  }
};

struct SpmNormalizerSpec {
  std::string_view name;      // "nmt_nfkc", "identity", ...
  std::string_view charsmap;  // see tokenizer/charsmap.h; empty: characters stay as they are
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
  bool escape_whitespaces = true;
};

struct SpmModel {
  SpmKind kind = SpmKind::unigram;
  std::vector<SpmPiece> pieces;  // the index is the id
  std::int32_t unk_id = -1;
  bool byte_fallback = false;
  bool treat_whitespace_as_suffix = false;
  std::string_view unk_surface = " \xE2\x81\x87 ";  // what an unknown piece decodes to
  SpmNormalizerSpec normalizer;
  std::optional<SpmNormalizerSpec> denormalizer;
  std::shared_ptr<const void> owner;
};

// A byte piece's value ("<0x0A>" is 10), -1 when `piece` does not have that form.
int spm_byte_value(std::string_view piece);

// Reads the message and checks what SentencePiece checks when it loads a model: pieces are distinct
// and not empty, one of them is unknown, byte pieces are complete exactly when byte_fallback is
// set. `name` stands in messages. Errors: kCorrupt; never allocates more than a small multiple of
// bytes.size().
Result<SpmModel> parse_spm(std::span<const std::byte> bytes, std::string_view name,
                           std::shared_ptr<const void> owner);

// The same from a file, whose bytes stay in memory. Errors: those of parse_spm, kNotFound.
Result<SpmModel> read_spm(const std::filesystem::path& path);

}  // namespace transept
