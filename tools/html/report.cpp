#include "tools/html/report.h"

namespace transept::html {
namespace {

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

}  // namespace transept::html
