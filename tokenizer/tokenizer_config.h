// TokenizerConfig: what the JSON files beside a vocabulary say, as transformers 4.57 reads them.
//
// Files, all optional: tokenizer_config.json; and, where that one has no `added_tokens_decoder`,
// special_tokens_map.json (which then goes before it), added_tokens.json and the `added_tokens` of
// tokenizer.json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/listing.h"
#include "tokenizer/added_tokens.h"
#include "transept/status.h"

namespace transept {

struct TokenizerConfig {
  // Names of the special tokens; where no file has one, the value from before reading stays.
  std::string unk_token;
  std::string eos_token;
  std::string pad_token;

  // Each special token's content once: those above and every other that the files name.
  std::vector<std::string> special_tokens;
  // Tokens to be found in text; an id of -1 is to be looked up in the vocabulary by content.
  std::vector<AddedToken> added_tokens;

  bool clean_up_tokenization_spaces = false;
  bool separate_vocabs = false;       // target_vocab.json holds the target's ids
  bool split_special_tokens = false;  // special tokens in the text are plain text
};

// `config` holds the family's defaults when called. Errors: kCorrupt for a file that cannot be
// understood (named), kUnsupported for an option that would change the tokens and is not supported.
Status read_tokenizer_config(const Listing& listing, TokenizerConfig& config);

}  // namespace transept
