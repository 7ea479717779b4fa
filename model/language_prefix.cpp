#include "model/language_prefix.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/base/log.h"
#include "engine/base/try.h"

namespace transept {
namespace {

void warn_once(const OpenModel& model, const std::string& message) {
  constexpr std::size_t kMost = 16;
  {
    const std::lock_guard lock(model.warned.mutex);
    if (model.warned.messages.size() >= kMost) return;
    if (!model.warned.messages.insert(message).second) return;
  }
  log(LogLevel::kWarning, message);
}

// "deu, fra and 3 more".
std::string examples(const std::vector<std::string>& codes) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, codes.size()); ++i) {
    text += (i == 0 ? "" : ", ") + codes[i];
  }
  if (codes.size() > kShown) text += " and " + std::to_string(codes.size() - kShown) + " more";
  return text;
}

void warn_unknown(const OpenModel& model, std::string_view code) {
  const LanguageCodes& languages = model.files.languages;
  std::string message = "the text begins with " + LanguageCodes::token(code) +
                        ", which is not in the model's vocabulary: it is read as the unknown token";
  if (!languages.codes().empty()) {
    const auto meant = languages.find(code);
    message += meant.ok() ? "; " + LanguageCodes::token(*meant) + " is the model's own"
                          : "; the model has " + examples(languages.codes());
  }
  warn_once(model, message);
}

}  // namespace

Result<std::string> target_language(const ModelFiles& files, const TranslateOptions& request) {
  if (!request.text.from.empty() && !files.languages.codes().empty()) {
    return Status::sentence(Code::kInvalidArgument,
                            {"this model knows its source language by the text: only its target "
                             "language, ",
                             OptionName{"to"}, ", can be chosen"});
  }
  if (!request.text.from.empty()) return files.languages.find(request.text.from);
  if (request.text.to.empty()) return std::string();
  return files.languages.find(request.text.to);
}

Result<LanguagePrefix> language_prefix(const OpenModel& model, const TranslateOptions& request,
                                       std::string_view line) {
  LanguagePrefix prefix;
  if (const std::size_t length = LanguageCodes::prefix_length(line); length > 0) {
    const std::string_view code = LanguageCodes::code_of(line);
    prefix.text = line.substr(0, length);
    prefix.taken = length;
    prefix.is_unknown = !model.files.languages.has(code);
    if (prefix.is_unknown) warn_unknown(model, code);
    return prefix;
  }
  TRANSEPT_ASSIGN_OR_RETURN(const std::string code, target_language(model.files, request));
  if (!code.empty()) {
    prefix.added = LanguageCodes::token(code);
    prefix.text = prefix.added + " ";
  } else if (const auto& codes = model.files.languages.codes(); codes.size() > 1 && !line.empty()) {
    warn_once(model, "this model translates into several languages (" + examples(codes) +
                         "), and nothing says into which: neither to nor a " +
                         LanguageCodes::token(codes.front()) + " in front of the text");
  }
  return prefix;
}

}  // namespace transept
