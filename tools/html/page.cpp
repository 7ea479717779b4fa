#include "tools/html/page.h"

#include <algorithm>

#include "tools/html/markup.h"
#include "tools/html/plot.h"

namespace transept::html {
namespace {

// Colours of series are told apart by people with any colour vision, and stand out from both
// grounds by at least 3 : 1 (WCAG 2.1, 1.4.11).
constexpr std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --ground: #ffffff; --panel: #f6f7f9; --rule: #d9dde3; --grid: #e6e9ee;
  --ink: #1b2027; --soft: #55606e;
  --good: #0d7a4f; --bad: #b3261e;
  --s1: #1f6fb4; --s2: #c8590b; --s3: #128563; --s4: #a5479a;
  --s5: #927000; --s6: #2688ad; --s7: #c0314a; --s8: #64707d;
  --s9: #7d4f30; --s10: #5a7f1e; --s11: #46509e; --s12: #b0587a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --panel: #1c2027; --rule: #39404b; --grid: #2a303a;
    --ink: #e8ebef; --soft: #a2acb9;
    --good: #5ecb9a; --bad: #ff8f84;
    --s1: #6cb0f2; --s2: #f0934f; --s3: #4cc79c; --s4: #d990d2;
    --s5: #d8b23c; --s6: #77cfee; --s7: #f47c8d; --s8: #a3adb8;
    --s9: #c99b7c; --s10: #a3c95e; --s11: #a1abf2; --s12: #eaa4bd;
  }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #ffffff; --panel: #ffffff; --rule: #b9bfc7; --grid: #dfe3e8;
    --ink: #000000; --soft: #444b55; --good: #0d7a4f; --bad: #b3261e;
    --s1: #1f6fb4; --s2: #c8590b; --s3: #128563; --s4: #a5479a;
    --s5: #927000; --s6: #2688ad; --s7: #c0314a; --s8: #64707d;
    --s9: #7d4f30; --s10: #5a7f1e; --s11: #46509e; --s12: #b0587a;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  figure, table, .facts { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  details:not([open]) { display: none; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 62rem;
  background: var(--ground); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
}
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 {
  margin: 3rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--rule);
  font-size: 1.35rem; line-height: 1.3;
}
h3, figcaption strong { font-size: 1.02rem; font-weight: 650; }
p { margin: .5rem 0; max-width: 46rem; }
.subtitle { margin: .35rem 0 0; color: var(--soft); font-size: 1.05rem; }
.facts {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .8rem 1.5rem;
  margin: 1.5rem 0 0; padding: 1rem 1.2rem; background: var(--panel);
  border: 1px solid var(--rule); border-radius: .5rem;
}
.facts dt { color: var(--soft); font-size: .8rem; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1.8rem 0 2.2rem; }
figcaption strong { display: block; }
figcaption span { display: block; color: var(--soft); font-size: .92rem; max-width: 46rem; }
.legend {
  display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: .6rem 0 0; padding: 0;
  list-style: none; font-size: .88rem;
}
.legend li { display: flex; align-items: center; gap: .4rem; }
.legend svg { width: 22px; height: 12px; flex: none; }
.plot { overflow-x: auto; margin-top: .4rem; }
.plot > svg { display: block; width: 100%; min-width: 34rem; height: auto; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { padding: 0 0 .4rem; text-align: left; }
caption strong { font-size: 1.02rem; font-weight: 650; }
caption span { display: block; color: var(--soft); max-width: 46rem; }
th, td {
  padding: .34rem .9rem; border-bottom: 1px solid var(--rule); text-align: left;
  vertical-align: baseline;
}
th { color: var(--soft); font-weight: 600; font-size: .86rem; vertical-align: bottom; }
th.n, td.n { text-align: right; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
.figures td:first-child { white-space: nowrap; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.muted { color: var(--soft); }
details { margin-top: .3rem; font-size: .88rem; }
summary { width: fit-content; color: var(--soft); cursor: pointer; }
svg { font: 12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
svg text { fill: var(--ink); font-variant-numeric: tabular-nums; }
svg text.soft { fill: var(--soft); }
svg text.on { fill: var(--ground); }
svg text.strong { font-weight: 650; }
svg .grid { stroke: var(--grid); }
svg .axis { stroke: var(--soft); }
svg .guide { stroke: var(--soft); stroke-dasharray: 4 3; }
svg .halo { paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
.s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); } .s4 { --c: var(--s4); }
.s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); } .s8 { --c: var(--s8); }
.s9 { --c: var(--s9); } .s10 { --c: var(--s10); } .s11 { --c: var(--s11); } .s12 { --c: var(--s12); }
svg .mark { fill: var(--c); stroke: var(--ground); stroke-width: 1; }
svg .curve { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
svg .band { fill: var(--c); fill-opacity: .16; }
svg .fill { fill: var(--c); }
svg .cell { fill: var(--c); stroke: var(--ground); stroke-width: 1; }
svg .pale { fill: var(--c); fill-opacity: .22; stroke: var(--c); stroke-width: 1.5; }
svg .whisker { stroke: var(--c); stroke-width: 1.6; }
svg .error { stroke: var(--ink); stroke-width: 1.2; }
svg .roof { stroke: var(--soft); stroke-width: 1.5; }
svg .empty { fill: var(--panel); stroke: var(--rule); }
svg .median { stroke: var(--c); stroke-width: 3; }
)css";

std::string sign(const Figure::Key& key) {
  Svg svg(22, 12, "", "");
  svg.begin(series_class(key.series));
  switch (key.sign) {
    case Figure::Key::Sign::mark: svg.mark(11, 6, key.series); break;
    case Figure::Key::Sign::box: svg.rect(5, 0, 12, 12, "fill"); break;
    case Figure::Key::Sign::line: svg.line(1, 6, 21, 6, "curve"); break;
  }
  svg.end();
  return std::move(svg).finish();
}

std::string tone_class(Cell::Tone tone) {
  switch (tone) {
    case Cell::Tone::plain: return "";
    case Cell::Tone::good: return "good";
    case Cell::Tone::bad: return "bad";
    case Cell::Tone::muted: return "muted";
  }
  return "";
}

std::string class_attribute(const std::string& classes) {
  return classes.empty() ? "" : " class=\"" + classes + '"';
}

}  // namespace

