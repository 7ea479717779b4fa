#include "tools/translate/line_tally.h"

#include <algorithm>
#include <string_view>

#include "tools/cli/flag_names.h"

namespace transept::tools {
namespace {

constexpr std::size_t kNamed = 5;

// Flags of Translation that are told, and how.
struct Kind {
  std::string_view flag;
  std::string_view what;
  std::string_view option = {};  // whose flag ends the sentence; "": none
};
constexpr Kind kToldFlags[] = {
    {"invalid-utf8", "with invalid UTF-8: the bytes were replaced by U+FFFD"},
    {"unknown_source", "of which the model's vocabulary knows nothing, see ",
     name_of(&TranslateOptions::Text::copy_unknown).name},
    {"truncated", "cut to ", name_of(&TranslateOptions::Text::truncate_input).name},
    {"max-length", "translated up to the maximal length, perhaps not to the end"},
    {"repetition", "stopped in a repetition, perhaps not translated to the end"}};

}  // namespace

void LineTally::count(std::size_t number, const Translation& line) {
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    if (std::find(line.flags.begin(), line.flags.end(), kToldFlags[k].flag) == line.flags.end()) {
      continue;
    }
    Lines& lines = kinds_[k];
    ++lines.count;
    if (all_ || lines.numbers.size() < kNamed) lines.numbers.push_back(number);
  }
}

std::string LineTally::names(const Lines& lines) const {
  std::string text = lines.count == 1 ? "line " : "lines ";
  for (std::size_t i = 0; i < lines.numbers.size(); ++i) {
    if (i > 0) text += i + 1 == lines.count ? " and " : ", ";
    text += std::to_string(lines.numbers[i]);
  }
  if (const std::size_t more = lines.count - lines.numbers.size(); more > 0) {
    text += " and " + std::to_string(more) + " more (-v names all)";
  }
  return text;
}

std::vector<std::string> LineTally::sentences() const {
  static_assert(std::size(kToldFlags) == kKinds);
  std::vector<std::string> all;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const Lines& lines = kinds_[k];
    if (lines.count == 0) continue;
    const Kind& kind = kToldFlags[k];
    all.push_back(std::to_string(lines.count) + (lines.count == 1 ? " line " : " lines ") +
                  std::string(kind.what) + (kind.option.empty() ? "" : flag_of(kind.option)) +
                  " (" + names(lines) + ")");
  }
  return all;
}

}  // namespace transept::tools
