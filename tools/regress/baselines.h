// Baselines: what earlier runs of a suite gave. A JSON file that people can read and review: the
// newest recorded results with their translations, and the scores of all earlier ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept::tools {

// One model, setting and set, by their names in the suite.
struct Combination {
  std::string model;
  std::string setting;
  std::string set;

  bool operator==(const Combination&) const = default;
  std::string text() const { return model + ", " + setting + ", " + set; }
};

// When, where and of what a run was made.
struct RunRecord {
  std::string time;     // "2026-11-26T11:00:47Z"
  std::string version;  // of this program
  std::string commit;   // of the repository the suite lies in; empty: none
  std::string processor;
  unsigned cores = 0;
};

struct RecordedScore {
  double score = 0.0;
  std::string signature;
};

// By the names of metrics in suites.
using RecordedScores = std::map<std::string, RecordedScore>;

struct RecordedResult {
  Combination of;
  std::string model_checksum;
  std::string set_checksum;
  std::vector<std::string> flags;
  RecordedScores scores;
  std::string bits;  // TranslatedSet::bits
  double seconds = 0.0;
  std::uint64_t peak_bytes = 0;
  std::vector<std::string> translations;  // empty in a history
};

struct RecordedRun {
  RunRecord record;
  std::vector<RecordedResult> results;

  const RecordedResult* find(const Combination& of) const;
};

struct Baselines {
  RecordedRun newest;
  std::vector<RecordedRun> history;  // oldest first, `newest` last; without translations
};

// Errors: kNotFound when there is no such file; kInput when it cannot be read or is no file of
// baselines.
Result<Baselines> load_baselines(const std::filesystem::path& path);
// The same for the bytes of a file; `name` stands in messages.
Result<Baselines> parse_baselines(std::string_view bytes, const std::string& name);
std::string format_baselines(const Baselines& baselines);

// A history of one run a line. A file that is not there is an empty history. Errors: kInput.
Result<std::vector<RecordedRun>> load_history(const std::filesystem::path& path);
std::string format_history_line(const RecordedRun& run);

// This run's record; `directory` is where the suite lies, `baselines` its file, which may differ
// from the commit.
RunRecord record_of_this_run(const std::filesystem::path& directory,
                             const std::filesystem::path& baselines);

}  // namespace transept::tools
