// Suite: what a regression run translates, scores and compares, as its YAML file says.
//
//   models:                          # what is tested
//     - {name: en-de, path: ../en-de}            # a directory, or the name of an installed model
//   settings:                        # a name, and any long flags of `transept translate`; where they
//                                    # say nothing else: special-tokens: true, copy-unknown: off
//     - {name: int8 beam 4, compute: int8, beam: 4}
//   sets:                            # what is translated, and what it should have been
//     - {name: tatoeba, source: dev.en, references: [dev.de]}
//   metrics: [bleu, chrf]            # bleu, chrf, chrf++, ter
//   tolerance: {bleu: 0.3}           # how much worse than the baseline a score may be
//   baselines: baselines.json        # written by --update
// Further keys: see Suite. Paths are relative to the suite.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "transept/status.h"

namespace transept::tools {

struct SuiteModel {
  std::string name;
  std::string path;      // a directory or packed file, else the name of an installed model
  std::string checksum;  // "sha256:...", of the files that are read; empty: any
};

struct SuiteSetting {
  std::string name;
  std::vector<std::string> flags;  // "--beam=4", as for `transept translate`
  std::string variant;             // what of the flags decides which files of a model are read
};

struct SuiteSet {
  std::string name;
  std::filesystem::path source;
  std::vector<std::filesystem::path> references;
  std::string input = "text";    // text, tokens or ids: what the lines of the source are
  std::string tokenize = "13a";  // the tokenizer of BLEU
  std::string checksum;  // "sha256:...", of source and references one behind the other; empty: any
};

// By the names of metrics in suites: "bleu", "chrf", "chrf++", "ter".
using PointsByMetric = std::map<std::string, double>;

struct SuiteTolerance {
  PointsByMetric points;              // how much worse a score may be
  std::optional<double> significant;  // for the other metrics: p-value below which a loss counts
};

// One setting beside another, of the same run.
struct SuiteComparison {
  std::string setting;
  std::string with;
  PointsByMetric tolerance;      // how much worse scores may be
  std::optional<double> speed;   // at least so many times as fast
  std::optional<double> memory;  // at most this part of the peak memory
};

struct Suite {
  std::string name;  // `name`, or that of the file
  std::filesystem::path file;
  std::vector<SuiteModel> models;
  std::vector<SuiteSetting> settings;
  std::vector<SuiteSet> sets;
  std::vector<std::string> metrics;
  SuiteTolerance tolerance;
  std::vector<SuiteComparison> compare;
  std::optional<std::uint64_t> peak_memory;  // bytes no run may exceed: `peak-memory: 150 MiB`
  bool exact = false;                        // ids and scores must be the baseline's, bit for bit
  std::filesystem::path baselines;
  std::filesystem::path history;  // JSON lines, one added by each run; empty: none

  std::filesystem::path directory() const {
    return file.has_parent_path() ? file.parent_path() : ".";
  }
};

// What a suite that does not say otherwise asks of the program: that the model sees the line as it
// is and what it says is left as it is, as where others evaluate it.
std::vector<std::string> default_flags();

// Errors: kInput when the file cannot be read; kInvalidArgument with the line and, for a word that
// is not known, the one that was probably meant.
Result<Suite> load_suite(const std::string& path);
// The same for a text; `path` is the file it came from.
Result<Suite> parse_suite(const std::string& text, const std::string& path);

}  // namespace transept::tools
