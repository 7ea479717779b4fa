// TextBoundaries: where sentences and graphemes end, by the rules of Unicode (UAX 29) as ICU has
// them for all languages.
//
// ICU's data is opened at the first question, not before. Immutable for its users; thread-safe.
// Where ICU has no data, a text is one sentence and every character a grapheme.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace transept {

class TextBoundaries {
 public:
  TextBoundaries();
  ~TextBoundaries();
  TextBoundaries(const TextBoundaries&) = delete;
  TextBoundaries& operator=(const TextBoundaries&) = delete;

  // A walk over one text, which must outlive this object, as must the TextBoundaries. Not
  // thread-safe.
  class Walk {
   public:
    ~Walk();
    Walk(Walk&&) noexcept;
    Walk& operator=(Walk&&) noexcept;
    // The next boundary from the front of the text, which is no boundary itself; behind the last
    // one text.size() for ever. Not to be mixed with the others.
    std::size_t next();
    // The last boundary at or before `at`. REQUIRES: at <= text.size().
    std::size_t at_or_before(std::size_t at);
    // The first boundary after `at`. REQUIRES: at < text.size().
    std::size_t after(std::size_t at);

   private:
    friend class TextBoundaries;
    struct State;
    explicit Walk(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };

  // Boundaries are the ends of sentences, each with the white space that follows it.
  // REQUIRES: text.size() < 2^31.
  Walk sentences(std::string_view text) const;
  // Boundaries are those between graphemes. REQUIRES: text.size() < 2^31.
  Walk graphemes(std::string_view text) const;

 private:
  struct Prototypes;
  std::unique_ptr<Prototypes> prototypes_;
};

}  // namespace transept
