// SentenceSplitter: a line in segments, each of which a model sees alone.
//
// Sentences are never joined again, although several would often fit: the models are trained on
// single sentences and drop parts of what they see when given more. A sentence that is too long
// itself is cut where it hurts least: behind clause punctuation, else at a blank, else between
// graphemes, each time as late as the limit allows (to about 3 %). Immutable and thread-safe; ICU
// is opened only when a line may have more than one sentence.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "tokenizer/text_boundaries.h"
#include "transept/options.h"

namespace transept {

// A segment, never empty nor only white space, with the white space between it and the one before.
struct LinePiece {
  std::string_view gap;
  std::string_view segment;
};

// gaps[0] segments[0] gaps[1] ... segments[n-1] gaps[n] is the line, byte for byte.
struct SplitLine {
  std::vector<std::string_view> segments;
  std::vector<std::string_view> gaps;  // one more than segments
};

// The segments of one line, one after the other, each found when it is asked for: memory does not
// grow with the line. Line, splitter and all that the count refers to must outlive it. Not
// thread-safe.
class SegmentWalk {
 public:
  // The number of tokens a text becomes.
  using Count = std::function<std::size_t(std::string_view)>;

  ~SegmentWalk();
  SegmentWalk(SegmentWalk&&) noexcept;
  SegmentWalk& operator=(SegmentWalk&&) noexcept;

  // Nothing behind the last one.
  std::optional<LinePiece> next();
  // What no piece has held so far; behind the last one the gap at the end of the line.
  std::string_view rest() const;

 private:
  friend class SentenceSplitter;
  struct State;
  explicit SegmentWalk(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class SentenceSplitter {
 public:
  using Count = SegmentWalk::Count;

  // none: one segment. automatic and long_lines: one segment when the line has at most `limit`
  // tokens, otherwise as sentences. sentences: one segment a sentence, longer ones cut. A single
  // segment for which nothing had to be split is the line as it stands, white space at its ends
  // included; all other segments have none there and at most `limit` tokens wherever a grapheme
  // boundary allows that. A line of white space only has no segments. limit 0: no limit. language:
  // of the text ("en", "deu", "de_DE"), decides which full stops end no sentence; empty: not known.
  // Valid UTF-8 is expected; lines of 2^31 bytes and more are not split. Time is linear in the
  // line's length when that of `count` is; no text much longer than a segment is counted.
  SegmentWalk walk(std::string_view line, Split mode, std::size_t limit, Count count,
                   std::string_view language) const;
  // All of walk's at once.
  SplitLine split(std::string_view line, Split mode, std::size_t limit, Count count,
                  std::string_view language) const;

 private:
  TextBoundaries boundaries_;
};

}  // namespace transept
