#include "tokenizer/spm_model.h"

#include <bitset>
#include <cmath>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>
#include <utility>

#include "engine/base/file_kind.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"

namespace transept {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// SentencePiece refuses longer pieces, too; the limit also bounds the work for one position of a
// text.
constexpr std::size_t kMaxBytes = std::size_t{512} << 20;
constexpr std::size_t kMaxPieceBytes = 8000;
// Ids are stored in 32 bits, trie positions in 24.
constexpr std::size_t kMaxPieces = 1u << 22;

constexpr std::uint32_t field(std::uint32_t number, pbf_wire_type type) {
  return protozero::tag_and_type(number, type);
}
constexpr auto kBytes = pbf_wire_type::length_delimited;
constexpr auto kVarint = pbf_wire_type::varint;
constexpr auto kFixed32 = pbf_wire_type::fixed32;

std::string_view get_view(pbf_reader& reader) {
  const protozero::data_view view = reader.get_view();
  return {view.data(), view.size()};
}

SpmPiece parse_piece(pbf_reader reader) {
  SpmPiece piece;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(1, kBytes): piece.text = get_view(reader); break;
      case field(2, kFixed32): piece.score = reader.get_float(); break;
      case field(3, kVarint):
        // An unknown enumerator counts as absent, as protobuf has it.
        if (const std::int32_t type = reader.get_enum(); type >= 1 && type <= 6) {
          piece.type = static_cast<SpmPieceType>(type);
        }
        break;
      default: reader.skip();
    }
  }
  return piece;
}

void parse_trainer(pbf_reader reader, SpmModel& model) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(3, kVarint):
        if (const std::int32_t kind = reader.get_enum(); kind >= 1 && kind <= 4) {
          model.kind = static_cast<SpmKind>(kind);
        }
        break;
      case field(24, kVarint): model.treat_whitespace_as_suffix = reader.get_bool(); break;
      case field(35, kVarint): model.byte_fallback = reader.get_bool(); break;
      case field(44, kBytes): model.unk_surface = get_view(reader); break;
      default: reader.skip();
    }
  }
}

void parse_normalizer(pbf_reader reader, SpmNormalizerSpec& spec) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(1, kBytes): spec.name = get_view(reader); break;
      case field(2, kBytes): spec.charsmap = get_view(reader); break;
      case field(3, kVarint): spec.add_dummy_prefix = reader.get_bool(); break;
      case field(4, kVarint): spec.remove_extra_whitespaces = reader.get_bool(); break;
      case field(5, kVarint): spec.escape_whitespaces = reader.get_bool(); break;
      default: reader.skip();
    }
  }
}

void parse_model(pbf_reader reader, SpmModel& model) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case field(1, kBytes): model.pieces.push_back(parse_piece(reader.get_message())); break;
      case field(2, kBytes): parse_trainer(reader.get_message(), model); break;
      case field(3, kBytes): parse_normalizer(reader.get_message(), model.normalizer); break;
      case field(5, kBytes):
        if (!model.denormalizer) model.denormalizer.emplace();
        parse_normalizer(reader.get_message(), *model.denormalizer);
        break;
      default: reader.skip();
    }
  }
}

Status corrupt(std::string_view name, const std::string& reason) {
  return Status(Code::kCorrupt, std::string(name) + ": " + reason);
}

// What one piece must be. Names are checked for being distinct where the index of pieces is built.
Status check_pieces(SpmModel& model, std::string_view name) {
  if (model.pieces.size() > kMaxPieces) {
    return corrupt(name, "it has " + std::to_string(model.pieces.size()) + " pieces, at most " +
                             std::to_string(kMaxPieces) + " are supported");
  }
  std::bitset<256> bytes;
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    const SpmPiece& piece = model.pieces[id];
    const std::string which = "piece " + std::to_string(id);
    if (piece.text.empty()) return corrupt(name, which + " is empty");
    if (piece.text.size() > kMaxPieceBytes) {
      return corrupt(name, which + " has " + std::to_string(piece.text.size()) +
                               " bytes, at most " + std::to_string(kMaxPieceBytes) +
                               " are supported");
    }
    if (piece.text.find('\0') != std::string_view::npos) {
      return corrupt(name, which + " contains a NUL byte");
    }
    if (!std::isfinite(piece.score)) return corrupt(name, which + " has a score that is no number");
    if (piece.type == SpmPieceType::unknown) {
      if (model.unk_id >= 0) {
        return corrupt(
            name, which + " is a second unknown piece after piece " + std::to_string(model.unk_id));
      }
      model.unk_id = static_cast<std::int32_t>(id);
    }
    if (piece.type == SpmPieceType::byte) {
      const int value = spm_byte_value(piece.text);
      if (value < 0) {
        return corrupt(name, which + " is a byte piece without the form <0xNN>");
      }
      if (!model.byte_fallback) {
        return corrupt(name, which + " is a byte piece although byte_fallback is not set");
      }
      bytes.set(static_cast<std::size_t>(value));
    }
  }
  if (model.unk_id < 0) return corrupt(name, "it has no unknown piece");
  if (model.byte_fallback && !bytes.all()) {
    return corrupt(name, "it has " + std::to_string(bytes.count()) +
                             " of the 256 byte pieces that byte_fallback needs");
  }
  return Status();
}

}  // namespace

int spm_byte_value(std::string_view piece) {
  if (piece.size() != 6 || !piece.starts_with("<0x") || piece.back() != '>') return -1;
  int value = 0;
  for (const char c : piece.substr(3, 2)) {
    // Capital letters only: that is how SentencePiece writes and looks up these names.
    if (c >= '0' && c <= '9') {
      value = value * 16 + (c - '0');
    } else if (c >= 'A' && c <= 'F') {
      value = value * 16 + (c - 'A' + 10);
    } else {
      return -1;
    }
  }
  return value;
}

Result<SpmModel> parse_spm(std::span<const std::byte> bytes, std::string_view name,
                           std::shared_ptr<const void> owner) {
  SpmModel model;
  model.owner = std::move(owner);
  try {
    parse_model(pbf_reader(reinterpret_cast<const char*>(bytes.data()), bytes.size()), model);
  } catch (const protozero::exception& error) {
    return wrong_file(
        bytes, name,
        corrupt(name, std::string("it is no SentencePiece model (") + error.what() + ")"));
  }
  if (model.pieces.empty()) {
    return wrong_file(bytes, name, corrupt(name, "it is no SentencePiece model (no pieces)"));
  }
  TRANSEPT_RETURN_IF_ERROR(check_pieces(model, name));
  return model;
}

Result<SpmModel> read_spm(const std::filesystem::path& path) {
  TRANSEPT_ASSIGN_OR_RETURN(auto file, MappedFile::read(path, kMaxBytes));
  return parse_spm(file->bytes(), path.string(), file);
}

}  // namespace transept
