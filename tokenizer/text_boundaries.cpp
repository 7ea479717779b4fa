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

// An iterator of the root locale, made when it is first asked for.
class Prototype {
 public:
  explicit Prototype(UBreakIteratorType type) : type_(type) {}

  // Null when ICU cannot serve.
  const UBreakIterator* get() {
    std::call_once(once_, [this] {
      UErrorCode error = U_ZERO_ERROR;
      iterator_.reset(ubrk_open(type_, "", nullptr, 0, &error));
      if (failed(error)) iterator_.reset();
    });
    return iterator_.get();
  }

 private:
  UBreakIteratorType type_;
  std::once_flag once_;
  Iterator iterator_;
};

}  // namespace

struct TextBoundaries::Prototypes {
  Prototype sentence{UBRK_SENTENCE};
  Prototype grapheme{UBRK_CHARACTER};
};

// An iterator over UTF-8 bytes; the indexes it speaks of are byte offsets.
struct TextBoundaries::Walk::State {
  State(const UBreakIterator* prototype, std::string_view bytes) : text(bytes) {
    if (prototype == nullptr) return;
    UErrorCode error = U_ZERO_ERROR;
    source.reset(
        utext_openUTF8(nullptr, bytes.data(), static_cast<std::int64_t>(bytes.size()), &error));
    Iterator clone(ubrk_clone(prototype, &error));
    if (failed(error)) return;
    ubrk_setUText(clone.get(), source.get(), &error);
    if (!failed(error)) iterator = std::move(clone);
  }

  std::string_view text;
  std::unique_ptr<UText, CloseText> source;
  Iterator iterator;  // empty when ICU cannot serve
};

TextBoundaries::TextBoundaries() : prototypes_(std::make_unique<Prototypes>()) {}
TextBoundaries::~TextBoundaries() = default;

TextBoundaries::Walk::Walk(std::unique_ptr<State> state) : state_(std::move(state)) {}
TextBoundaries::Walk::~Walk() = default;
TextBoundaries::Walk::Walk(Walk&&) noexcept = default;
TextBoundaries::Walk& TextBoundaries::Walk::operator=(Walk&&) noexcept = default;

TextBoundaries::Walk TextBoundaries::sentences(std::string_view text) const {
  return Walk(std::make_unique<Walk::State>(prototypes_->sentence.get(), text));
}

TextBoundaries::Walk TextBoundaries::graphemes(std::string_view text) const {
  return Walk(std::make_unique<Walk::State>(prototypes_->grapheme.get(), text));
}

std::size_t TextBoundaries::Walk::next() {
  UBreakIterator* iterator = state_->iterator.get();
  const std::int32_t boundary = iterator != nullptr ? ubrk_next(iterator) : UBRK_DONE;
  return boundary == UBRK_DONE ? state_->text.size() : static_cast<std::size_t>(boundary);
}

std::size_t TextBoundaries::Walk::at_or_before(std::size_t at) {
  if (at == 0 || at >= state_->text.size()) return at;
  if (UBreakIterator* iterator = state_->iterator.get(); iterator != nullptr) {
    const std::int32_t boundary = ubrk_preceding(iterator, static_cast<std::int32_t>(at + 1));
    return boundary == UBRK_DONE ? 0 : static_cast<std::size_t>(boundary);
  }
  while (at > 0 && (static_cast<unsigned char>(state_->text[at]) & 0xC0u) == 0x80u) --at;
  return at;
}

std::size_t TextBoundaries::Walk::after(std::size_t at) {
  if (UBreakIterator* iterator = state_->iterator.get(); iterator != nullptr) {
    const std::int32_t boundary = ubrk_following(iterator, static_cast<std::int32_t>(at));
    return boundary == UBRK_DONE ? state_->text.size() : static_cast<std::size_t>(boundary);
  }
  return at + utf8_first(state_->text.substr(at)).length;
}

}  // namespace transept
