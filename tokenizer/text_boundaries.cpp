#include "tokenizer/text_boundaries.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <mutex>
#include <new>
#include <utility>

#include "tokenizer/utf8.h"

namespace transept {
namespace {

struct CloseIterator {
  void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
};
using Iterator = std::unique_ptr<UBreakIterator, CloseIterator>;

struct CloseText {
  void operator()(UText* text) const { utext_close(text); }
};

// True when ICU failed for a reason that lasts; throws when memory ran out.
bool failed(UErrorCode error) {
  if (error == U_MEMORY_ALLOCATION_ERROR) throw std::bad_alloc();
  return U_FAILURE(error);
}

// An iterator over UTF-8 bytes; the indexes it speaks of are byte offsets.
struct Walk {
  std::unique_ptr<UText, CloseText> text;
  Iterator iterator;  // empty when ICU cannot serve
};

Walk walk_over(const UBreakIterator* prototype, std::string_view bytes) {
  Walk walk;
  if (prototype == nullptr) return walk;
  UErrorCode error = U_ZERO_ERROR;
  walk.text.reset(
      utext_openUTF8(nullptr, bytes.data(), static_cast<std::int64_t>(bytes.size()), &error));
  Iterator clone(ubrk_clone(prototype, &error));
  if (failed(error)) return walk;
  ubrk_setUText(clone.get(), walk.text.get(), &error);
  if (!failed(error)) walk.iterator = std::move(clone);
  return walk;
}

}  // namespace

struct TextBoundaries::Prototypes {
  std::string language;
  std::once_flag sentence_once;
  std::once_flag grapheme_once;
  Iterator sentence;
  Iterator grapheme;

  const UBreakIterator* get(UBreakIteratorType type, std::once_flag& once, Iterator& iterator) {
    std::call_once(once, [&] {
      UErrorCode error = U_ZERO_ERROR;
      iterator.reset(ubrk_open(type, language.c_str(), nullptr, 0, &error));
      if (failed(error)) iterator.reset();
    });
    return iterator.get();
  }
};

TextBoundaries::TextBoundaries(std::string language) : prototypes_(std::make_unique<Prototypes>()) {
  prototypes_->language = std::move(language);
}

TextBoundaries::~TextBoundaries() = default;

std::vector<std::size_t> TextBoundaries::sentence_ends(std::string_view text) const {
  std::vector<std::size_t> ends;
  const UBreakIterator* prototype =
      prototypes_->get(UBRK_SENTENCE, prototypes_->sentence_once, prototypes_->sentence);
  if (const Walk walk = walk_over(prototype, text); walk.iterator) {
    for (std::int32_t end = ubrk_next(walk.iterator.get()); end != UBRK_DONE;
         end = ubrk_next(walk.iterator.get())) {
      ends.push_back(static_cast<std::size_t>(end));
    }
  }
  if (ends.empty() || ends.back() != text.size()) ends.push_back(text.size());
  return ends;
}

struct TextBoundaries::Graphemes::State {
  std::string_view text;
  Walk walk;
};

TextBoundaries::Graphemes::Graphemes(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextBoundaries::Graphemes::~Graphemes() = default;
TextBoundaries::Graphemes::Graphemes(Graphemes&&) noexcept = default;

TextBoundaries::Graphemes TextBoundaries::graphemes(std::string_view text) const {
  const UBreakIterator* prototype =
      prototypes_->get(UBRK_CHARACTER, prototypes_->grapheme_once, prototypes_->grapheme);
  auto state = std::make_unique<Graphemes::State>();
  state->text = text;
  state->walk = walk_over(prototype, text);
  return Graphemes(std::move(state));
}

std::size_t TextBoundaries::Graphemes::at_or_before(std::size_t at) {
  if (at == 0 || at >= state_->text.size()) return at;
  if (UBreakIterator* iterator = state_->walk.iterator.get(); iterator != nullptr) {
    const std::int32_t boundary = ubrk_preceding(iterator, static_cast<std::int32_t>(at + 1));
    return boundary == UBRK_DONE ? 0 : static_cast<std::size_t>(boundary);
  }
  while (at > 0 && (static_cast<unsigned char>(state_->text[at]) & 0xC0u) == 0x80u) --at;
  return at;
}

std::size_t TextBoundaries::Graphemes::after(std::size_t at) {
  if (UBreakIterator* iterator = state_->walk.iterator.get(); iterator != nullptr) {
    const std::int32_t boundary = ubrk_following(iterator, static_cast<std::int32_t>(at));
    return boundary == UBRK_DONE ? state_->text.size() : static_cast<std::size_t>(boundary);
  }
  return at + utf8_first(state_->text.substr(at)).length;
}

}  // namespace transept
