// The language a model translates from, where its files or its name tell one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/listing.h"
#include "model/families/config_fields.h"

namespace transept {

// What the files of a directory say; empty: nothing.
struct LanguageHints {
  std::string source_lang = {};         // of a tokenizer: "eng", "eng_Latn"; "ROMANCE" is a group
  std::vector<std::string> langs = {};  // source and target, as FSMT has them
  std::string origin = {};              // "Helsinki-NLP/opus-mt-en-de"
};

// A language code, or nothing where there is none or more than one. The first that speaks decides:
// source_lang, langs, origin, the last components of `directory`, the names of `files` in it. Names
// are read as OPUS-MT ("opus-mt-tc-big-en-pt") and Firefox ("ende.student.tiny11",
// "model.enpt.intgemm.alphas.bin") write them, and as a pair "en-pt". Pure.
std::string source_language(const LanguageHints& hints, const std::filesystem::path& directory,
                            const std::vector<std::string>& files);

// The same of a directory that was listed.
std::string source_language(const LanguageHints& hints, const Listing& listing);

// What config.json and tokenizer_config.json say.
LanguageHints hints_of(const ConfigFields& config, const Json& tokenizer);

}  // namespace transept
