#include "tokenizer/language_tag.h"

#include <unicode/locid.h>

namespace transept {

LanguageTag parse_language(std::string_view code) {
  // Longer ones are no codes, and ICU need not see them.
  constexpr std::size_t kLongest = 32;
  if (code.empty() || code.size() > kLongest) return {};
  const icu::Locale locale = icu::Locale::createCanonical(std::string(code).c_str());
  if (locale.isBogus()) return {};
  return {locale.getLanguage(), locale.getScript(), locale.getCountry()};
}

}  // namespace transept
