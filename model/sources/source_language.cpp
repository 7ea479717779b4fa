#include "model/sources/source_language.h"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "engine/base/json.h"
#include "tokenizer/language_code.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

// The code when it stands for one language, else nothing.
std::string one_language(const std::string& code) {
  return is_single_language(language_part(code)) ? code : std::string();
}

// A name's source language: nothing where the name does not speak of languages, an empty text where
// it speaks of several.
using Told = std::optional<std::string>;

std::vector<std::string> words_of(std::string_view name, char separator) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find(separator, begin), name.size());
    words.emplace_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// "opus-mt-en-de", "opus-mt-tc-big-en-pt", "models--Helsinki-NLP--opus-mt-en-de"; sources of
// "opus-mt-ROMANCE-en" and "opus-mt-de_en_fr-es" are several.
Told from_opus_name(std::string_view name) {
  constexpr std::string_view kMark = "opus-mt-";
  const std::size_t at = name.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  constexpr std::array<std::string_view, 5> kVariants = {"tc", "big", "base", "tiny", "bible"};
  for (const std::string& word : words_of(name.substr(at + kMark.size()), '-')) {
    if (std::find(kVariants.begin(), kVariants.end(), word) == kVariants.end()) {
      return one_language(word);
    }
  }
  return std::string();
}

// "en-pt", "en-pt-tiny", "deu-eng.v2".
Told from_pair(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view target =
      name.substr(dash + 1, name.find_first_of("-._", dash + 1) - dash - 1);
  const std::string source(name.substr(0, dash));
  if (source == target || !is_single_language(source) || !is_single_language(target)) {
    return std::nullopt;
  }
  return source;
}

// "ende", "ende.student.tiny11", "enpt-base": models of Firefox, of which English is always one
// side. Other words of four letters may well be words.
Told from_joined_pair(std::string_view name) {
  const std::string_view pair = name.substr(0, name.find_first_of("-._"));
  if (pair.size() != 4) return std::nullopt;
  const std::string source(pair.substr(0, 2));
  const std::string_view target = pair.substr(2);
  const bool english = (source == "en") != (target == "en");
  if (!english || !is_single_language(source) || !is_single_language(target)) return std::nullopt;
  return source;
}

// "model.enpt.intgemm.alphas.bin", "vocab.ende.spm".
Told from_file_name(std::string_view name) {
  for (const std::string_view front : {"model.", "vocab."}) {
    if (name.substr(0, front.size()) == front) return from_joined_pair(name.substr(front.size()));
  }
  return std::nullopt;
}

// The last components, the last first. Downloads and exports put folders of their own below the one
// that is named after the model: "models--Helsinki-NLP--opus-mt-en-de/snapshots/0123abcd/onnx".
std::vector<std::string> last_components(const fs::path& directory) {
  constexpr std::size_t kDeepest = 4;
  std::vector<std::string> names;
  fs::path path = directory.lexically_normal();
  while (names.size() < kDeepest && path.has_relative_path()) {
    if (path.has_filename()) names.push_back(path.filename().string());
    path = path.parent_path();
  }
  return names;
}

Told from_directory(const fs::path& directory) {
  const std::vector<std::string> names = last_components(directory);
  for (const std::string& name : names) {
    if (Told told = from_opus_name(name)) return told;
  }
  if (names.empty()) return std::nullopt;
  if (Told told = from_pair(names.front())) return told;
  return from_joined_pair(names.front());
}

// A text field, or nothing: what other programs keep there is no concern of ours.
std::string text_in(const Json& object, const char* name) {
  const auto field = object.find(name);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

std::vector<std::string> texts_in(const Json* list) {
  std::vector<std::string> texts;
  if (list == nullptr || !list->is_array()) return texts;
  for (const Json& item : *list) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

}  // namespace

std::string source_language(const LanguageHints& hints, const fs::path& directory,
                            const std::vector<std::string>& files) {
  if (!hints.source_lang.empty()) return one_language(hints.source_lang);
  if (hints.langs.size() == 2) return one_language(hints.langs.front());
  if (const Told told = from_opus_name(hints.origin)) return *told;
  if (const Told told = from_directory(directory)) return *told;
  for (const std::string& file : files) {
    if (const Told told = from_file_name(file)) return *told;
  }
  return {};
}

std::string source_language(const LanguageHints& hints, const Listing& listing) {
  std::vector<std::string> files;
  files.reserve(listing.entries().size());
  for (const Listing::Entry& entry : listing.entries()) files.push_back(entry.name);
  // A relative path may leave out the folder that bears the name.
  std::error_code error;
  const fs::path whole = fs::absolute(listing.path(), error);
  return source_language(hints, error ? listing.path() : whole, files);
}

LanguageHints hints_of(const ConfigFields& config, const Json& tokenizer) {
  LanguageHints hints;
  if (const Json* origin = config.find("_name_or_path"); origin != nullptr && origin->is_string()) {
    hints.origin = origin->get<std::string>();
  }
  hints.langs = texts_in(config.find("langs"));
  hints.source_lang = text_in(tokenizer, "source_lang");
  if (hints.source_lang.empty()) hints.source_lang = text_in(tokenizer, "src_lang");
  return hints;
}

}  // namespace transept
