// How scores are shown: sacreBLEU's text, JSON and LaTeX, byte for byte.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "transept/scorer.h"

namespace transept::tools {

// One system, one metric.
struct SingleScore {
  std::string name;
  score::Score score;
  std::optional<score::Interval> interval;
  score::Fields signature;
  std::string signature_text;  // long or short
};

// Whether escape sequences colour what matters.
enum class Colors { off, on };

struct ScoreStyle {
  int decimals = 1;
  bool score_only = false;
  Colors colors = Colors::off;
};

// "BLEU|nrefs:1|... = 42.1 ..." or the score alone.
std::string format_text(const SingleScore& score, const ScoreStyle& style);
// The lines of all metrics, aligned at "=".
std::string format_texts(const std::vector<SingleScore>& scores, ScoreStyle style);
// An object, or an array of several.
std::string format_json(const std::vector<SingleScore>& scores, const ScoreStyle& style);

enum class PairedTest { none, bootstrap, randomization };

// One system of several under one metric.
struct SystemScore {
  double value = 0.0;
  std::optional<double> p_value;  // paired tests, not of the baseline
  std::optional<score::Interval> interval;
};

struct MetricScores {
  std::string name;
  std::string signature_text;
  std::vector<SystemScore> systems;
};

struct SystemTable {
  std::vector<std::string> systems;
  std::vector<MetricScores> metrics;
  PairedTest test = PairedTest::none;
  std::size_t trials = 0;
};

std::string format_table_json(const SystemTable& table, int decimals);
// A grid, or LaTeX's tabular; with what the test means and the signatures.
enum class TableFormat { grid, latex };
std::string format_table(const SystemTable& table, TableFormat format, int decimals, Colors colors);

}  // namespace transept::tools
