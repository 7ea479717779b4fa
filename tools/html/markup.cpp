#include "tools/html/markup.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "tools/base/numbers.h"

namespace transept::html {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The first code point of `text` and its length in bytes; length 0: not UTF-8.
std::pair<std::uint32_t, std::size_t> first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 0};
  std::uint32_t code = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0, 0};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kSmallest[length] || code > 0x10FFFF || surrogate) return {0, 0};
  return {code, length};
}

bool allowed(std::uint32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  return (code < 0x7F || code > 0x9F) && (code & 0xFFFE) != 0xFFFE;
}

// Width in ems.
double em_width(std::uint32_t code) {
  if (code == ' ') return 0.32;
  if (code < 0x80) {
    const char c = static_cast<char>(code);
    if (std::string_view("ijl.,:;'|!()[]").find(c) != std::string_view::npos) return 0.33;
    if (std::string_view("frt-/\\\"*").find(c) != std::string_view::npos) return 0.41;
    if (std::string_view("mwMW@%").find(c) != std::string_view::npos) return 0.95;
    if (c >= 'A' && c <= 'Z') return 0.7;
    return 0.62;
  }
  const bool combining = code >= 0x300 && code < 0x370;
  const bool wide = code >= 0x1100 && (code < 0x1200 || (code >= 0x2E80 && code < 0xA4D0) ||
                                       (code >= 0xAC00 && code < 0xD7B0) ||
                                       (code >= 0xFF00 && code < 0xFF61) || code >= 0x1F000);
  return combining ? 0.0 : wide ? 1.0 : 0.63;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string safe;
  safe.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const auto [code, length] = first_code_point(text);
    if (length == 0 || !allowed(code)) {
      safe += kReplacement;
    } else if (code == '&') {
      safe += "&amp;";
    } else if (code == '<') {
      safe += "&lt;";
    } else if (code == '>') {
      safe += "&gt;";
    } else if (code == '"') {
      safe += "&quot;";
    } else if (code == '\'') {
      safe += "&#39;";
    } else {
      safe += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return safe;
}

double text_width(std::string_view text, double size) {
  double ems = 0.0;
  while (!text.empty()) {
    const auto [code, length] = first_code_point(text);
    ems += length == 0 ? 1.0 : em_width(code);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return ems * size;
}

std::string shorten(std::string_view text, double size, double max_width) {
  if (text_width(text, size) <= max_width) return std::string(text);
  const double room = max_width - 0.9 * size;
  std::size_t kept = 0;
  for (double used = 0.0; kept < text.size();) {
    const auto [code, length] = first_code_point(text.substr(kept));
    used += (length == 0 ? 1.0 : em_width(code)) * size;
    if (used > room) break;
    kept += std::max<std::size_t>(length, 1);
  }
  return std::string(text.substr(0, kept)) + "…";
}

std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = tools::fixed(std::clamp(value, -1e6, 1e6), 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

Svg::Svg(double width, double height, std::string_view title, std::string_view description) {
  out_ = "<svg viewBox=\"0 0 " + tools::fixed(width, 0) + ' ' + tools::fixed(height, 0) + '"';
  if (title.empty()) {
    out_ += " aria-hidden=\"true\">";
    return;
  }
  out_ += " role=\"img\"><title>" + escape(title) + "</title>";
  if (!description.empty()) out_ += "<desc>" + escape(description) + "</desc>";
}

void Svg::open(std::string_view element) {
  out_ += '<';
  out_ += element;
}

void Svg::attribute(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  out_ += escape(value);
  out_ += '"';
}

void Svg::attribute(std::string_view name, double value) { attribute(name, coordinate(value)); }

void Svg::close(std::string_view element) {
  if (tip_.empty()) {
    out_ += "/>";
    return;
  }
  out_ += "><title>" + escape(std::exchange(tip_, {})) + "</title></";
  out_ += element;
  out_ += '>';
}

void Svg::begin(std::string_view classes) {
  open("g");
  attribute("class", classes);
  out_ += '>';
  ends_ += 'g';
}

void Svg::begin_clip(double x, double y, double width, double height) {
  // A nested <svg> cuts at its border and needs no id, which would have to be unique in the page.
  open("svg");
  attribute("x", x);
  attribute("y", y);
  attribute("width", width);
  attribute("height", height);
  attribute("viewBox", coordinate(x) + ' ' + coordinate(y) + ' ' + coordinate(width) + ' ' +
                           coordinate(height));
  out_ += '>';
  ends_ += 's';
}

void Svg::end() {
  out_ += ends_.back() == 'g' ? "</g>" : "</svg>";
  ends_.pop_back();
}

Svg& Svg::tip(std::string_view text) {
  tip_ = text;
  return *this;
}

void Svg::line(double x1, double y1, double x2, double y2, std::string_view classes) {
  open("line");
  attribute("class", classes);
  attribute("x1", x1);
  attribute("y1", y1);
  attribute("x2", x2);
  attribute("y2", y2);
  close("line");
}

void Svg::rect(double x, double y, double width, double height, std::string_view classes,
               double opacity) {
  open("rect");
  attribute("class", classes);
  attribute("x", x);
  attribute("y", y);
  attribute("width", std::max(0.0, width));
  attribute("height", std::max(0.0, height));
  if (opacity < 1.0) attribute("fill-opacity", tools::fixed(opacity, 3));
  close("rect");
}

void Svg::path(std::string_view data, std::string_view classes) {
  open("path");
  attribute("class", classes);
  attribute("d", data);
  close("path");
}

void Svg::text(double x, double y, std::string_view text, std::string_view classes, Anchor anchor,
               double rotation) {
  open("text");
  attribute("class", classes);
  attribute("x", x);
  attribute("y", y);
  if (anchor != Anchor::start) {
    attribute("text-anchor", anchor == Anchor::middle ? "middle" : "end");
  }
  if (rotation != 0.0) {
    attribute("transform",
              "rotate(" + coordinate(rotation) + ' ' + coordinate(x) + ' ' + coordinate(y) + ')');
  }
  out_ += '>' + escape(text);
  if (!tip_.empty()) out_ += "<title>" + escape(std::exchange(tip_, {})) + "</title>";
  out_ += "</text>";
}

void Svg::mark(double x, double y, std::size_t index) {
  // All of about the same area: first a circle and a square, then these corners around the point.
  constexpr double kCircle = 3.6, kSquare = 3.2, kDiamond = 4.7, kTriangle = 4.4, kArm = 4.2,
                   kHalf = 1.5;
  using Corners = std::vector<std::pair<double, double>>;
  static const Corners kCorners[] = {
      {{0, -kTriangle}, {kTriangle, 0.8 * kTriangle}, {-kTriangle, 0.8 * kTriangle}},
      {{0, -kDiamond}, {kDiamond, 0}, {0, kDiamond}, {-kDiamond, 0}},
      {{0, kTriangle}, {kTriangle, -0.8 * kTriangle}, {-kTriangle, -0.8 * kTriangle}},
      {{-kHalf, -kArm},
       {kHalf, -kArm},
       {kHalf, -kHalf},
       {kArm, -kHalf},
       {kArm, kHalf},
       {kHalf, kHalf},
       {kHalf, kArm},
       {-kHalf, kArm},
       {-kHalf, kHalf},
       {-kArm, kHalf},
       {-kArm, -kHalf},
       {-kHalf, -kHalf}},
  };
  const std::size_t sign = index % (2 + std::size(kCorners));
  if (sign == 0) {
    open("circle");
    attribute("class", "mark");
    attribute("cx", x);
    attribute("cy", y);
    attribute("r", kCircle);
    close("circle");
  } else if (sign == 1) {
    open("rect");
    attribute("class", "mark");
    attribute("x", x - kSquare);
    attribute("y", y - kSquare);
    attribute("width", 2 * kSquare);
    attribute("height", 2 * kSquare);
    close("rect");
  } else {
    Path outline;
    for (const auto& [dx, dy] : kCorners[sign - 2]) {
      outline.empty() ? outline.move(x + dx, y + dy) : outline.line(x + dx, y + dy);
    }
    path(outline.close().data(), "mark");
  }
}

std::string Svg::finish() && { return std::move(out_) + "</svg>"; }

Path& Path::move(double x, double y) {
  data_ += 'M' + coordinate(x) + ' ' + coordinate(y);
  return *this;
}

Path& Path::line(double x, double y) {
  data_ += 'L' + coordinate(x) + ' ' + coordinate(y);
  return *this;
}

Path& Path::close() {
  data_ += 'Z';
  return *this;
}

}  // namespace transept::html
