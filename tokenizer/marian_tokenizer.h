// The tokenizer of Marian models in Hugging Face directories (opus-mt and their like).
//
// Pieces come from source.spm and target.spm, ids from vocab.json by the pieces' names. The
// behaviour is that of transformers' MarianTokenizer (4.57): see marian_tokenizer.cpp for the
// steps.
#pragma once

#include <memory>

#include "engine/base/listing.h"
#include "tokenizer/tokenizer.h"
#include "transept/status.h"

namespace transept {

// Files: source.spm, target.spm, vocab.json; target_vocab.json when tokenizer_config.json sets
// separate_vocabs; the optional ones of tokenizer/tokenizer_config.h.
// Errors: kNotFound (the missing file is named), kCorrupt, kUnsupported (only a tokenizer.json).
Result<std::shared_ptr<const Tokenizer>> open_marian_tokenizer(const Listing& listing);

}  // namespace transept
