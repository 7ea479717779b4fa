#include "tools/html/report.h"

#include <cmath>
#include <cstdint>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/base/bounded_json.h"
#include "tools/base/numbers.h"

namespace transept::html {
namespace {

using Json = nlohmann::ordered_json;  // facts keep their order

// Why a report cannot be read; caught in parse_report().
struct Malformed {
  std::string message;
};

// A value and its place in the file, for messages.
class Node {
 public:
  Node(const Json& json, std::string place) : json_(&json), place_(std::move(place)) {}

  const Json& json() const { return *json_; }
  [[noreturn]] void fail(const std::string& expected) const {
    throw Malformed{(place_.empty() ? "the report" : place_) + ": expected " + expected};
  }

  std::optional<Node> find(const std::string& name) const {
    if (!json_->is_object()) fail("an object");
    const auto found = json_->find(name);
    if (found == json_->end()) return std::nullopt;
    return Node(*found, place_.empty() ? name : place_ + "." + name);
  }
  Node at(const std::string& name) const {
    if (auto node = find(name)) return *node;
    fail("a member \"" + name + '"');
  }
  Node at(std::size_t i) const { return {(*json_)[i], place_ + "[" + std::to_string(i) + "]"}; }
  std::size_t size() const {
    if (!json_->is_array()) fail("a list");
    return json_->size();
  }

  double number() const {
    if (json_->is_null()) return kNone;
    if (!json_->is_number()) fail("a number");
    return json_->get<double>();
  }
  std::string string() const {
    if (!json_->is_string()) fail("a string");
    return json_->get<std::string>();
  }
  bool boolean() const {
    if (!json_->is_boolean()) fail("true or false");
    return json_->get<bool>();
  }
  std::size_t index() const {
    if (!json_->is_number_unsigned()) fail("a whole number");
    return json_->get<std::size_t>();
  }
  // A string, or a number as people read it.
  std::string text() const {
    if (json_->is_null()) return "–";
    if (json_->is_number_integer()) return tools::readable(json_->get<double>(), 0);
    if (json_->is_number()) return tools::readable(json_->get<double>());
    if (!json_->is_string()) fail("a string or a number");
    return json_->get<std::string>();
  }

