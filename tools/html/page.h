// Page: one HTML file that needs nothing else: no network, no script for what it shows, readable in
// light and dark (as the reader's system has it) and on paper.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace transept::html {

struct Cell {
  enum class Tone { plain, good, bad, muted };
  std::string text{};
  Tone tone = Tone::plain;
};

struct Column {
  std::string title{};
  bool number = false;  // stands right, in figures of equal width
};

struct Table {
  std::string title{};    // may be empty
  std::string caption{};  // may be empty
  std::vector<Column> columns{};
  std::vector<std::vector<Cell>> rows{};
};

// What draw() gives: a picture, what its colours mean, and the numbers behind it.
struct Figure {
  std::string title{};
  std::string caption{};
  struct Key {
    std::string name;
    std::size_t series = 0;
    enum class Sign { mark, box, line } sign = Sign::mark;
  };
  std::vector<Key> legend{};  // empty: one series
  std::string svg{};
  Table numbers{};
};

class Page {
 public:
  explicit Page(std::string title) : title_(std::move(title)) {}

  // Below the title.
  void subtitle(std::string_view text);
  // Named facts, in a box below the title.
  void fact(std::string_view name, std::string_view value);

  void section(std::string_view title, std::string_view text = {});
  void paragraph(std::string_view text);
  void add(const Figure& figure);
  void add(const Table& table);
  // Markup of the caller's own, not escaped.
  void raw(std::string_view markup) { body_ += markup; }
  // Rules of the caller's own; the variables and classes of page.cpp are there to use.
  void style(std::string_view css) { style_ += css; }
  // For what a page offers beyond reading (filters); runs after the page is there.
  void script(std::string_view code) { script_ += code; }

  // The whole file.
  std::string finish() const;

 private:
  std::string title_;
  std::string subtitle_;
  std::string facts_;
  std::string body_;
  std::string style_;
  std::string script_;
  bool in_section_ = false;
};

// A table or figure as markup, for pages that place them on their own.
std::string markup(const Table& table);
std::string markup(const Figure& figure);

}  // namespace transept::html
