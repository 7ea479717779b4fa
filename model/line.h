// A line on its way: from what the caller has to segments for the scheduler, and back to a
// Translation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runtime/scheduler.h"
#include "engine/search/search.h"
#include "model/open_model.h"
#include "model/unknown_source.h"
#include "transept/options.h"
#include "transept/status.h"
#include "transept/translator.h"

namespace transept {

// What one line asks of the model.
struct PreparedLine {
  std::vector<SourceSegment> segments;  // none when there is nothing to translate
  // of a split line: the texts before, between and after its segments
  std::vector<std::string> gaps;
  std::vector<std::string> flags;  // as in Translation
};

// Invalid UTF-8 is replaced; a text too long for the model is split as the options say.
// Errors: kInput when it is too long and may not be split, kNotFound when the model has no
// tokenizer.
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

// How the segments of a line are run.
struct LineRun {
  const OpenModel& model;
  const SearchOptions& search;
  bool attention;                                      // as in Segment
  std::shared_ptr<const std::atomic<bool>> cancelled;  // as in Segment; may be null
};

// Appends the segments of `line` to `out`. `done` is called once: from the thread that ends the
// last segment, or right away when there is none. The model must outlive that.
void add_segments(const LineRun& run, PreparedLine line,
                  std::function<void(Result<Translation>)> done, std::vector<Segment>& out);

}  // namespace transept
