// Translator: a model directory opened for translation.
//
//   auto translator = transept::Translator::open("model/pretrained/en-de");
//   if (!translator.ok()) { std::cerr << translator.status().message() << '\n'; return 1; }
//   auto result = translator->translate("Where is the station?");
//   std::cout << result->hypotheses.front().text << '\n';
//
// Move-only. Const methods may be called from several threads at once; results do not depend on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transept/export.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct Hypothesis {
  std::string text;
  std::vector<std::int32_t> ids;        // generated: end token and forced tokens included, decoder start excluded
  std::vector<std::string> tokens;      // parallel to ids
  std::vector<float> token_scores;      // log-probabilities after all processors, parallel to ids
  float sum = 0.0f;                     // of token_scores
  float score = 0.0f;                   // final score of the rules
};

// One segment: what the model saw at once.
struct TranslatedSegment {
  std::vector<std::int32_t> source_ids;
  std::vector<std::string> source_tokens;
  std::vector<Hypothesis> hypotheses;   // best first
};

struct Translation {
  std::string text;                         // the whole line
  std::vector<TranslatedSegment> segments;  // one, unless the line was split; none for an empty line
  std::vector<std::string> flags;           // "split", "invalid-utf8"
};

class TRANSEPT_API Translator {
 public:
  // Errors: kNotFound, kCorrupt, kUnsupported, kInvalidArgument; the message names file and reason.
  static Result<Translator> open(const std::filesystem::path& model, const OpenOptions& options = {});
  Translator(Translator&&) noexcept;
  Translator& operator=(Translator&&) noexcept;
  ~Translator();

  Result<Translation> translate(std::string_view text, const TranslateOptions& options = {}) const;
  // Results in the order of texts. The first error ends the call.
  Result<std::vector<Translation>> translate(std::span<const std::string> texts,
                                             const TranslateOptions& options = {}) const;
  // Complete encoder inputs: nothing is added. Errors: kInput for an id outside the vocabulary.
  Result<std::vector<Translation>> translate_ids(std::span<const std::vector<std::int32_t>> inputs,
                                                 const TranslateOptions& options = {}) const;

 private:
  struct Impl;
  explicit Translator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace transept
