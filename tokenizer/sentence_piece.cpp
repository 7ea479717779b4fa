#include "tokenizer/sentence_piece.h"

#include <algorithm>

#include "engine/base/try.h"
#include "tokenizer/bpe.h"
#include "tokenizer/unigram.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

std::string kind_name(SpmKind kind) {
  switch (kind) {
    case SpmKind::unigram: return "unigram";
    case SpmKind::bpe: return "BPE";
    case SpmKind::word: return "word";
    case SpmKind::character: return "character";
  }
  return "unknown";
}

// The trie of the pieces that `wanted` accepts.
template <class Wanted>
Result<PieceTrie> trie_of(const SpmModel& model, std::string_view name, Wanted wanted) {
  std::vector<PieceTrie::Entry> entries;
  entries.reserve(model.pieces.size());
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    if (wanted(model.pieces[id])) {
      entries.push_back({model.pieces[id].text, static_cast<std::int32_t>(id)});
    }
  }
  Result<PieceTrie> trie = PieceTrie::build(std::move(entries));
  if (trie.ok()) return trie;
  return Status(trie.status().code(), std::string(name) + ": " + trie.status().message());
}

void append_with_blanks(std::string& out, std::string_view piece) {
  for (std::size_t at = piece.find(kSpaceSymbol); at != std::string_view::npos;
       at = piece.find(kSpaceSymbol)) {
    out.append(piece.substr(0, at));
    out.push_back(' ');
    piece.remove_prefix(at + kSpaceSymbol.size());
  }
  out.append(piece);
}

// A run of byte pieces is text where it is valid UTF-8; each other byte is U+FFFD.
void append_bytes(std::string& out, std::string& bytes) {
  for (std::string_view rest = bytes; !rest.empty();) {
    const Utf8Char c = utf8_first(rest);
    out.append(c.valid ? rest.substr(0, c.length) : kReplacementCharacter);
    rest.remove_prefix(c.valid ? c.length : 1);
  }
  bytes.clear();
}

}  // namespace

PieceTable::PieceTable(const SpmModel& model, PieceTrie text_pieces)
    : trie(std::move(text_pieces)), unk_id(model.unk_id) {
  scores.reserve(model.pieces.size());
  types.reserve(model.pieces.size());
  for (const SpmPiece& piece : model.pieces) {
    scores.push_back(piece.score);
    types.push_back(piece.type);
  }
}

Result<SentencePiece> SentencePiece::open(const std::filesystem::path& path) {
  TRANSEPT_ASSIGN_OR_RETURN(SpmModel model, read_spm(path));
  return build(std::move(model), path.string());
}

Result<SentencePiece> SentencePiece::build(SpmModel model, std::string_view name) {
  if (model.kind != SpmKind::unigram && model.kind != SpmKind::bpe) {
    return Status(Code::kUnsupported, std::string(name) + ": SentencePiece models of the kind " +
                                          kind_name(model.kind) +
                                          " are not supported, only unigram and BPE");
  }
  const auto is_user_defined = [](const SpmPiece& piece) {
    return piece.type == SpmPieceType::user_defined;
  };
  TRANSEPT_ASSIGN_OR_RETURN(
      PieceTrie text, trie_of(model, name, [](const SpmPiece& piece) { return piece.is_text(); }));
  TRANSEPT_ASSIGN_OR_RETURN(PieceTrie reserved, trie_of(model, name, [](const SpmPiece& piece) {
                              return !piece.is_text();
                            }));
  TRANSEPT_ASSIGN_OR_RETURN(PieceTrie user_defined, trie_of(model, name, is_user_defined));
  const bool has_user_defined =
      std::any_of(model.pieces.begin(), model.pieces.end(), is_user_defined);

  SentencePiece result;
  result.pieces_ = std::make_shared<const PieceTable>(model, std::move(text));
  if (model.kind == SpmKind::unigram) {
    result.segmenter_ = std::make_unique<const Unigram>(result.pieces_);
  } else {
    result.segmenter_ = std::make_unique<const Bpe>(result.pieces_, user_defined, reserved);
  }
  result.reserved_ = std::move(reserved);
  TRANSEPT_ASSIGN_OR_RETURN(result.normalizer_,
                            Normalizer::build(model.normalizer, model.treat_whitespace_as_suffix,
                                              std::move(user_defined), has_user_defined, name));
  if (model.denormalizer && !model.denormalizer->charsmap.empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(Normalizer denormalizer,
                              Normalizer::build(*model.denormalizer, false, {}, false, name));
    result.denormalizer_ = std::make_unique<const Normalizer>(std::move(denormalizer));
  }
  if (model.byte_fallback) {
    result.byte_ids_.resize(256);
    for (std::size_t id = 0; id < model.pieces.size(); ++id) {
      if (model.pieces[id].type != SpmPieceType::byte) continue;
      const int value = spm_byte_value(model.pieces[id].text);
      result.byte_ids_[static_cast<std::size_t>(value)] = static_cast<std::int32_t>(id);
    }
  }
  result.model_ = std::move(model);
  return result;
}

