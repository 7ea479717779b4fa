// What tells a model its target language: the text's own code in front of it, or
// TranslateOptions::Text::to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/open_model.h"
#include "transept/options.h"
#include "transept/status.h"

namespace transept {

struct LanguagePrefix {
  std::string text;         // goes in front of every segment of the line; empty: nothing does
  std::size_t taken = 0;    // bytes at the front of the line that it stands for
  std::string added = {};   // the token, where the line has none of its own
  bool is_unknown = false;  // the line has a code that the model lacks: it reads the unknown token
};

// The model's own code for request.text.to; empty when nothing is asked for.
// Errors: kInvalidArgument when the model does not have it, or chooses no languages.
Result<std::string> target_language(const ModelFiles& files, const TranslateOptions& request);

// For one line of text. Warns, once each, of codes that the model lacks and of lines without any
// where the model needs one. Errors: those of target_language.
Result<LanguagePrefix> language_prefix(const OpenModel& model, const TranslateOptions& request,
                                       std::string_view line);

}  // namespace transept
