// Language codes of any habit ("fr", "fra", "fra_Latn", "pt-BR", "cmn_Hans") in one form.
#pragma once

#include <string>
#include <string_view>

namespace transept {

// Subtags as ICU's canonical form has them; empty where the code does not say.
struct LanguageTag {
  std::string language;  // two letters where there are, else three: "fr", "zh" for "cmn", "pob"
  std::string script;    // "Latn"
  std::string region;    // "BR"
};

LanguageTag parse_language(std::string_view code);

}  // namespace transept
