// The tokenizers ja-mecab and ko-mecab: MeCab with the IPA dictionary, MeCab-ko with mecab-ko-dic,
// both found at run time.
//
// The library is loaded when first asked for, so that programs run without it.
// $TRANSEPT_MECAB_LIBRARY and $TRANSEPT_MECAB_DICTIONARY (Korean: $TRANSEPT_MECAB_KO_...) name the
// library's file and the dictionary's folder where they are not in the usual places. Thread-safe:
// calls wait for one another.
#pragma once

#include <string>

#include "transept/scorer.h"
#include "transept/status.h"

namespace transept::score {

struct MecabTokenizer {
  Segmenter segmenter;
  std::string signature;  // "ja-mecab-0.996-IPA", "ko-mecab-0.996/ko-0.9.2-KO"
};

bool is_mecab_tokenizer(std::string_view name);

// Errors: kUnsupported when the library or the dictionary is missing or is another one than
// published scores are made with. REQUIRES: is_mecab_tokenizer(name).
Result<MecabTokenizer> load_mecab(std::string_view name);

}  // namespace transept::score
