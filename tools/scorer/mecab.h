// The tokenizer ja-mecab: MeCab with the IPA dictionary, found at run time.
//
// libmecab is loaded when first asked for, so that programs run without it. The dictionary is the one
// $TRANSEPT_MECAB_DICTIONARY names, or Debian's. Thread-safe: calls wait for one another.
#pragma once

#include <string>

#include "transept/scorer.h"
#include "transept/status.h"

namespace transept::score {

struct JapaneseTokenizer {
  Segmenter segmenter;
  std::string signature;  // "ja-mecab-0.996-IPA"
};

// Errors: kUnsupported when libmecab or the dictionary is missing or is another dictionary than IPA's.
Result<JapaneseTokenizer> load_mecab();

}  // namespace transept::score
