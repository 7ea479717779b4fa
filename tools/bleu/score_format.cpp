#include "tools/bleu/score_format.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tools/bleu/table.h"
#include "tools/scorer/print.h"
#include "tools/scorer/text.h"

namespace transept::tools {
namespace {

using score::fixed;
using score::shortest;

constexpr std::string_view kBaselinePrefix = "Baseline:";

std::string colored(std::string_view text, std::string_view color, Colors colors) {
  if (colors == Colors::off) return std::string(text);
  return "\x1b[" + std::string(color) + "m" + std::string(text) + "\x1b[0m";
}
constexpr std::string_view kRed = "31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kYellow = "33";
constexpr std::string_view kCyan = "36";

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::size_t length_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !score::is_continuation(c); }));
}

std::string confidence(const score::Interval& interval, int decimals) {
  return "μ = " + fixed(interval.mean, decimals) + " ± " + fixed(interval.half_width, decimals);
}

// sacreBLEU takes a mean of 0 for one that was not computed.
bool shows_interval(const SingleScore& score) { return score.interval && score.interval->mean > 0; }

// The number a printed score reads back as.
std::string json_number(double value, int decimals) {
  return shortest(std::strtod(fixed(value, decimals).c_str(), nullptr));
}

std::string json_number(const score::Interval& interval, double value) {
  return interval.single ? shortest(static_cast<float>(value)) : shortest(value);
}

void append_hex(unsigned unit, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) out += kDigits[unit >> shift & 0xF];
}

// json.dumps of a string: ASCII only; bytes of file names that are not UTF-8 as Python reads them.
std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size();) {
    const char byte = text[i];
    if (static_cast<unsigned char>(byte) < 0x80) {
      ++i;
      switch (byte) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        default:
          if (byte < 0x20) {
            append_hex(static_cast<unsigned>(byte), out);
          } else {
            out += byte;
          }
      }
    } else if (score::find_invalid_utf8(text.substr(i)) == 0) {
      append_hex(0xDC00U | static_cast<unsigned char>(byte), out);
      ++i;
    } else {
      const char32_t code = score::next_code_point(text, i);
      if (code < 0x10000) {
        append_hex(static_cast<unsigned>(code), out);
      } else {
        append_hex(static_cast<unsigned>(0xD800 + ((code - 0x10000) >> 10)), out);
        append_hex(static_cast<unsigned>(0xDC00 + ((code - 0x10000) & 0x3FF)), out);
      }
    }
  }
  return out + "\"";
}

std::string format_object(const SingleScore& score, const ScoreStyle& style) {
  if (style.score_only) {
    ScoreStyle plain = style;
    plain.colors = Colors::off;
    return format_text(score, plain);
  }
  std::string out = "{\n \"name\": \"" + score.name + "\"";
  const auto add = [&out](std::string_view key, const std::string& value) {
    out += ",\n \"" + std::string(key) + "\": " + value;
  };
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
  add("score", json_number(score.score.value, style.decimals));
  add("signature", quoted(score.signature_text));
  if (shows_interval(score)) {
    add("confidence_mean", json_number(score.interval->mean, style.decimals));
    add("confidence_var", json_number(score.interval->half_width, style.decimals));
    add("confidence", quoted(confidence(*score.interval, style.decimals)));
  }
  if (!score.score.detail.empty()) add("verbose_score", quoted(score.score.detail));
  for (const auto& [key, value] : score.signature) add(key, quoted(value));
  return out + "\n}";
}

std::string format_cell(const SystemScore& system, bool one_line, int decimals, Colors colors) {
  std::string out = fixed(system.value, decimals);
  if (system.interval) {
    out += " (" + fixed(system.interval->mean, decimals) + " ± " +
           fixed(system.interval->half_width, decimals) + ")";
  }
  if (system.p_value) {
    const std::string p = "(p = " + fixed(*system.p_value, 4) + ")";
    out += one_line ? ' ' : '\n';
    out += *system.p_value > 0.05 ? colored(p, kRed, colors) : p + "*";
  }
  return out;
}

std::string explain_test(const SystemTable& table, Colors colors) {
  const bool bootstrap = table.test == PairedTest::bootstrap;
  const std::string title =
      std::string("Paired ") + (bootstrap ? "bootstrap resampling" : "approximate randomization") +
      " test with " + std::to_string(table.trials) + (bootstrap ? " resampling trials" : " trials");
  const std::string line = repeated("-", title.size());
  const std::string baseline = colored("baseline", kYellow, colors);
  const std::string name = table.systems.front().starts_with(kBaselinePrefix)
                               ? colored(table.systems.front(), kYellow, colors)
                               : colored("", kYellow, colors);
  const std::string hypothesis = colored("Null hypothesis", kGreen, colors);
  const std::string lower_hypothesis = colored("null hypothesis", kGreen, colors);
  std::string out = line + "\n" + title + "\n" + line + "\n";
  out += " - Each system is pairwise compared to " + name + ".\n";
  out += bootstrap
             ? "   Actual system score / bootstrap estimated true mean / 95% CI are provided for "
               "each metric.\n\n"
             : "   Actual system score is provided for each metric.\n\n";
  out += " - " + hypothesis + ": the system and the " + baseline +
         " translations are essentially\n"
         "   generated by the same underlying process. For a given system and the " +
         baseline +
         ",\n"
         "   the p-value is roughly the probability of the absolute score difference (delta)\n"
         "   or higher occurring due to chance, under the assumption that the " +
         lower_hypothesis + " is correct.\n\n";
  out += " - Assuming a significance threshold of 0.05, the " + lower_hypothesis +
         " can be rejected\n"
         "   for p-values < 0.05 (marked with \"*\"). This means that the delta is unlikely to be "
         "attributed\n"
         "   to chance, hence the system is significantly \"different\" than the " +
         baseline +
         ".\n"
         "   Otherwise, the p-values are " +
         colored("highlighted in red", kRed, colors) + ".\n\n";
  out += " - NOTE: Significance does not tell whether a system is \"better\" than the " + baseline +
         " but rather\n"
         "   emphasizes the \"difference\" of the systems in terms of the replicability of the "
         "delta.\n\n";
  return out;
}

}  // namespace

