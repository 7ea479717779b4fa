// How alignments of translated lines are written: Moses pairs, Marian's soft form, JSON.
#pragma once

#include <string>
#include <vector>

#include "tools/base/json_writer.h"
#include "transept/alignment.h"
#include "transept/translator.h"

namespace transept::tools {

enum class Alignments {
  none,
  hard,   // each target token with its best source token
  above,  // pairs above a threshold
  soft,   // all weights
};

struct AlignmentOptions {
  Alignments kind = Alignments::none;
  float threshold = 0.0f;  // of `above`
};

// What --alignments says: "hard", "soft" or a threshold.
AlignmentOptions alignment_options(const std::string& word);

// hard, above: pairs "s-t", by source, then target. soft: for each target token its weights, joined
// by commas. End tokens are included; items are separated by blanks. As marian-decoder --alignment.
std::string alignment_text(const AlignmentOptions& options, const Hypothesis& hypothesis);

// Adds the pairs of hard or above: "alignment":[[s,t],…].
void write_alignment(JsonWriter& json, const AlignmentOptions& options,
                     const Hypothesis& hypothesis);
// Adds all weights: "attention":[[…],…], a row for each target token.
void write_attention(JsonWriter& json, const Hypothesis& hypothesis);

}  // namespace transept::tools
