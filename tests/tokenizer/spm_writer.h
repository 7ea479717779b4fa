// Writes `.spm` files that no trainer makes: pieces, types and scores as a test wants them.
#pragma once

#include <protozero/pbf_writer.hpp>
#include <string>

#include "tokenizer/spm_model.h"

namespace transept {

// The model as the protobuf message ModelProto.
inline std::string write_spm(const SpmModel& model) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  for (const SpmPiece& piece : model.pieces) {
    protozero::pbf_writer message(writer, 1);
    message.add_string(1, piece.text.data(), piece.text.size());
    message.add_float(2, piece.score);
    message.add_enum(3, static_cast<std::int32_t>(piece.type));
  }
  {
    protozero::pbf_writer trainer(writer, 2);
    trainer.add_enum(3, static_cast<std::int32_t>(model.kind));
    trainer.add_bool(24, model.treat_whitespace_as_suffix);
    trainer.add_bool(35, model.byte_fallback);
    trainer.add_string(44, model.unk_surface.data(), model.unk_surface.size());
  }
  const auto add_normalizer = [&writer](std::uint32_t field, const SpmNormalizerSpec& spec) {
    protozero::pbf_writer message(writer, field);
    message.add_string(1, spec.name.data(), spec.name.size());
    message.add_bytes(2, spec.charsmap.data(), spec.charsmap.size());
    message.add_bool(3, spec.add_dummy_prefix);
    message.add_bool(4, spec.remove_extra_whitespaces);
    message.add_bool(5, spec.escape_whitespaces);
  };
  add_normalizer(3, model.normalizer);
  if (model.denormalizer) add_normalizer(5, *model.denormalizer);
  return bytes;
}

}  // namespace transept
