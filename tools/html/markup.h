// Markup: text made safe for HTML and SVG, and a writer of SVG elements.
#pragma once

#include <string>
#include <string_view>

namespace transept::html {

// `text` for element content and quoted attributes: & < > " ' become entities; control characters
// that HTML does not allow, and bytes that are not UTF-8, become U+FFFD.
std::string escape(std::string_view text);

// Pixels `text` takes at `size` pixels in a common sans-serif font, roughly: layout needs it before
// a browser sees the text.
double text_width(std::string_view text, double size);

// `text` cut to `max_width` pixels, with an ellipsis where something went.
std::string shorten(std::string_view text, double size, double max_width);

// A coordinate of a drawing: a tenth of a pixel, without trailing zeros. What is not finite becomes
// 0.
std::string coordinate(double value);

// Where a text stands relative to its point.
enum class Anchor { start, middle, end };

// One <svg> element, written from the outside in. Coordinates are pixels of the viewBox, rounded to
// a tenth. Colours come from the classes of the page's style (see page.cpp), never from here, so
// that both themes and print work.
class Svg {
 public:
  // `title` and `description` are what a screen reader says; without a title it passes the picture
  // over.
  Svg(double width, double height, std::string_view title, std::string_view description);

  // Until end(): a group with these classes.
  void begin(std::string_view classes);
  // Until end(): a window on which drawings are cut off; coordinates stay those of the whole.
  void begin_clip(double x, double y, double width, double height);
  void end();

  // Shown when the pointer rests on the next shape.
  Svg& tip(std::string_view text);
  void line(double x1, double y1, double x2, double y2, std::string_view classes);
  void rect(double x, double y, double width, double height, std::string_view classes,
            double opacity = 1.0);
  // `data` is the value of the attribute d, see Path.
  void path(std::string_view data, std::string_view classes);
  void text(double x, double y, std::string_view text, std::string_view classes,
            Anchor anchor = Anchor::start, double rotation = 0.0);
  // The sign of series `index` (0: a circle, 1: a square, ...), so that colour is not the only
  // sign.
  void mark(double x, double y, std::size_t index);

  std::string finish() &&;

 private:
  void open(std::string_view element);
  void attribute(std::string_view name, std::string_view value);
  void attribute(std::string_view name, double value);
  void close(std::string_view element);

  std::string out_;
  std::string tip_;
  std::string ends_;  // for each open group, 'g' or 's'
};

// The value of a path's attribute d.
class Path {
 public:
  Path& move(double x, double y);
  Path& line(double x, double y);
  Path& close();
  bool empty() const { return data_.empty(); }
  const std::string& data() const { return data_; }

 private:
  std::string data_;
};

}  // namespace transept::html
