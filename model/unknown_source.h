// UnknownSource: what the source vocabulary does not know, given back rather than guessed.
//
// A model answers unknown tokens with words it invents. Segments that hold nothing else are copied
// without asking it; on request, unknown symbols between known words (emojis) are taken out of its
// input and put back into its output, where the cross-attention says. Pure functions; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer.h"
#include "transept/matrix.h"
#include "transept/options.h"

namespace transept {

// A stretch of unknown symbols that is not in the model's input.
struct KeptSymbol {
  std::string text;            // as the source has it
  std::size_t position = 0;    // the number of tokens of the model's input in front of it
  bool joined_left = false;    // no blank in front of it
  bool joined_right = false;   // no blank behind it
  bool before_letter = false;  // but a letter or digit
};

// A segment of the source.
struct SourceSegment {
  std::vector<std::int32_t> ids;  // the encoder input
  std::size_t codes = 0;          // ids in front that are a language code: 0 or 1
  bool unknown = false;           // holds nothing known, punctuation and symbols aside
  std::optional<std::string>
      copy;  // its translation, without running the model; no blanks around it
  std::vector<KeptSymbol> symbols;  // to be put back, in their order
};

// What the tokenizer of a model says, and what it is asked for.
struct SourceText {
  const Tokenizer& tokenizer;
  std::int32_t unk_id;  // -1: the vocabulary has none
  Specials specials;
  CopyUnknown copy;
};

// Whether some of `ids` is unknown, and what is known has neither letters nor digits. Special tokens
// of an empty text do not count, nor must there be a language code among them.
bool all_unknown(const SourceText& source, std::span<const std::int32_t> ids);

// Valid UTF-8 as a segment.
SourceSegment source_segment(const SourceText& source, std::string_view text);

// `text`, which is what `ids` decode to, with the symbols put back. attention: as in
// Hypothesis, a row for each of `ids`. `specials`: tokens at the end of segment.ids that an
// empty text has, too. A symbol stands where the target words in front of it
// are best those that came from the source in front of it; order is kept, words are not cut.
std::string with_symbols(const Tokenizer& tokenizer, const SourceSegment& segment,
                         std::size_t specials, std::span<const std::int32_t> ids,
                         const Matrix& attention, std::string_view text);

}  // namespace transept
