// Segments of a report: each as a card, the best and worst of each result in the page itself, all
// of them as data for its script.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "tools/base/numbers.h"
#include "tools/html/markup.h"
#include "tools/regress/report_parts.h"
#include "tools/regress/segment.h"

namespace transept::tools {
namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t kPicks = 5;  // best and worst segments of a result in the page itself
constexpr std::string_view kFlags[] = {"repetition", "copy",  "truncation",
                                       "empty",      "short", "long"};

// Words of a text with classes on each; equal neighbours share an element, blanks between them
// included.
std::string marked(std::string_view text, const std::vector<std::string>& words,
                   const std::vector<std::string>& classes) {
  const std::vector<WordSpan> spans = locate(text, words);
  std::string out;
  std::string open;
  for (std::size_t i = 0; i < words.size(); ++i) {
    // Where words are not found in the text they stand one behind the other.
    const std::string gap =
        spans.empty() ? (i == 0 ? "" : " ")
                      : std::string(text.substr(i == 0 ? 0 : spans[i - 1].end,
                                                spans[i].begin - (i == 0 ? 0 : spans[i - 1].end)));
    if (classes[i] != open) {
      if (!open.empty()) out += "</span>";
      out += html::escape(gap);
      if (!classes[i].empty()) out += "<span class=\"" + classes[i] + "\">";
      open = classes[i];
    } else {
      out += html::escape(gap);
    }
    out += html::escape(words[i]);
  }
  if (!open.empty()) out += "</span>";
  if (!spans.empty()) out += html::escape(text.substr(spans.back().end));
  return out;
}

class Cards {
 public:
  Cards(const Evaluation& evaluation, const CombinationResult& result,
        const std::vector<SegmentScores>& scores)
      : result_(result),
        scores_(scores),
        set_(evaluation.sets[result.set]),
        tokenizer_(evaluation.suite.sets[result.set].tokenize) {
    for (std::size_t i = 0; i < result.translated.lines.size(); ++i) {
      flags_.push_back(
          segment_flags(set_.source[i], result.translated.lines[i], set_.references[i]));
    }
  }

  const std::vector<std::string>& flags(std::size_t i) const { return flags_[i]; }
  bool changed(std::size_t i) const {
    return std::binary_search(result_.changed.begin(), result_.changed.end(), i);
  }
  std::size_t words(std::size_t i) const {
    return words_of(result_.translated.lines[i].text, tokenizer_).size();
  }
  double ratio(std::size_t i) const {
    const std::size_t reference = words_of(set_.references[i].front(), tokenizer_).size();
    return reference == 0 ? 0.0 : static_cast<double>(words(i)) / static_cast<double>(reference);
  }

  std::string card(std::size_t i) const {
    std::string out =
        "<article class=\"segment\"><header><b>Line " + std::to_string(i + 1) + "</b>";
    for (std::size_t m = 0; m < result_.metrics.size(); ++m) {
      out += "<span class=\"score\">" + html::escape(result_.metrics[m].name) + ' ' +
             fixed(scores_[i].now[m], 1);
      if (changed(i) && !std::isnan(scores_[i].gain[m])) out += gain(m, scores_[i].gain[m]);
      out += "</span>";
    }
    out += "<span class=\"score\">length " + readable(ratio(i), 2) + "</span>";
    for (const std::string& flag : flags_[i]) {
      out += "<span class=\"flag\">" + html::escape(flag) + "</span>";
    }
    out += "</header><dl>" + row("source", html::escape(set_.source[i]));
    for (const std::string& reference : set_.references[i]) {
      out += row("reference", html::escape(reference));
    }
    return out + outputs(i) + "</dl></article>\n";
  }

 private:
  static std::string row(const std::string& name, const std::string& markup) {
    return "<dt>" + name + "</dt><dd dir=\"auto\">" + markup + "</dd>";
  }

  std::string gain(std::size_t m, double gain) const {
    const double change = result_.metrics[m].lower_is_better ? -gain : gain;
    const char* tone = gain > 0.0 ? "good" : gain < 0.0 ? "bad" : "muted";
    return std::string(" <span class=\"") + tone + "\">" + (change >= 0.0 ? "+" : "") +
           readable(change, 1) + "</span>";
  }

  // Baseline and translation, with what changed and what the references have.
  std::string outputs(std::size_t i) const {
    const std::string& text = result_.translated.lines[i].text;
    const std::vector<std::string> now = words_of(text, tokenizer_);
    std::vector<std::vector<std::string>> references;
    for (const std::string& reference : set_.references[i]) {
      references.push_back(words_of(reference, tokenizer_));
    }
    const std::vector<unsigned> orders = matched_orders(now, references);
    std::vector<std::string> classes;
    for (const unsigned order : orders) {
      classes.push_back(order == 0 ? "" : "m" + std::to_string(order));
    }
    if (!changed(i)) {
      return row(result_.baseline == nullptr ? "translation" : "unchanged",
                 marked(text, now, classes));
    }

    const std::string& old_text = result_.baseline->translations[i];
    const std::vector<std::string> before = words_of(old_text, tokenizer_);
    const WordDifference difference = word_difference(before, now);
    std::vector<std::string> old_classes;
    for (const bool removed : difference.removed) old_classes.push_back(removed ? "del" : "");
    for (std::size_t w = 0; w < now.size(); ++w) {
      if (difference.added[w]) classes[w] += classes[w].empty() ? "ins" : " ins";
    }
    return row("baseline", marked(old_text, before, old_classes)) +
           row("now", marked(text, now, classes));
  }

