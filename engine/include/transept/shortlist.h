// ShortlistBuilder: makes the shortlist that OpenOptions takes from sentences and their
// translations.
//
//   auto builder = transept::ShortlistBuilder::open("model/pretrained/en-de");
//   builder->add(sources, targets);  // as often as there is more
//   auto bytes = builder->build();   // of a file
//
// Word probabilities are those of IBM Model 1 (Brown et al., 1993) over the model's own pieces. The
// result depends on the pairs, their order and the options alone, not on threads. Move-only, not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "transept/export.h"
#include "transept/status.h"

namespace transept {

enum class ShortlistForm { text, binary };

struct BuildShortlistOptions {
  ShortlistForm form = ShortlistForm::text;
  std::uint32_t first = 100;     // of a binary file: the ids below it are always in
  std::uint32_t best = 100;      // target words kept for each source word ...
  float threshold = 0.0f;        // ... whose probability is above this
  std::uint32_t iterations = 5;  // of expectation maximisation; each takes the time of the first
};

class TRANSEPT_API ShortlistBuilder {
 public:
  // threads: 0: one for each core this process may use. Errors: those of Translator::open, and
  // kNotFound for a model without a tokenizer.
  static Result<ShortlistBuilder> open(const std::filesystem::path& model, std::size_t threads = 0);
  ShortlistBuilder(ShortlistBuilder&&) noexcept;
  ShortlistBuilder& operator=(ShortlistBuilder&&) noexcept;
  ~ShortlistBuilder();

  // targets[i] translates sources[i]. Invalid UTF-8 is replaced by U+FFFD. A pair with an empty
  // side, or one of more than 512 tokens, which is seldom a sentence, is left out.
  // Errors: kInvalidArgument when there are more of the ones than of the others.
  Status add(std::span<const std::string> sources, std::span<const std::string> targets);
  std::size_t pairs() const;  // that were not left out
  std::size_t left_out() const;

  // The bytes of a shortlist file. go_on(i) is asked before iteration i, from this thread; false
  // ends the work with kCancelled. Errors: kInvalidArgument for options that make no sense; kInput
  // without pairs.
  Result<std::string> build(const BuildShortlistOptions& options = {},
                            const std::function<bool(std::uint32_t iteration)>& go_on = {}) const;

 private:
  struct Impl;
  explicit ShortlistBuilder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace transept
