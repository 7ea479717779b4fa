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
// An ITEM has "kind", and may have "title" and "caption". What else it has depends on the kind: the
// members that report_fields.h names, which mean what they mean in page.h and charts.h:
//
//   "table", "text", "lines", "bars", "histogram", "intervals", "boxes", "heatmap", "roofline"
//
//   {"kind": "lines", "x": {"title": "batch", "scale": "log2"}, "y": {"title": "words a second"},
//    "series": [{"name": "int8", "points": [[1, 3000], [2, 5100]]}],
//    "y_guides": [{"value": 4000, "label": "the aim"}]}
//
// null stands for a number that is missing. In short may be written: a point as [x, y] or
// [x, y, low, high]; a column as its title; a cell as a string or a number. With categories, values
// on an axis are indices 0, 1, ...
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
using Item = std::variant<Table, Paragraph, LineChart, BarChart, Histogram, IntervalChart, BoxChart,
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
