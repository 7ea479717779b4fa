#include "model/families/language_codes.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "tokenizer/language_tag.h"

namespace transept {
namespace {

constexpr std::string_view kOpen = ">>";
constexpr std::string_view kClose = "<<";

// As a user may write it: pt-BR for pt_br.
std::string folded(std::string_view code) {
  std::string text(code);
  for (char& c : text) {
    c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

bool compatible(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

// Letters to insert, remove or replace.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t before = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = before + (a[i - 1] == b[j - 1] ? 0 : 1);
      before = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string list_of(const std::vector<std::string>& codes, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, codes.size()); ++i) {
    text += (i == 0 ? "" : ", ") + codes[i];
  }
  if (codes.size() > most) text += " and " + std::to_string(codes.size() - most) + " more";
  return text;
}

}  // namespace

struct LanguageCodes::Found {
  std::mutex mutex;
  std::map<std::string, std::string, std::less<>> codes;
};

LanguageCodes LanguageCodes::of_marian(const Tokenizer& tokenizer) {
  LanguageCodes languages;
  languages.found_ = std::make_shared<Found>();
  for (std::size_t i = 0; i < tokenizer.source_vocab(); ++i) {
    const std::string_view token = tokenizer.source_token(static_cast<std::int32_t>(i));
    if (token.size() > kOpen.size() + kClose.size() && prefix_length(token) == token.size()) {
      languages.codes_.emplace_back(code_of(token));
    }
  }
  std::sort(languages.codes_.begin(), languages.codes_.end());
  return languages;
}

bool LanguageCodes::has(std::string_view code) const {
  return std::binary_search(codes_.begin(), codes_.end(), code);
}

Result<std::string> LanguageCodes::find(std::string_view wanted) const {
  if (has(wanted)) return std::string(wanted);
  if (codes_.empty()) return search(wanted);
  constexpr std::size_t kKept = 1000;
  const std::lock_guard lock(found_->mutex);
  const auto known = found_->codes.find(wanted);
  if (known != found_->codes.end()) return known->second;
  Result<std::string> code = search(wanted);
  if (code.ok() && found_->codes.size() < kKept) found_->codes.emplace(wanted, *code);
  return code;
}

Result<std::string> LanguageCodes::search(std::string_view wanted) const {
  if (codes_.empty()) {
    return Status::sentence(Code::kInvalidArgument,
                            {"this model has no languages to choose from: ", OptionName{"from"},
                             " and ", OptionName{"to"}, " are for multilingual models"});
  }
  for (const std::string& code : codes_) {
    if (folded(code) == folded(wanted)) return code;
  }
  const LanguageTag tag = parse_language(wanted);
  std::vector<std::string> fitting, equal;
  for (const std::string& code : codes_) {
    const LanguageTag other = parse_language(code);
    if (tag.language.empty() || other.language != tag.language ||
        !compatible(other.script, tag.script) || !compatible(other.region, tag.region)) {
      continue;
    }
    fitting.push_back(code);
    if (other.script == tag.script && other.region == tag.region) equal.push_back(code);
  }
  if (equal.size() == 1) return equal.front();
  if (fitting.size() == 1) return fitting.front();
  constexpr std::size_t kListed = 8;
  const std::string name(wanted.substr(0, 40));
  if (!fitting.empty()) {
    return Status(Code::kInvalidArgument, "the language \"" + name + "\" may be any of " +
                                              list_of(fitting, kListed) + " of this model");
  }
  const std::string plain = folded(name);
  std::vector<std::string> near;
  for (const std::string& code : codes_) {
    if (distance(folded(code), plain) <= 1) near.push_back(code);
  }
  return Status(Code::kInvalidArgument,
                "this model has no language \"" + name + "\"" +
                    (near.empty() ? "" : ", did you mean " + list_of(near, 3) + "?") +
                    (near.empty() ? "; it has " : " It has ") + list_of(codes_, kListed));
}

std::size_t LanguageCodes::prefix_length(std::string_view text) {
  if (!text.starts_with(kOpen)) return 0;
  const std::size_t close = text.find(kClose, kOpen.size());
  // Longer ones are no codes but text in such brackets.
  constexpr std::size_t kLongest = 24;
  if (close == text.npos || close == kOpen.size() || close > kLongest) return 0;
  const std::size_t end = text.find_first_not_of(' ', close + kClose.size());
  return end == text.npos ? text.size() : end;
}

std::string LanguageCodes::token(std::string_view code) {
  return std::string(kOpen).append(code).append(kClose);
}

std::string_view LanguageCodes::code_of(std::string_view text) {
  return text.substr(kOpen.size(), text.find(kClose, kOpen.size()) - kOpen.size());
}

}  // namespace transept
