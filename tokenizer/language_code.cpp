#include "tokenizer/language_code.h"

#include <unicode/uloc.h>

#include <algorithm>
#include <optional>

namespace transept {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_letters(std::string_view text) { return std::all_of(text.begin(), text.end(), is_letter); }

// Takes the subtag in front of `code` and what parts it from the next; nothing at the end of the
// code.
std::optional<std::string_view> take_subtag(std::string_view& code) {
  if (code.empty()) return std::nullopt;
  const std::size_t end = std::min(code.find_first_of("-_", 1), code.size());
  const std::string_view subtag = code.substr(0, end);
  code.remove_prefix(end);
  return subtag;
}

bool is_script(std::string_view subtag) { return subtag.size() == 4 && all_letters(subtag); }

bool is_region(std::string_view subtag) {
  return (subtag.size() == 2 && all_letters(subtag)) ||
         (subtag.size() == 3 && std::all_of(subtag.begin(), subtag.end(), is_digit));
}

// Codes of ISO 639-2 and 639-5 that stand for several languages or none.
constexpr std::string_view kGroups =
    " aav afa alg alv apa aqa aql art ath auf aus awd azc bad bai bat ber bih bnt btk cai cau "
    "cba ccn ccs cdc cdd cel cmc cpe cpf cpp crp csu cus day dmn dra egx esx euq fiu fox gem gme "
    "gmq gmw grk hmx hok hyx iir ijo inc ine ira iro itc jpx kar kdo khi kro map mis mkh mno mul "
    "mun myn nah nai ngf nic nub omq omv oto paa phi plf poz pqe pqw pra qwe roa sai sal sdv sem "
    "sgn sio sit sla smi son sqj ssa syd tai tbq trk tup tut tuw und urj wak wen xgn xnd ypk zhx "
    "zle zls zlw znd zxx ";

}  // namespace

bool is_language_code(std::string_view code) {
  const auto language = take_subtag(code);
  if (!language || language->size() < 2 || language->size() > 3 || !all_letters(*language)) {
    return false;
  }
  bool script = false;
  bool region = false;
  while (auto subtag = take_subtag(code)) {
    subtag->remove_prefix(1);
    bool& kind = is_script(*subtag) ? script : region;
    if (kind || !(is_script(*subtag) || is_region(*subtag))) return false;
    kind = true;
  }
  return true;
}

std::string language_part(std::string_view code) {
  if (!is_language_code(code)) return {};
  std::string language(*take_subtag(code));
  std::transform(language.begin(), language.end(), language.begin(),
                 [](char c) { return static_cast<char>(c | 0x20); });
  return language;
}

bool is_single_language(std::string_view language) {
  if (!is_language_code(language) || language.size() > 3) return false;
  const std::string word(language);
  if (kGroups.find(" " + word + " ") != std::string_view::npos) return false;
  for (const char* const* code = uloc_getISOLanguages(); *code != nullptr; ++code) {
    if (word == *code || word == uloc_getISO3Language(*code)) return true;
  }
  return false;
}

}  // namespace transept
