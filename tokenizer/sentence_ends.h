// Where sentences end: the boundaries of Unicode's rules, less those that only look like one
// (abbreviations, ordinals, list numbers, direct speech that goes on), and a few that these rules do
// not know.
//
// Where in doubt a text is not cut: half a sentence costs a translation more than two at once.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "tokenizer/abbreviations.h"
#include "tokenizer/text_boundaries.h"

namespace transept {

// A walk over one text, which must outlive this object, as must the boundaries. Time is linear in
// the text's length. Not thread-safe.
class SentenceEnds {
 public:
  // REQUIRES: text.size() < 2^31; words has static storage duration.
  SentenceEnds(const TextBoundaries& boundaries, std::string_view text, const LanguageWords& words);

  // The end of the next sentence and of the white space behind it; text.size() at the last.
  std::size_t next();

 private:
  // A mark that ends sentences besides those that Unicode has; empty: none.
  struct Mark {
    std::string_view text;
    std::size_t cut = 0;  // how much of it belongs to the sentence; 0: all and what closes there
    std::size_t searched = 0;  // up to here
    std::size_t end = 0;       // the last candidate found
  };

  std::size_t next_candidate();
  std::size_t next_at(Mark& mark) const;
  std::size_t in_front_of_opening(std::size_t end) const;
  void read_up_to(std::size_t end);
  bool ends_at(std::size_t end) const;

  TextBoundaries::Walk boundaries_;
  std::string_view text_;
  const LanguageWords& words_;
  std::array<Mark, 4> marks_;  // an ellipsis, dashes of dialogues, the language's own
  std::size_t begin_ = 0;      // of the sentence, white space in front of it included
  std::size_t boundary_ = 0;   // the last one of boundaries_
  std::size_t tried_ = 0;      // up to here all places have been looked at
  // What has been read of the sentence.
  std::size_t read_ = 0;
  std::size_t first_ = std::string_view::npos;  // its first letter or digit
  bool small_ = false;                          // ... is a small letter
};

}  // namespace transept
