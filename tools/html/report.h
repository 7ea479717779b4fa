// Report: what measurements have to tell, as a tree that turns into an HTML page and into JSON and
// back. It is how `transept bench --json` writes its charts, and how other programs get a page from
// theirs:
//
//   transept bench --render RESULTS.json --html PAGE.html
//
// The JSON is one object. Members it does not know are left alone, so results can carry more than
// charts.
//
//   {"title": "Throughput of peers",                      required
//    "subtitle": "2026-11-26, 2 cores",
//    "facts": {"CPU": "AMD EPYC", "lines": 1000},         a box of names and values
//    "sections": [{"title": "Batch",
//                  "text": "one paragraph, or a list of them",
//                  "items": [ITEM, ...]}]}
//
// An ITEM has "kind", and may have "title" and "caption"; what else it has depends on the kind.
//
//   AXIS    {"title": "latency, ms", "scale": "linear" | "log10" | "log2", "low": 0, "high": 10,
//            "from_zero": true, "categories": ["a", "b"]}, all optional; with categories, values
//           on this axis are indices 0, 1, ...
//   GUIDES  [{"value": 3.5, "label": "p95"}], lines across the plot
//   null    stands for a number that is missing
//
//   "table"      "columns": [{"title": "model", "number": false}, ...],
//                "rows": [[CELL, ...], ...]; a CELL is a string, a number or
//                {"text": "1.8x", "tone": "good" | "bad" | "muted"}
//   "text"       "text": a paragraph, or a list of them
//   "lines"      "x": AXIS, "y": AXIS, "x_guides", "y_guides": GUIDES,
//                "series": [{"name": "int8", "style": "line_and_points" | "line" | "points",
//                            "points": [[x, y], [x, y, low, high],
//                                       {"x":, "y":, "low":, "high":, "label":}]}]
//   "bars"       "value": AXIS, "categories": [names], "stacked": false, "horizontal": false,
//                "guides",
//                "series": [{"name": "int8", "values": [...], "low": [...], "high": [...]}]
//   "histogram"  "x": AXIS, "bins": 0 (automatic), "guides",
//                "samples": [{"name": "int8", "values": [...]}]
//   "intervals"  "value": AXIS, "groups": [names], "guides" (default: zero),
//                "rows": [{"label": "float32", "value": 0.1, "low": -0.2, "high": 0.4, "group": 0}]
//   "boxes"      "value": AXIS, "guides", "rows": [{"name": "int8", "values": [...]}]
//   "heatmap"    "rows": [names], "columns": [names], "values": [[...], ...],
//                "row_title", "column_title", "low", "high", "decimals", "show_values": true
//   "roofline"   "operation": "multiply-adds",
//                "peaks": [{"name": "fp32", "value": operations a second}],
//                "bandwidths": [{"name": "L2", "value": bytes a second}],
//                "kernels": [{"name": "encoder", "intensity": operations a byte,
//                             "performance": operations a second}]
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tools/html/charts.h"
#include "tools/html/page.h"
#include "transept/status.h"

namespace transept::html {

using Paragraph = std::string;
using Item = std::variant<Paragraph, Table, LineChart, BarChart, Histogram, IntervalChart, BoxChart,
                          Heatmap, Roofline>;

struct Section {
  std::string title{};
  std::vector<std::string> paragraphs{};
  std::vector<Item> items{};
};

struct Report {
  std::string title{};
  std::string subtitle{};
  std::vector<std::pair<std::string, std::string>> facts{};
  std::vector<Section> sections{};
};

std::string to_html(const Report& report);

// The members above, as a JSON object. `extra`: the text of members that go before them
// ("\"a\":1"), or "".
std::string to_json(const Report& report, std::string_view extra = {});

// Errors: kInput, with the place in the JSON ("sections[0].items[2].series: expected a list").
Result<Report> parse_report(std::string_view json);

}  // namespace transept::html
