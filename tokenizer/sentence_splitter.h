// SentenceSplitter: a line that is too long for a model, in segments that are not.
//
// Sentences are never joined again, although several would often fit: the models are trained on
// single sentences and drop parts of what they see when given more. A sentence that is too long
// itself is cut where it hurts least: behind clause punctuation, else at a blank, else between
// graphemes, each time as late as the limit allows (to about 3 %). Immutable and thread-safe; ICU
// is opened only when a line is to be split.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/text_boundaries.h"
#include "transept/options.h"

namespace transept {

// gaps[0] segments[0] gaps[1] ... segments[n-1] gaps[n] is the line, byte for byte.
struct SplitLine {
  std::vector<std::string_view> segments;  // never empty nor only white space
  std::vector<std::string_view> gaps;      // one more than segments; white space or empty
};

class SentenceSplitter {
 public:
  // The number of tokens a text becomes.
  using Count = std::function<std::size_t(std::string_view)>;

  // language: of the text ("en", "deu", "de_DE"); decides which abbreviations do not end sentences.
  explicit SentenceSplitter(std::string language = "");

  // none: one segment. automatic: one segment when the line has at most `limit` tokens, otherwise
  // as sentences. sentences: one segment a sentence, longer ones cut. A single segment for which
  // nothing had to be split is the line as it stands, white space at its ends included; all other
  // segments have none there and at most `limit` tokens wherever a grapheme boundary allows that. A
  // line of white space only has no segments. limit 0: no limit. Valid UTF-8 is expected; lines of
  // 2^31 bytes and more are not split. Time is linear in the line's length when that of `count` is
  // linear.
  SplitLine split(std::string_view line, Split mode, std::size_t limit, const Count& count) const;

 private:
  std::string language_;
  TextBoundaries boundaries_;
};

}  // namespace transept
