// A stand-in for the tokenizer of a model directory that has none: a token's name is its id.
#pragma once

#include <memory>

#include "engine/network/architecture.h"
#include "engine/search/options.h"
#include "tokenizer/tokenizer.h"

namespace transept {

// Text encodes to nothing; generated ids decode to their numbers, end and start tokens dropped.
std::shared_ptr<const Tokenizer> make_id_tokenizer(const Architecture& architecture,
                                                   const SearchOptions& defaults);

}  // namespace transept