  const CombinationResult& result_;
  const std::vector<SegmentScores>& scores_;
  const SetLines& set_;
  const std::string& tokenizer_;
  std::vector<std::vector<std::string>> flags_;
};

double rounded(double number) { return std::round(number * 100.0) / 100.0; }

// Weights in 999ths, three digits each, row by row.
json attention_of(const TranslatedLine& line) {
  std::string weights;
  for (const float weight : line.attention.values) {
    const long shade = std::lround(std::clamp(weight, 0.0f, 1.0f) * 999.0f);
    for (const long digit : {shade / 100, shade / 10 % 10, shade % 10}) {
      weights += static_cast<char>('0' + digit);
    }
  }
  return {{"source", line.source_tokens}, {"target", line.tokens}, {"weights", weights}};
}

json data_of(const CombinationResult& result, const std::vector<SegmentScores>& scores,
             const Cards& cards, const Suite& suite) {
  json segments = json::array();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    json now = json::array(), gain = json::array();
    for (const double score : scores[i].now) now.push_back(rounded(score));
    for (const double points : scores[i].gain) gain.push_back(rounded(points));
    json segment = {{"scores", now},           {"gains", gain},
                    {"flags", cards.flags(i)}, {"changed", cards.changed(i)},
                    {"words", cards.words(i)}, {"ratio", rounded(cards.ratio(i))},
                    {"card", cards.card(i)}};
    const TranslatedLine& line = result.translated.lines[i];
    if (!line.attention.empty()) segment["attention"] = attention_of(line);
    segments.push_back(std::move(segment));
  }
  return {{"name", short_name(result.of, suite)},
          {"regression", result.verdict() == Verdict::regression},
          {"segments", segments}};
}

// Inside a script element nothing may look like its end, or like a comment.
std::string script_safe(const json& value) {
  std::string out;
  for (const char c : value.dump(-1, ' ', false, json::error_handler_t::replace)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

html::Table flag_table(const Evaluation& evaluation, const std::vector<Cards>& cards) {
  html::Table table{.title = "Segments that look wrong"};
  table.caption =
      "Repetition: words said three times in a row; copy: the source, untranslated; truncation: "
      "cut off at the "
      "maximal length; short, long: less than half, more than twice the words of every reference.";
  table.columns = {{"Result"}};
  for (const std::string_view flag : kFlags) table.columns.push_back({std::string(flag), true});
  for (std::size_t r = 0; r < cards.size(); ++r) {
    std::map<std::string, std::size_t, std::less<>> counts;
    for (std::size_t i = 0; i < evaluation.results[r].translated.lines.size(); ++i) {
      for (const std::string& flag : cards[r].flags(i)) ++counts[flag];
    }
    std::vector<html::Cell> row = {{short_name(evaluation.results[r].of, evaluation.suite)}};
    for (const std::string_view flag : kFlags) {
      const auto found = counts.find(flag);
      row.push_back(found == counts.end() ? html::Cell{"0", html::Cell::Tone::muted}
                                          : html::Cell{std::to_string(found->second)});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

// The segments at both ends: by what they gained where some changed, by their score otherwise.
std::string picks(const CombinationResult& result, const std::vector<SegmentScores>& scores,
                  const Cards& cards, const std::string& name) {
  const bool by_gain =
      !result.changed.empty() && !std::isnan(scores[result.changed.front()].gain.front());
  std::vector<std::size_t> order = by_gain ? result.changed : std::vector<std::size_t>();
  if (!by_gain) {
    order.resize(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
  }
  const double sign = result.metrics.front().lower_is_better ? -1.0 : 1.0;
  const auto value = [&](std::size_t i) {
    return by_gain ? scores[i].gain.front() : sign * scores[i].now.front();
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return value(a) < value(b); });
  const std::size_t count = std::min(kPicks, (order.size() + 1) / 2);
  std::string out = "<h3>" + html::escape(name) + ": " +
                    (by_gain ? "largest losses" : "lowest scores") + "</h3>\n";
  for (std::size_t i = 0; i < count; ++i) out += cards.card(order[i]);
  out += "<h3>" + html::escape(name) + ": " + (by_gain ? "largest gains" : "highest scores") +
         "</h3>\n";
  for (std::size_t i = 0; i < std::min(count, order.size() - count); ++i) {
    out += cards.card(order[order.size() - 1 - i]);
  }
  return out;
}

}  // namespace

void add_segments(const Evaluation& evaluation, const AllScores& scores, html::Page& page) {
  page.section("Segments");
  std::vector<Cards> cards;
  for (std::size_t r = 0; r < evaluation.results.size(); ++r) {
    cards.emplace_back(evaluation, evaluation.results[r], scores[r]);
  }
  page.add(flag_table(evaluation, cards));
  page.raw(
      "<p class=\"key\">Underlined: n-grams that a reference has, too: <span class=\"m1\">one "
      "word</span>, "
      "<span class=\"m2\">two</span>, <span class=\"m3\">three</span>, <span class=\"m4\">four or "
      "more</span>. "
      "<span class=\"del\">Gone</span> and <span class=\"ins\">new</span> since the baseline.</p>\n"
      "<div id=\"browser\" hidden></div>\n<div id=\"picks\">\n");
  json data = {{"metrics", json::array()}, {"results", json::array()}};
  for (const MetricResult& metric : evaluation.results.front().metrics) {
    data["metrics"].push_back({{"name", metric.name}, {"lowerIsBetter", metric.lower_is_better}});
  }
  for (std::size_t r = 0; r < evaluation.results.size(); ++r) {
    const CombinationResult& result = evaluation.results[r];
    data["results"].push_back(data_of(result, scores[r], cards[r], evaluation.suite));
    page.raw(picks(result, scores[r], cards[r], short_name(result.of, evaluation.suite)));
  }
  page.raw("</div>\n<script type=\"application/json\" id=\"segments\">" + script_safe(data) +
           "</script>\n");
}

}  // namespace transept::tools
