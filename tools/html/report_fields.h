// What the JSON of a report calls each member, described once: the reader and the writer of
// report_json.cpp visit the same description.
//
// A visitor has
//   member(name, value)      may be missing, and then stays as it is; always written
//   required(name, value)    must be there
//   if_any(name, value)      may be missing; written where there is something to write
//   label(name, string)      required: a string, or a number as people read it
//   paragraphs(name, texts)  may be missing: a string, or a list of them
//   axis(name, axis, zero)   a member; `zero` is what its "from_zero" is where the file is silent
#pragma once

#include <array>
#include <concepts>
#include <string_view>
#include <type_traits>

#include "tools/html/charts.h"
#include "tools/html/page.h"
#include "tools/html/report.h"

namespace transept::html {

// T, or const T.
template <class Given, class T>
concept Some = std::same_as<std::remove_const_t<Given>, T>;

// The words of an enumeration, in the order of its values; the first is the default.
inline constexpr std::array<std::string_view, 3> names_of(ScaleKind) {
  return {"linear", "log10", "log2"};
}
inline constexpr std::array<std::string_view, 3> names_of(Style) {
  return {"line_and_points", "line", "points"};
}
inline constexpr std::array<std::string_view, 4> names_of(Cell::Tone) {
  return {"plain", "good", "bad", "muted"};
}

// "kind" of an item.
template <class T>
inline constexpr std::string_view kKind = "";
template <>
inline constexpr std::string_view kKind<Table> = "table";
template <>
inline constexpr std::string_view kKind<Paragraph> = "text";
template <>
inline constexpr std::string_view kKind<LineChart> = "lines";
template <>
inline constexpr std::string_view kKind<BarChart> = "bars";
template <>
inline constexpr std::string_view kKind<Histogram> = "histogram";
template <>
inline constexpr std::string_view kKind<IntervalChart> = "intervals";
template <>
inline constexpr std::string_view kKind<BoxChart> = "boxes";
template <>
inline constexpr std::string_view kKind<Heatmap> = "heatmap";
template <>
inline constexpr std::string_view kKind<Roofline> = "roofline";

void describe(auto& json, Some<Axis> auto& axis) {
  json.member("title", axis.title);
  json.member("scale", axis.scale);
  json.if_any("low", axis.low);
  json.if_any("high", axis.high);
  json.member("from_zero", axis.from_zero);
  json.if_any("categories", axis.categories);
}

void describe(auto& json, Some<Guide> auto& guide) {
  json.required("value", guide.value);
  json.member("label", guide.label);
}

void describe(auto& json, Some<Column> auto& column) {
  json.required("title", column.title);
  json.member("number", column.number);
}

void describe(auto& json, Some<Cell> auto& cell) {
  json.label("text", cell.text);
  json.member("tone", cell.tone);
}

void describe(auto& json, Some<Table> auto& table) {
  json.member("columns", table.columns);
  json.member("rows", table.rows);
}

void describe(auto& json, Some<Point> auto& point) {
  json.required("x", point.x);
  json.required("y", point.y);
  json.if_any("low", point.low);
  json.if_any("high", point.high);
  json.if_any("label", point.label);
}

void describe(auto& json, Some<Series> auto& series) {
  json.member("name", series.name);
  json.member("style", series.style);
  json.member("points", series.points);
}

void describe(auto& json, Some<LineChart> auto& chart) {
  json.axis("x", chart.x, false);
  json.axis("y", chart.y, true);
  json.member("series", chart.series);
  json.member("x_guides", chart.x_guides);
  json.member("y_guides", chart.y_guides);
}

void describe(auto& json, Some<BarSeries> auto& series) {
  json.member("name", series.name);
  json.member("values", series.values);
  json.if_any("low", series.low);
  json.if_any("high", series.high);
}

void describe(auto& json, Some<BarChart> auto& chart) {
  json.axis("value", chart.value, true);
  json.member("categories", chart.categories);
  json.member("stacked", chart.stacked);
  json.member("horizontal", chart.horizontal);
  json.member("series", chart.series);
  json.member("guides", chart.guides);
}

void describe(auto& json, Some<Sample> auto& sample) {
  json.member("name", sample.name);
  json.member("values", sample.values);
}

void describe(auto& json, Some<Histogram> auto& chart) {
  json.axis("x", chart.x, false);
  json.member("samples", chart.samples);
  json.member("guides", chart.guides);
  json.member("bins", chart.bins);
}

void describe(auto& json, Some<Interval> auto& row) {
  json.label("label", row.label);
  json.required("value", row.value);
  json.member("low", row.low);
  json.member("high", row.high);
  json.member("group", row.group);
}

void describe(auto& json, Some<IntervalChart> auto& chart) {
  json.axis("value", chart.value, false);
  json.member("rows", chart.rows);
  json.member("groups", chart.groups);
  json.member("guides", chart.guides);
}

void describe(auto& json, Some<BoxChart> auto& chart) {
  json.axis("value", chart.value, true);
  json.member("rows", chart.rows);
  json.member("guides", chart.guides);
}

void describe(auto& json, Some<Heatmap> auto& chart) {
  json.member("rows", chart.rows);
  json.member("columns", chart.columns);
  json.member("values", chart.values);
  json.member("row_title", chart.row_title);
  json.member("column_title", chart.column_title);
  json.if_any("low", chart.low);
  json.if_any("high", chart.high);
  json.if_any("decimals", chart.decimals);
  json.member("show_values", chart.show_values);
}

void describe(auto& json, Some<Ceiling> auto& ceiling) {
  json.required("name", ceiling.name);
  json.required("value", ceiling.value);
}

void describe(auto& json, Some<Kernel> auto& kernel) {
  json.required("name", kernel.name);
  json.required("intensity", kernel.intensity);
  json.required("performance", kernel.performance);
}

void describe(auto& json, Some<Roofline> auto& chart) {
  json.member("operation", chart.operation);
  json.member("peaks", chart.peaks);
  json.member("bandwidths", chart.bandwidths);
  json.member("kernels", chart.kernels);
}

void describe(auto& json, Some<Section> auto& section) {
  json.required("title", section.title);
  json.paragraphs("text", section.paragraphs);
  json.member("items", section.items);
}

void describe(auto& json, Some<Report> auto& report) {
  json.required("title", report.title);
  json.member("subtitle", report.subtitle);
  json.member("facts", report.facts);
  json.member("sections", report.sections);
}

}  // namespace transept::html
