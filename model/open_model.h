// OpenModel: what a Translator shares with its streams.
//
// Immutable once made, but for the scheduler's queue and what was warned of, which have their own
// locks. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/phase_clock.h"
#include "engine/network/network.h"
#include "engine/runtime/scheduler.h"
#include "engine/search/options.h"
#include "model/model_files.h"
#include "model/shortlist.h"
#include "tokenizer/sentence_splitter.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct OpenModel {
  // without tensors: the network holds what it needs of them
  ModelFiles files;
  // false: the directory has no tokenizer, files.tokenizer stands in
  bool reads_text = true;
  SentenceSplitter splitter;
  std::optional<Shortlist> shortlist;  // none: segments may use the whole vocabulary
  std::size_t in_flight = 0;           // source tokens that one stream may have on their way
  std::shared_ptr<const Network> network;
  std::unique_ptr<ProfileTotals> profile;  // null: nothing is measured
  std::unique_ptr<Scheduler> scheduler;
  // What users were warned of while translating, to say it once.
  struct Warned {
    std::mutex mutex;
    std::set<std::string> messages;
  };
  mutable Warned warned;

  // Errors: those of Translator::open.
  static Result<std::shared_ptr<const OpenModel>> open(const std::filesystem::path& directory,
                                                       const OpenOptions& options);
  // Options of a request over the model's defaults, checked. Errors: kInvalidArgument.
  Result<SearchOptions> search_options(const TranslateOptions& request) const;
  // The language of a request's text: the one it names, else the model's; empty: not known.
  std::string_view text_language(const TranslateOptions& request) const;
};

// How large a table Network::build copies.
std::size_t kept_table_bytes(const OpenOptions& options);

// Errors: kInvalidArgument for more threads than any machine has.
Result<SchedulerOptions> scheduler_options(const OpenOptions& options);
}  // namespace transept