SpmEncoding SentencePiece::encode(std::string_view text, bool with_offsets) const {
  SpmEncoding encoding;
  std::vector<std::size_t> sources;
  encoding.normalized =
      with_offsets ? normalizer_.normalize(text, sources) : normalizer_.normalize(text);
  const std::vector<Cut> cuts = segmenter_->segment(encoding.normalized);
  encoding.ids.reserve(cuts.size());
  encoding.spans.reserve(cuts.size());
  if (with_offsets) encoding.offsets.reserve(cuts.size());

  const auto add = [&](std::int32_t id, std::size_t begin, std::size_t end) {
    encoding.ids.push_back(id);
    encoding.spans.emplace_back(begin, end);
  };
  std::size_t begin = 0;
  bool after_unknown = false;
  for (const Cut& cut : cuts) {
    const std::size_t end = begin + cut.length;
    const bool unknown = cut.id == model_.unk_id;
    if (unknown && !byte_ids_.empty()) {
      for (std::size_t i = begin; i < end; ++i) {
        add(byte_ids_[static_cast<unsigned char>(encoding.normalized[i])], i, i + 1);
        if (!with_offsets) continue;
        encoding.offsets.emplace_back(sources[begin], i + 1 == end ? sources[end] : sources[begin]);
      }
    } else if (unknown && after_unknown) {
      encoding.spans.back().second = end;
      if (with_offsets) encoding.offsets.back().second = sources[end];
    } else {
      add(cut.id, begin, end);
      if (with_offsets) encoding.offsets.emplace_back(sources[begin], sources[end]);
    }
    after_unknown = unknown;
    begin = end;
  }
  return encoding;
}

std::string_view SentencePiece::piece(const SpmEncoding& encoding, std::size_t i) const {
  const std::int32_t id = encoding.ids[i];
  if (id != model_.unk_id) return name(id);
  const auto [begin, end] = encoding.spans[i];
  return std::string_view(encoding.normalized).substr(begin, end - begin);
}

std::int32_t SentencePiece::id(std::string_view name) const {
  if (const std::int32_t id = reserved_.find(name); id >= 0) return id;
  const std::int32_t id = pieces_->trie.find(name);
  return id >= 0 ? id : model_.unk_id;
}

std::string SentencePiece::decode(std::span<const std::string_view> pieces) const {
  const SpmNormalizerSpec& spec = model_.normalizer;
  std::string out;
  std::string bytes;
  // The blank that add_dummy_prefix put in front goes; with remove_extra_whitespaces all leading
  // ones do.
  bool at_start = spec.add_dummy_prefix || spec.remove_extra_whitespaces;
  bool blank_removed = false;
  for (std::string_view piece : pieces) {
    const std::int32_t piece_id = id(piece);
    const SpmPieceType type = pieces_->types[static_cast<std::size_t>(piece_id)];
    if (type == SpmPieceType::byte) {
      bytes.push_back(static_cast<char>(spm_byte_value(piece)));
      continue;
    }
    append_bytes(out, bytes);
    if (blank_removed || !out.empty()) at_start = false;
    blank_removed = false;
    if (type == SpmPieceType::control) continue;
    if (type == SpmPieceType::unknown) {
      out.append(piece == name(piece_id) ? model_.unk_surface : piece);
      continue;
    }
    if (at_start && piece.starts_with(kSpaceSymbol)) {
      piece.remove_prefix(kSpaceSymbol.size());
      blank_removed = !spec.remove_extra_whitespaces;
    }
    append_with_blanks(out, piece);
  }
  append_bytes(out, bytes);
  return denormalizer_ ? denormalizer_->normalize(out) : out;
}

std::string SentencePiece::describe() const {
  std::string text = kind_name(model_.kind) + ", " + std::to_string(size()) + " pieces";
  if (!model_.normalizer.name.empty()) text += ", " + std::string(model_.normalizer.name);
  if (!byte_ids_.empty()) text += ", byte fallback";
  return text;
}

}  // namespace transept
