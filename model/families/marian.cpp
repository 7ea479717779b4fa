// The Marian family: opus-mt models as transformers and its exporters write them.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/base/try.h"
#include "engine/network/roles.h"
#include "model/families/config_stack.h"
#include "model/families/families.h"
#include "tokenizer/marian_tokenizer.h"

namespace transept {
namespace {

// Row `position` of Marian's table as transformers makes it: halves [sin | cos] of p /
// 10000^(2j/d).
double sinusoid(std::size_t position, std::size_t column, std::size_t d_model) {
  const std::size_t half = (d_model + 1) / 2;
  const std::size_t j = column < half ? column : column - half;
  const double angle =
      static_cast<double>(position) /
      std::pow(10000.0, 2.0 * static_cast<double>(j) / static_cast<double>(d_model));
  return column < half ? std::sin(angle) : std::cos(angle);
}

// Stored tables are not used, but a float table that differs from the formula means another model.
// A sample of rows is enough to see that, and keeps opening fast.
bool agrees_with_formula(const Tensor& table) {
  std::vector<float> row(table.cols);
  for (std::size_t position = 0; position < table.rows; position = position * 2 + 1) {
    read_rows(table, position, 1, row.data());
    for (std::size_t column = 0; column < table.cols; ++column) {
      const double expected = sinusoid(position, column, table.cols);
      if (!(std::abs(row[column] - expected) < 4e-3)) return false;
    }
  }
  return true;
}

Result<FamilyConfig> read_config(const ConfigFields& config, const ConfigFields& generation) {
  FamilyConfig result;
  // gelu is MarianConfig's default; every released model names its own. normalize_before and its
  // like stand in old files, too; transformers ignores them, because its converter refuses any other
  // layout.
  TRANSEPT_RETURN_IF_ERROR(read_architecture(config, "gelu", result));
  TRANSEPT_ASSIGN_OR_RETURN(const bool renormalize_given,
                            read_defaults(generation, config, result));
  if (!renormalize_given) {
    result.notes.emplace_back(
        "the generation configuration of this Marian model lacks renormalize_logits; scores are "
        "not renormalised, as transformers does, and long outputs may suffer");
  }
  return result;
}

// Positions are sinusoids, whatever table a file may hold, but for tables of less than 8 bits: these
// are so coarse that sinusoids in their place give other sequences than the reference. Tables of 8
// bits and more differ less than the products around them; there the exact positions are the better
// choice.
void settle_positions(TensorMap& tensors, FamilyConfig& config) {
  const std::array roles = {weight_of(encoder_groups().positions),
                            weight_of(decoder_groups().positions)};
  std::size_t tables = 0;
  bool coarse = false;
  for (const std::string& role : roles) {
    const auto found = tensors.find(role);
    if (found == tensors.end()) continue;
    const Tensor& table = *found->second;
    ++tables;
    coarse = coarse || dtype_bits(table.dtype) < 8;
    // Quantised tables are never exact, so they tell nothing.
    if (table.quantization.kind != Quantization::Kind::none || agrees_with_formula(table)) continue;
    config.notes.push_back(
        table.origin +
        ": this table of positions is not the sinusoid of the family; the sinusoid is used");
  }
  if (tables == roles.size() && coarse) {
    config.architecture.encoder.positions = Positions::learned;
    config.architecture.decoder.positions = Positions::learned;
  } else {
    for (const std::string& role : roles) tensors.erase(role);
  }
}

Result<std::shared_ptr<const Tokenizer>> open_tokenizer(const Listing& listing) {
  for (const char* name : {"source.spm", "target.spm", "vocab.json", "tokenizer.json"}) {
    if (listing.has(name)) return open_marian_tokenizer(listing);
  }
  return std::shared_ptr<const Tokenizer>();
}

constexpr std::string_view kModelTypes[] = {"marian"};

}  // namespace

const Family kMarian = {
    .name = "marian",
    .model_types = kModelTypes,
    .names = &kBartNames,
    // Of a text without punctuation the models translate least when it comes in pieces of this
    // length; sentences of more tokens are rare.
    .sentences = {.single = true, .usual_tokens = 80},
    .read_config = read_config,
    .settle = settle_positions,
    .open_tokenizer = open_tokenizer,
    .languages = LanguageCodes::of_marian,
};

}  // namespace transept
