// Text, tokens or ids of one line to segments for the encoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/open_model.h"
#include "model/unknown_source.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct PreparedSegment {
  std::string gap;          // of the line's text: what stands before this segment
  SourceSegment source;     // the complete encoder input
  bool truncated = false;   // as asked
  bool loop_guard = false;  // as in SearchOptions
};

// What one line asks of the model: its segments one after the other, those of a text made when they
// are asked for, so that memory does not grow with their number.
class PreparedLine {
 public:
  // A line of one segment, or of none.
  explicit PreparedLine(std::optional<PreparedSegment> only = std::nullopt);
  ~PreparedLine();
  PreparedLine(PreparedLine&&) noexcept;
  PreparedLine& operator=(PreparedLine&&) noexcept;

  // Nothing behind the last one. Errors: kInput for what the model cannot take.
  Result<std::optional<PreparedSegment>> next();
  // What stands behind the last segment. REQUIRES: next() gave nothing.
  std::string take_gap();
  // Flags of Translation that became known on the way. REQUIRES: next() gave nothing.
  std::vector<std::string> late_flags() const;

  std::vector<std::string> flags;  // as in Translation: those that are known from the start

 private:
  friend Result<PreparedLine> prepare_text(const OpenModel&, const TranslateOptions&,
                                           std::string_view);
  class Walk;
  std::unique_ptr<Walk> walk_;  // of a text
  std::optional<PreparedSegment> ready_;
};

// Invalid UTF-8 is replaced; what is split, and how, is said at Split and at Translator::translate.
// White space at the ends of a line is in no gap. `model`, `options` and `text` must outlive the
// result. Errors: kInput when a line is too long and may not be split, kNotFound when the model has
// no tokenizer.
Result<PreparedLine> prepare_text(const OpenModel& model, const TranslateOptions& options,
                                  std::string_view text);
// Pieces of the source vocabulary; special tokens are added as for text.
// Errors: kInput when there are too many, kNotFound when the model has no tokenizer.
Result<PreparedLine> prepare_tokens(const OpenModel& model, const TranslateOptions& options,
                                    std::span<const std::string> tokens);
// A complete encoder input. Errors: kInput for an id outside the vocabulary, or too many.
Result<PreparedLine> prepare_ids(const OpenModel& model, const TranslateOptions& options,
                                 std::span<const std::int32_t> ids);

// Errors: kInput for an id outside the source vocabulary.
Status check_source_ids(const OpenModel& model, std::span<const std::int32_t> ids);

}  // namespace transept
