// TextBoundaries: where sentences and graphemes end, by the rules of Unicode (UAX 29) as ICU has
// them.
//
// ICU's data is opened at the first question, not before. Immutable for its users; thread-safe.
// Where ICU has no data, a text is one sentence and every character a grapheme.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace transept {

class TextBoundaries {
 public:
  // language: a code as ICU knows it ("en", "de"); empty or unknown: the rules of the root locale.
  explicit TextBoundaries(std::string language);
  ~TextBoundaries();
  TextBoundaries(const TextBoundaries&) = delete;
  TextBoundaries& operator=(const TextBoundaries&) = delete;

  // Ends of the sentences, each with the white space that follows it; ascending, the last is
  // text.size(). REQUIRES: !text.empty(), text.size() < 2^31.
  std::vector<std::size_t> sentence_ends(std::string_view text) const;

  // Grapheme boundaries of one text, which must outlive this object. Not thread-safe.
  class Graphemes {
   public:
    ~Graphemes();
    Graphemes(Graphemes&&) noexcept;
    // The last boundary at or before `at`. REQUIRES: at <= text.size().
    std::size_t at_or_before(std::size_t at);
    // The first boundary after `at`. REQUIRES: at < text.size().
    std::size_t after(std::size_t at);

   private:
    friend class TextBoundaries;
    struct State;
    explicit Graphemes(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  // REQUIRES: text.size() < 2^31.
  Graphemes graphemes(std::string_view text) const;

 private:
  struct Prototypes;
  std::unique_ptr<Prototypes> prototypes_;
};

}  // namespace transept