std::string format_text(const SingleScore& score, const ScoreStyle& style) {
  std::string text = fixed(score.score.value, style.decimals);
  if (shows_interval(score)) {
    text +=
        " " + colored("(" + confidence(*score.interval, style.decimals) + ")", kCyan, style.colors);
  }
  if (style.score_only) return text;
  std::string out = score.name + "|" + score.signature_text + " = " + text;
  if (!score.score.detail.empty()) out += " " + score.score.detail;
  return out;
}

std::string format_texts(const std::vector<SingleScore>& scores, ScoreStyle style) {
  // Intervals are coloured when the first score has one.
  if (!shows_interval(scores.front())) style.colors = Colors::off;
  std::vector<std::string> lines;
  for (const SingleScore& score : scores) lines.push_back(format_text(score, style));
  if (lines.size() == 1) return lines.front() + "\n";

  // Where the lines have "=" (alone, scores have none without an interval). The original prints
  // lines without it first, then as many of all lines, counted from the first, as have it.
  std::string out;
  std::vector<std::size_t> columns;
  for (const std::string& line : lines) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      out += line + "\n";
    } else {
      columns.push_back(length_of(std::string_view(line).substr(0, equals)) - 1);
    }
  }
  const std::size_t widest =
      columns.empty() ? 0 : *std::max_element(columns.begin(), columns.end());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::size_t left = std::min(columns[i], length_of(lines[i]));
    out += std::string(widest - left, ' ') + lines[i] + "\n";
  }
  return out;
}

std::string format_json(const std::vector<SingleScore>& scores, const ScoreStyle& style) {
  if (scores.size() == 1) return format_object(scores.front(), style) + "\n";
  std::string out;
  for (const SingleScore& score : scores) {
    out += out.empty() ? "[\n" : ",\n";
    out += format_object(score, style);
  }
  return out + "\n]\n";
}

std::string format_table_json(const SystemTable& table, int decimals) {
  std::string out = "[";
  for (std::size_t i = 0; i < table.systems.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += "    {\n        \"system\": " + json_string(table.systems[i]);
    for (const MetricScores& metric : table.metrics) {
      const SystemScore& system = metric.systems[i];
      out += ",\n        " + json_string(metric.name) + ": ";
      if (table.test == PairedTest::none) {
        out += "\"" + fixed(system.value, decimals) + "\"";
        continue;
      }
      const auto& interval = system.interval;
      out += "{\n            \"score\": " + shortest(system.value);
      out += ",\n            \"p_value\": " + (system.p_value ? shortest(*system.p_value) : "null");
      out += ",\n            \"mean\": " +
             (interval ? json_number(*interval, interval->mean) : "null");
      out += ",\n            \"ci\": " +
             (interval ? json_number(*interval, interval->half_width) : "null");
      out += "\n        }";
    }
    out += "\n    }";
  }
  return out + "\n]\n";
}

std::string format_table(const SystemTable& table, TableFormat format, int decimals,
                         Colors colors) {
  const bool has_baseline = table.systems.front().starts_with(kBaselinePrefix);
  const auto mark_baseline = [&](std::vector<std::string>& cells) {
    if (has_baseline) cells.front() = colored(cells.front(), kYellow, colors);
  };
  std::vector<Column> columns;
  columns.push_back({colored("System", kCyan, colors), table.systems});
  mark_baseline(columns.back().cells);
  for (const MetricScores& metric : table.metrics) {
    Column column;
    std::string header = metric.name;
    for (const SystemScore& system : metric.systems) {
      column.cells.push_back(format_cell(system, format == TableFormat::latex, decimals, colors));
    }
    if (metric.systems.front().interval) header += " (μ ± 95% CI)";
    column.header = colored(header, kCyan, colors);
    mark_baseline(column.cells);
    columns.push_back(std::move(column));
  }

  std::string out = format == TableFormat::latex ? draw_latex(columns) : draw_grid(columns);
  out += "\n";
  if (table.test != PairedTest::none) out += explain_test(table, colors);
  out += "-----------------\nMetric signatures\n-----------------\n";
  for (const MetricScores& metric : table.metrics) {
    const std::size_t length = length_of(metric.name);
    out += " - " + metric.name + std::string(length < 10 ? 10 - length : 0, ' ') + " " +
           metric.signature_text + "\n";
  }
  return out;
}

}  // namespace transept::tools
