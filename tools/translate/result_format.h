// How a translated line is written: text, one JSON object, or a Moses n-best list.
#pragma once

#include <cstddef>
#include <string>

#include "tools/cli/translate_flags.h"
#include "tools/translate/alignment_format.h"
#include "transept/translator.h"

namespace transept::tools {

struct FormatOptions {
  Format format = Format::text;
  bool scores = false;  // text: the score and a tab in front
  AlignmentOptions alignments = {};
  bool attention = false;  // jsonl: all weights
};

FormatOptions format_options(const TranslateFlags& flags);

// The output for line `number` (from 0), line feeds included; carriage_return: in front of that of
// text, where the input had one.
//   text:  the text; with alignments: text ||| alignment
//   jsonl: {"line":0,"text":"…","hypotheses":[…],"source_ids":[…],"source_tokens":[…],"flags":[…]}
//   nbest: 0 ||| text ||| F0= sum ||| score, one line a hypothesis; with alignments:
//          0 ||| text ||| alignment ||| F0= sum ||| score
// A line that was split is written as any other; jsonl has its segments, too, in "segments".
std::string format_result(const FormatOptions& options, std::size_t number, const Translation& line,
                          bool carriage_return = false);

}  // namespace transept::tools
