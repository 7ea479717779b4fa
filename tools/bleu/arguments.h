// What `transept bleu` is asked to do: sacreBLEU's command line as a struct, and its parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/command_line.h"
#include "transept/scorer.h"

namespace transept::tools {

enum class BleuFormat { json, text, latex };

struct BleuArguments {
  std::vector<std::string> references;  // files
  std::vector<std::string> systems;     // files; none: standard input, a system for each column
  std::size_t reference_columns = 1;    // references in the one file, separated by tabs
  std::vector<std::string> metrics = {"bleu"};
  bool sentence_level = false;

  score::BleuOptions bleu;  // but for what the next four decide
  std::string smoothing = "exp";
  std::string tokenizer;      // empty: what the target language asks for
  std::string spm_model;      // SentencePiece model of the tokenizers that need one
  std::string language_pair;  // "en-de"
  bool force = false;         // no warning about tokenized text
  score::ChrfOptions chrf;
  score::TerOptions ter;

  bool confidence = false;
  std::size_t confidence_resamples = 1000;
  bool paired_randomization = false;
  bool paired_bootstrap = false;
  std::size_t randomization_trials = 10000;
  std::size_t bootstrap_resamples = 1000;

  bool short_signature = false;
  bool score_only = false;
  int decimals = 1;
  bool detail = false;
  bool no_color = false;
  std::string format = "json";
  std::string encoding = "utf-8";
  bool wants_test_set = false;  // one of sacreBLEU's own, which this program does not have
  int jobs = 1;                 // accepted: results do not depend on it
};

// Adds the flags to `app`, which fill `arguments` in.
void add_bleu_flags(CLI::App& app, BleuArguments& arguments);

// Turns what sacreBLEU's parser knows and `app`'s does not into long flags: several letters behind
// one dash (-tok zh) and beginnings of long flags (--conf). REQUIRES: add_bleu_flags(app).
std::vector<std::string> expand_bleu_flags(const CLI::App& app, std::vector<std::string> arguments);

// The flags of several letters behind one dash.
std::vector<std::string> bleu_short_flags();

bool is_bleu_format(std::string_view name);

}  // namespace transept::tools