std::string markup(const Table& table) {
  const bool figures = std::any_of(table.columns.begin(), table.columns.end(),
                                   [](const Column& c) { return c.number; });
  std::string out =
      "<div class=\"scroll\"><table" + class_attribute(figures ? "figures" : "") + '>';
  if (!table.title.empty() || !table.caption.empty()) {
    out += "<caption>";
    if (!table.title.empty()) out += "<strong>" + escape(table.title) + "</strong>";
    if (!table.caption.empty()) out += "<span>" + escape(table.caption) + "</span>";
    out += "</caption>";
  }
  out += "<thead><tr>";
  for (const Column& column : table.columns) {
    out += "<th scope=\"col\"" + class_attribute(column.number ? "n" : "") + '>' +
           escape(column.title) + "</th>";
  }
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string classes = i < table.columns.size() && table.columns[i].number ? "n" : "";
      const std::string tone = tone_class(row[i].tone);
      if (!tone.empty()) classes += (classes.empty() ? "" : " ") + tone;
      out += "<td" + class_attribute(classes) + '>' + escape(row[i].text) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string markup(const Figure& figure) {
  std::string out = "<figure><figcaption><strong>" + escape(figure.title) + "</strong>";
  if (!figure.caption.empty()) out += "<span>" + escape(figure.caption) + "</span>";
  out += "</figcaption>";
  if (!figure.legend.empty()) {
    out += "<ul class=\"legend\">";
    for (const Figure::Key& key : figure.legend) {
      out += "<li>" + sign(key) + escape(key.name) + "</li>";
    }
    out += "</ul>";
  }
  out += "\n<div class=\"plot\">" + figure.svg + "</div>\n";
  if (!figure.numbers.rows.empty()) {
    out += "<details><summary>Numbers</summary>" + markup(figure.numbers) + "</details>";
  }
  return out + "</figure>\n";
}

void Page::subtitle(std::string_view text) {
  subtitle_ = "<p class=\"subtitle\">" + escape(text) + "</p>\n";
}

void Page::fact(std::string_view name, std::string_view value) {
  facts_ += "<div><dt>" + escape(name) + "</dt><dd>" + escape(value) + "</dd></div>\n";
}

void Page::section(std::string_view title, std::string_view text) {
  if (in_section_) body_ += "</section>\n";
  in_section_ = true;
  body_ += "<section><h2>" + escape(title) + "</h2>\n";
  if (!text.empty()) paragraph(text);
}

void Page::paragraph(std::string_view text) { body_ += "<p>" + escape(text) + "</p>\n"; }

void Page::add(const Figure& figure) { body_ += markup(figure); }

void Page::add(const Table& table) { body_ += markup(table); }

std::string Page::finish() const {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      escape(title_) + "</title>\n<style>";
  out += kStyle;
  out += style_;
  out += "</style>\n</head>\n<body>\n<header><h1>" + escape(title_) + "</h1>\n" + subtitle_;
  if (!facts_.empty()) out += "<dl class=\"facts\">\n" + facts_ + "</dl>\n";
  out += "</header>\n<main>\n" + body_ + (in_section_ ? "</section>\n" : "") + "</main>\n";
  if (!script_.empty()) out += "<script>\n" + script_ + "</script>\n";
  return out + "</body>\n</html>\n";
}

}  // namespace transept::html
