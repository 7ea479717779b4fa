// What `transept bleu` does once its command line is read: files in, the text to print out.
#pragma once

#include <functional>
#include <istream>
#include <string>
#include <string_view>

#include "tools/bleu/arguments.h"
#include "tools/bleu/score_format.h"
#include "transept/status.h"

namespace transept::tools {

// What does not stand on the command line.
struct BleuSurroundings {
  std::istream* input = nullptr;  // standard input
  std::string seed = "12345";     // $SACREBLEU_SEED: a number, or "none" for another one each time
  std::string model_folder;       // where sacreBLEU keeps SentencePiece models; empty: nowhere
  Colors colors = Colors::off;
  std::function<void(std::string_view)> warn;
};

// Errors: kInvalidArgument for contradictory arguments and streams of different lengths; kInput for
// files that cannot be used; kUnsupported for tokenizers that need what is not installed.
Result<std::string> evaluate_bleu(const BleuArguments& arguments,
                                  const BleuSurroundings& surroundings);

}  // namespace transept::tools
