#include "tokenizer/abbreviations.h"

#include <algorithm>
#include <iterator>
#include <string>

namespace transept {
namespace {

// Words that hardly ever end a sentence, without the full stop, in small letters, between blanks.
struct Abbreviations {
  std::string_view languages;  // two- and three-letter codes
  std::string_view always;
  std::string_view before_digit;  // only in front of a number
  bool ordinals = false;          // "3. Mai": a number with a full stop is an ordinal
};

// For texts of unknown language and languages that have no row: titles that are no words anywhere.
constexpr Abbreviations kCommon = {"", " mr mrs ms dr dra prof sr sra jr vs mme mlle bzw ",
                                   " nr vol fig pp ", false};

constexpr Abbreviations kTable[] = {
    {" en eng ",
     " mr mrs ms messrs dr prof st rev hon gen col lt sgt capt gov sen rep jr sr mt ft vs approx "
     "dept "
     "est inc ltd co corp cf ca viz ",
     " no nos vol fig figs p pp art sec ch eq jan feb mar apr jun jul aug sep sept oct nov dec ",
     false},
    {" de deu ger ",
     " dr prof hr fr frl st ing dipl mag geb gest bzw ca evtl ggf inkl exkl zzgl sog vgl str tel "
     "usf "
     "max min mio mrd abb hrsg verf bd bde bspw insb lt ",
     " nr abs art abb s bd kap ziff jan feb aug sept okt nov dez ", true},
    {" fr fra fre ", " m mm mme mmes mlle mlles me dr pr st ste cf env av apr hab ",
     " p pp art vol fig chap al n ", false},
    {" es spa ",
     " sr sra sres srta srtas dr dra prof d dña da ud uds vd vds st sta sto av avda aprox ",
     " pág págs p pp art núm núms vol fig cap n ", false},
    {" it ita ", " sig sigg dott ing avv prof arch geom on cav ecc es cfr ca ",
     " n p pp art vol fig cap ", false},
    {" pt por ", " sr sra srs dr dra prof profa eng av exmo exma aprox cf ",
     " n p pp art vol fig cap núm ", false},
    {" nl nld dut ", " dhr mevr mw mej dr drs ir ing mr prof st bijv bv ca enz evt incl excl jl ",
     " nr art blz p fig ", false},
    {" da dan ", " hr fru dr prof bl ca evt f.eks inkl jf kl mht osv pga vedr ", " nr art s fig ",
     true},
    {" sv swe ", " hr dr prof bl ca dvs ev exkl inkl jfr resp t.ex ", " nr art s fig kap ", false},
    {" no nb nn nor nob nno ", " hr dr prof bl ca evt inkl jf kl osv pga ", " nr art s fig ", true},
    {" fi fin ", " hra rva dr prof esim ks mm ns nk n ", " nro s kpl ", true},
    {" pl pol ", " prof dr inż mgr hab ks św ul al np tzw tj por m.in ", " nr str art ust poz rys ",
     false},
    {" cs ces cze sk slk slo ", " prof dr ing mgr bc sv ul tzv tj např napr resp ",
     " č str čl obr ", true},
    {" hu hun ", " dr prof id ifj özv kb pl ún ", " sz old ", true},
    {" ro ron rum ", " dl dna dra dr prof ing sf str cca ", " nr art pag p ", false},
};

constexpr std::size_t kLongest = 12;

// The last word of a text that ends with a full stop, without that, ASCII letters made small; of a
// longer word than any in the table only the end.
std::string last_word(std::string_view before) {
  before.remove_suffix(1);
  std::size_t begin = before.size();
  while (begin > 0 && before.size() - begin <= kLongest) {
    const char c = before[begin - 1];
    if (c == ' ' || c == '\t' || c == '(' || c == '[' || c == '"' || c == '\'' || c == '/') break;
    // U+00A0 and the quotation marks of the Latin-1 and General Punctuation blocks end in these
    // bytes.
    const std::string_view front = before.substr(0, begin);
    if (front.ends_with("\xC2\xA0") || front.ends_with("\xC2\xAB") || front.ends_with("\xC2\xBB") ||
        front.ends_with("\xE2\x80\x9C") || front.ends_with("\xE2\x80\x9E") ||
        front.ends_with("\xE2\x80\x98") || front.ends_with("\xE2\x80\xAF")) {
      break;
    }
    --begin;
  }
  std::string word(before.substr(begin));
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return word;
}

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "j", "e.g", "z.b": single letters with full stops between them.
bool is_initials(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (i % 2 == 0 ? !is_small_letter(word[i]) : word[i] != '.') return false;
  }
  return word.size() % 2 == 1;
}

bool lists(std::string_view words, std::string_view word) {
  return words.find(" " + std::string(word) + " ") != std::string_view::npos;
}

}  // namespace

bool is_abbreviation(std::string_view before, std::string_view after, std::string_view language) {
  if (!before.ends_with('.')) return false;
  const std::string word = last_word(before);
  if (word.empty() || word.size() > kLongest) return false;
  if (is_initials(word)) return true;

  const std::string_view code = language.substr(0, language.find_first_of("-_"));
  const auto* row = std::find_if(std::begin(kTable), std::end(kTable),
                                 [&](const Abbreviations& r) { return lists(r.languages, code); });
  const Abbreviations& known = row == std::end(kTable) ? kCommon : *row;
  if (std::all_of(word.begin(), word.end(), is_digit)) return known.ordinals && word.size() <= 2;
  if (lists(known.always, word)) return true;
  return !after.empty() && is_digit(after.front()) && lists(known.before_digit, word);
}

}  // namespace transept
