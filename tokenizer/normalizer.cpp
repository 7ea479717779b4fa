#include "tokenizer/normalizer.h"

#include <utility>

#include "engine/base/try.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

}  // namespace

Result<Normalizer> Normalizer::build(const SpmNormalizerSpec& spec, bool whitespace_as_suffix,
                                     PieceTrie user_defined, bool has_user_defined,
                                     std::string_view name) {
  Normalizer normalizer;
  if (!spec.charsmap.empty()) {
    TRANSEPT_ASSIGN_OR_RETURN(normalizer.charsmap_, Charsmap::parse(spec.charsmap, name));
  }
  normalizer.user_defined_ = std::move(user_defined);
  normalizer.has_user_defined_ = has_user_defined;
  normalizer.whitespace_as_suffix_ = whitespace_as_suffix;
  normalizer.add_dummy_prefix_ = spec.add_dummy_prefix;
  normalizer.remove_extra_whitespaces_ = spec.remove_extra_whitespaces;
  normalizer.escape_whitespaces_ = spec.escape_whitespaces;
  return normalizer;
}

// The next stretch of the text that is replaced or copied as a whole.
Normalizer::Unit Normalizer::first(std::string_view text) const {
  if (has_user_defined_) {
    PieceTrie::Cursor cursor;
    std::size_t longest = 0;
    for (std::size_t i = 0; i < text.size() && user_defined_.advance(cursor, text[i]); ++i) {
      if (user_defined_.id(cursor) >= 0) longest = i + 1;
    }
    if (longest > 0) return {longest, text.substr(0, longest)};
  } else if (is_ascii(text[0]) && charsmap_.is_plain(static_cast<unsigned char>(text[0])) &&
             (text.size() == 1 || is_ascii(text[1]))) {
    return {1, text.substr(0, 1)};
  }
  const Charsmap::Match match = charsmap_.longest_prefix(text);
  if (match.length > 0) return {match.length, match.replacement};
  const Utf8Char c = utf8_first(text);
  if (c.valid) return {c.length, text.substr(0, c.length)};
  return {1, kReplacementCharacter};  // byte by byte, as SentencePiece does
}

template <bool track>
std::string Normalizer::run(std::string_view text, std::vector<std::size_t>& sources) const {
  std::string out;
  sources.clear();
  std::size_t used = 0;
  if (remove_extra_whitespaces_) {
    while (used < text.size()) {
      const Unit unit = first(text.substr(used));
      if (unit.content != " ") break;
      used += unit.length;
    }
  }
  if (used == text.size()) return out;

  // A blank becomes three bytes; most other characters stay what they are.
  out.reserve(text.size() + text.size() / 2 + 16);
  if constexpr (track) sources.reserve(out.capacity());
  const std::string_view space = escape_whitespaces_ ? kSpaceSymbol : std::string_view(" ");
  const auto append = [&](std::string_view bytes) {
    out.append(bytes);
    if constexpr (track) sources.insert(sources.end(), bytes.size(), used);
  };

  if (add_dummy_prefix_ && !whitespace_as_suffix_) append(space);
  bool after_space = remove_extra_whitespaces_;
  while (used < text.size()) {
    const Unit unit = first(text.substr(used));
    std::string_view content = unit.content;
    while (after_space && content.starts_with(' ')) content.remove_prefix(1);
    if (!content.empty()) {
      after_space = remove_extra_whitespaces_ && content.back() == ' ';
      std::size_t blank = escape_whitespaces_ ? content.find(' ') : std::string_view::npos;
      while (blank != std::string_view::npos) {
        append(content.substr(0, blank));
        append(kSpaceSymbol);
        content.remove_prefix(blank + 1);
        blank = content.find(' ');
      }
      append(content);
    }
    used += unit.length;
  }

  if (remove_extra_whitespaces_) {
    while (out.ends_with(space)) {
      out.resize(out.size() - space.size());
      if constexpr (track) {
        used = sources[out.size()];
        sources.resize(out.size());
      }
    }
  }
  if (add_dummy_prefix_ && whitespace_as_suffix_) append(space);
  if constexpr (track) sources.push_back(used);
  return out;
}

std::string Normalizer::normalize(std::string_view text) const {
  std::vector<std::size_t> unused;
  return run<false>(text, unused);
}

std::string Normalizer::normalize(std::string_view text, std::vector<std::size_t>& sources) const {
  return run<true>(text, sources);
}

}  // namespace transept