 private:
  const Json* json_;
  std::string place_;
};

std::string string_or_empty(const Node& node, const char* name) {
  const auto found = node.find(name);
  return found ? found->string() : "";
}

bool flag(const Node& node, const char* name, bool otherwise) {
  const auto found = node.find(name);
  return found ? found->boolean() : otherwise;
}

double number_or_none(const Node& node, const char* name) {
  const auto found = node.find(name);
  return found ? found->number() : kNone;
}

std::optional<double> bound(const Node& node, const char* name) {
  const double value = number_or_none(node, name);
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

// The list `name`, each element read by `read`; no such member: empty.
template <class Read>
auto list(const Node& node, const char* name, Read read) -> std::vector<decltype(read(node))> {
  std::vector<decltype(read(node))> values;
  if (const auto found = node.find(name)) {
    const std::size_t count = found->size();
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) values.push_back(read(found->at(i)));
  }
  return values;
}

std::vector<std::string> strings(const Node& node, const char* name) {
  return list(node, name, [](const Node& one) { return one.text(); });
}

std::vector<double> numbers(const Node& node, const char* name) {
  return list(node, name, [](const Node& one) { return one.number(); });
}

// A string, or a list of them.
std::vector<std::string> paragraphs(const Node& node, const char* name) {
  const auto found = node.find(name);
  if (!found) return {};
  if (found->json().is_string()) return {found->string()};
  return strings(node, name);
}

Axis read_axis(const Node& node, const char* name, bool from_zero = true) {
  Axis axis;
  axis.from_zero = from_zero;
  const auto found = node.find(name);
  if (!found) return axis;
  axis.title = string_or_empty(*found, "title");
  const std::string scale = string_or_empty(*found, "scale");
  if (scale == "log10") axis.scale = ScaleKind::log10;
  if (scale == "log2") axis.scale = ScaleKind::log2;
  if (!scale.empty() && scale != "linear" && axis.scale == ScaleKind::linear) {
    found->at("scale").fail("linear, log10 or log2");
  }
  axis.low = bound(*found, "low");
  axis.high = bound(*found, "high");
  axis.from_zero = flag(*found, "from_zero", from_zero);
  axis.categories = strings(*found, "categories");
  return axis;
}

std::vector<Guide> read_guides(const Node& node, const char* name) {
  return list(node, name, [](const Node& one) {
    return Guide{one.at("value").number(), string_or_empty(one, "label")};
  });
}

Cell read_cell(const Node& node) {
  if (!node.json().is_object()) return {node.text()};
  Cell cell{node.at("text").text()};
  const std::string tone = string_or_empty(node, "tone");
  if (tone == "good") cell.tone = Cell::Tone::good;
  if (tone == "bad") cell.tone = Cell::Tone::bad;
  if (tone == "muted") cell.tone = Cell::Tone::muted;
  if (!tone.empty() && tone != "plain" && cell.tone == Cell::Tone::plain) {
    node.at("tone").fail("plain, good, bad or muted");
  }
  return cell;
}

Table read_table(const Node& node) {
  Table table;
  table.columns = list(node, "columns", [](const Node& one) {
    if (one.json().is_string()) return Column{one.string()};
    return Column{one.at("title").string(), flag(one, "number", false)};
  });
  const std::size_t columns = table.columns.size();
  table.rows = list(node, "rows", [columns](const Node& row) {
    std::vector<Cell> cells;
    if (row.size() != columns) row.fail(std::to_string(columns) + " cells, one a column");
    for (std::size_t i = 0; i < columns; ++i) cells.push_back(read_cell(row.at(i)));
    return cells;
  });
  return table;
}

Point read_point(const Node& node) {
  if (node.json().is_object()) {
    return {node.at("x").number(), node.at("y").number(), number_or_none(node, "low"),
            number_or_none(node, "high"), string_or_empty(node, "label")};
  }
  const std::size_t size = node.size();
  if (size != 2 && size != 4) node.fail("[x, y] or [x, y, low, high]");
  Point point{node.at(0).number(), node.at(1).number()};
  if (size == 4) {
    point.low = node.at(2).number();
    point.high = node.at(3).number();
  }
  return point;
}

Series read_series(const Node& node) {
  Series series;
  series.name = string_or_empty(node, "name");
  const std::string style = string_or_empty(node, "style");
  if (style == "line") series.style = Style::line;
  if (style == "points") series.style = Style::points;
  if (!style.empty() && style != "line_and_points" && series.style == Style::line_and_points) {
    node.at("style").fail("line_and_points, line or points");
  }
  series.points = list(node, "points", read_point);
  return series;
}

Sample read_sample(const Node& node) {
  return {string_or_empty(node, "name"), numbers(node, "values")};
}

Ceiling read_ceiling(const Node& node) {
  return {node.at("name").string(), node.at("value").number()};
}

LineChart read_lines(const Node& node) {
  LineChart chart;
  chart.x = read_axis(node, "x", false);
  chart.y = read_axis(node, "y");
  chart.series = list(node, "series", read_series);
  chart.x_guides = read_guides(node, "x_guides");
  chart.y_guides = read_guides(node, "y_guides");
  return chart;
}

BarChart read_bars(const Node& node) {
  BarChart chart;
  chart.value = read_axis(node, "value");
  chart.categories = strings(node, "categories");
  chart.series = list(node, "series", [](const Node& one) {
    return BarSeries{string_or_empty(one, "name"), numbers(one, "values"), numbers(one, "low"),
                     numbers(one, "high")};
  });
  chart.stacked = flag(node, "stacked", false);
  chart.horizontal = flag(node, "horizontal", false);
  chart.guides = read_guides(node, "guides");
  return chart;
}

Histogram read_histogram(const Node& node) {
  Histogram chart;
  chart.x = read_axis(node, "x", false);
  chart.samples = list(node, "samples", read_sample);
  chart.guides = read_guides(node, "guides");
  if (const auto bins = node.find("bins")) chart.bins = bins->index();
  return chart;
}

IntervalChart read_intervals(const Node& node) {
  IntervalChart chart;
  chart.value = read_axis(node, "value", false);
  chart.rows = list(node, "rows", [](const Node& one) {
    const auto group = one.find("group");
    return Interval{one.at("label").text(), one.at("value").number(), number_or_none(one, "low"),
                    number_or_none(one, "high"), group ? group->index() : 0};
  });
  chart.groups = strings(node, "groups");
  if (node.find("guides")) chart.guides = read_guides(node, "guides");
  return chart;
}

BoxChart read_boxes(const Node& node) {
  BoxChart chart;
  chart.value = read_axis(node, "value");
  chart.rows = list(node, "rows", read_sample);
  chart.guides = read_guides(node, "guides");
  return chart;
}

Heatmap read_heatmap(const Node& node) {
  Heatmap chart;
  chart.rows = strings(node, "rows");
  chart.columns = strings(node, "columns");
  chart.values = list(node, "values", [](const Node& row) {
    std::vector<double> values;
    for (std::size_t i = 0; i < row.size(); ++i) values.push_back(row.at(i).number());
    return values;
  });
  chart.row_title = string_or_empty(node, "row_title");
  chart.column_title = string_or_empty(node, "column_title");
  chart.low = bound(node, "low");
  chart.high = bound(node, "high");
  if (const auto decimals = node.find("decimals"))
    chart.decimals = static_cast<int>(std::min<std::size_t>(decimals->index(), 12));
  chart.show_values = flag(node, "show_values", true);
  return chart;
}

Roofline read_roofline(const Node& node) {
  Roofline chart;
  if (const auto operation = node.find("operation")) chart.operation = operation->string();
  chart.peaks = list(node, "peaks", read_ceiling);
  chart.bandwidths = list(node, "bandwidths", read_ceiling);
  chart.kernels = list(node, "kernels", [](const Node& one) {
    return Kernel{one.at("name").string(), one.at("intensity").number(),
                  one.at("performance").number()};
  });
  return chart;
}

// Title and caption, which all kinds but text have.
template <class T>
T titled(T item, const Node& node) {
  item.title = string_or_empty(node, "title");
  item.caption = string_or_empty(node, "caption");
  return item;
}

void read_item(const Node& node, std::vector<Item>& items) {
  const std::string kind = node.at("kind").string();
  if (kind == "text") {
    for (std::string& paragraph : paragraphs(node, "text"))
      items.emplace_back(std::move(paragraph));
  } else if (kind == "table") {
    items.emplace_back(titled(read_table(node), node));
  } else if (kind == "lines") {
    items.emplace_back(titled(read_lines(node), node));
  } else if (kind == "bars") {
    items.emplace_back(titled(read_bars(node), node));
  } else if (kind == "histogram") {
    items.emplace_back(titled(read_histogram(node), node));
  } else if (kind == "intervals") {
    items.emplace_back(titled(read_intervals(node), node));
  } else if (kind == "boxes") {
    items.emplace_back(titled(read_boxes(node), node));
  } else if (kind == "heatmap") {
    items.emplace_back(titled(read_heatmap(node), node));
  } else if (kind == "roofline") {
    items.emplace_back(titled(read_roofline(node), node));
  } else {
    node.at("kind").fail(
        "table, text, lines, bars, histogram, intervals, boxes, heatmap or roofline");
  }
}

Section read_section(const Node& node) {
  Section section;
  section.title = node.at("title").string();
  section.paragraphs = paragraphs(node, "text");
  if (const auto items = node.find("items")) {
    for (std::size_t i = 0; i < items->size(); ++i) read_item(items->at(i), section.items);
  }
  return section;
}

Report read_report(const Node& node) {
  Report report;
  report.title = node.at("title").string();
  report.subtitle = string_or_empty(node, "subtitle");
  if (const auto facts = node.find("facts")) {
    if (!facts->json().is_object()) facts->fail("an object");
    for (const auto& [name, value] : facts->json().items()) {
      report.facts.emplace_back(name, Node(value, "facts." + name).text());
    }
  }
  report.sections = list(node, "sections", read_section);
  return report;
}

// JSON has no number for what is not finite.
Json number_json(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json numbers_json(const std::vector<double>& values) {
  Json array = Json::array();
  for (const double value : values) array.push_back(number_json(value));
  return array;
}

Json axis_json(const Axis& axis) {
  Json json = Json::object();
  json["title"] = axis.title;
  json["scale"] = axis.scale == ScaleKind::linear  ? "linear"
                  : axis.scale == ScaleKind::log10 ? "log10"
                                                   : "log2";
  if (axis.low) json["low"] = number_json(*axis.low);
  if (axis.high) json["high"] = number_json(*axis.high);
  json["from_zero"] = axis.from_zero;
  if (!axis.categories.empty()) json["categories"] = axis.categories;
  return json;
}

Json guides_json(const std::vector<Guide>& guides) {
  Json array = Json::array();
  for (const Guide& guide : guides) {
    array.push_back(Json{{"value", number_json(guide.value)}, {"label", guide.label}});
  }
  return array;
}

Json samples_json(const std::vector<Sample>& samples) {
  Json array = Json::array();
  for (const Sample& sample : samples) {
    array.push_back(Json{{"name", sample.name}, {"values", numbers_json(sample.values)}});
  }
  return array;
}

Json ceilings_json(const std::vector<Ceiling>& ceilings) {
  Json array = Json::array();
  for (const Ceiling& ceiling : ceilings) {
    array.push_back(Json{{"name", ceiling.name}, {"value", number_json(ceiling.value)}});
  }
  return array;
}

template <class T>
Json item_json(const char* kind, const T& item) {
  return Json{{"kind", kind}, {"title", item.title}, {"caption", item.caption}};
}

Json to_json(const Paragraph& paragraph) { return Json{{"kind", "text"}, {"text", paragraph}}; }

Json to_json(const Table& table) {
  Json json = item_json("table", table);
  json["columns"] = Json::array();
  for (const Column& column : table.columns) {
    json["columns"].push_back(Json{{"title", column.title}, {"number", column.number}});
  }
  constexpr const char* kTones[] = {"plain", "good", "bad", "muted"};
  json["rows"] = Json::array();
  for (const auto& row : table.rows) {
    Json cells = Json::array();
    for (const Cell& cell : row) {
      if (cell.tone == Cell::Tone::plain) {
        cells.push_back(cell.text);
      } else {
        cells.push_back(
            Json{{"text", cell.text}, {"tone", kTones[static_cast<std::size_t>(cell.tone)]}});
      }
    }
    json["rows"].push_back(std::move(cells));
  }
  return json;
}

Json to_json(const LineChart& chart) {
  Json json = item_json("lines", chart);
  json["x"] = axis_json(chart.x);
  json["y"] = axis_json(chart.y);
  constexpr const char* kStyles[] = {"line_and_points", "line", "points"};
  json["series"] = Json::array();
  for (const Series& series : chart.series) {
    Json points = Json::array();
    for (const Point& point : series.points) {
      Json one{{"x", number_json(point.x)}, {"y", number_json(point.y)}};
      if (std::isfinite(point.low)) one["low"] = point.low;
      if (std::isfinite(point.high)) one["high"] = point.high;
      if (!point.label.empty()) one["label"] = point.label;
      points.push_back(std::move(one));
    }
    json["series"].push_back(Json{{"name", series.name},
                                  {"style", kStyles[static_cast<std::size_t>(series.style)]},
                                  {"points", std::move(points)}});
  }
  json["x_guides"] = guides_json(chart.x_guides);
  json["y_guides"] = guides_json(chart.y_guides);
  return json;
}

Json to_json(const BarChart& chart) {
  Json json = item_json("bars", chart);
  json["value"] = axis_json(chart.value);
  json["categories"] = chart.categories;
  json["stacked"] = chart.stacked;
  json["horizontal"] = chart.horizontal;
  json["series"] = Json::array();
  for (const BarSeries& series : chart.series) {
    Json one{{"name", series.name}, {"values", numbers_json(series.values)}};
    if (!series.low.empty()) one["low"] = numbers_json(series.low);
    if (!series.high.empty()) one["high"] = numbers_json(series.high);
    json["series"].push_back(std::move(one));
  }
  json["guides"] = guides_json(chart.guides);
  return json;
}

Json to_json(const Histogram& chart) {
  Json json = item_json("histogram", chart);
  json["x"] = axis_json(chart.x);
  json["samples"] = samples_json(chart.samples);
  json["guides"] = guides_json(chart.guides);
  json["bins"] = chart.bins;
  return json;
}

Json to_json(const IntervalChart& chart) {
  Json json = item_json("intervals", chart);
  json["value"] = axis_json(chart.value);
  json["rows"] = Json::array();
  for (const Interval& row : chart.rows) {
    json["rows"].push_back(Json{{"label", row.label},
                                {"value", number_json(row.value)},
                                {"low", number_json(row.low)},
                                {"high", number_json(row.high)},
                                {"group", row.group}});
  }
  json["groups"] = chart.groups;
  json["guides"] = guides_json(chart.guides);
  return json;
}

Json to_json(const BoxChart& chart) {
  Json json = item_json("boxes", chart);
  json["value"] = axis_json(chart.value);
  json["rows"] = samples_json(chart.rows);
  json["guides"] = guides_json(chart.guides);
  return json;
}

Json to_json(const Heatmap& chart) {
  Json json = item_json("heatmap", chart);
  json["rows"] = chart.rows;
  json["columns"] = chart.columns;
  json["values"] = Json::array();
  for (const auto& row : chart.values) json["values"].push_back(numbers_json(row));
  json["row_title"] = chart.row_title;
  json["column_title"] = chart.column_title;
  if (chart.low) json["low"] = number_json(*chart.low);
  if (chart.high) json["high"] = number_json(*chart.high);
  if (chart.decimals) json["decimals"] = *chart.decimals;
  json["show_values"] = chart.show_values;
  return json;
}

Json to_json(const Roofline& chart) {
  Json json = item_json("roofline", chart);
  json["operation"] = chart.operation;
  json["peaks"] = ceilings_json(chart.peaks);
  json["bandwidths"] = ceilings_json(chart.bandwidths);
  json["kernels"] = Json::array();
  for (const Kernel& kernel : chart.kernels) {
    json["kernels"].push_back(Json{{"name", kernel.name},
                                   {"intensity", number_json(kernel.intensity)},
                                   {"performance", number_json(kernel.performance)}});
  }
  return json;
}

struct AddToPage {
  Page& page;
  void operator()(const Paragraph& paragraph) const { page.paragraph(paragraph); }
  void operator()(const Table& table) const { page.add(table); }
  template <class Chart>
  void operator()(const Chart& chart) const {
    page.add(draw(chart));
  }
};

}  // namespace

std::string to_html(const Report& report) {
  Page page(report.title);
  if (!report.subtitle.empty()) page.subtitle(report.subtitle);
  for (const auto& [name, value] : report.facts) page.fact(name, value);
  for (const Section& section : report.sections) {
    page.section(section.title);
    for (const std::string& paragraph : section.paragraphs) page.paragraph(paragraph);
    for (const Item& item : section.items) std::visit(AddToPage{page}, item);
  }
  return page.finish();
}

std::string to_json(const Report& report, std::string_view extra) {
  Json json{{"title", report.title}, {"subtitle", report.subtitle}, {"facts", Json::object()}};
  for (const auto& [name, value] : report.facts) json["facts"][name] = value;
  json["sections"] = Json::array();
  for (const Section& section : report.sections) {
    Json items = Json::array();
    for (const Item& item : section.items) {
      items.push_back(std::visit([](const auto& one) { return to_json(one); }, item));
    }
    json["sections"].push_back(
        Json{{"title", section.title}, {"text", section.paragraphs}, {"items", std::move(items)}});
  }
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!extra.empty()) text.insert(1, std::string(extra) + ',');
  return text;
}

Result<Report> parse_report(std::string_view json) {
  try {
    const Json tree = tools::parse_bounded<Json>(json);
    return read_report(Node(tree, ""));
  } catch (const Malformed& malformed) {
    return Status(Code::kInput, malformed.message);
  } catch (const Json::exception& e) {
    std::string message = e.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without its number.
    if (const std::size_t end = message.find("] "); end != std::string::npos)
      message.erase(0, end + 2);
    return Status(Code::kInput, message);
  }
}

}  // namespace transept::html
