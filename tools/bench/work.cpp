#include "tools/bench/work.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace transept::bench {
namespace {

std::size_t index(Phase phase) { return static_cast<std::size_t>(phase); }

double bytes_of_weight(const std::string& compute) {
  if (compute == "int4") return 0.5;
  if (compute == "int8") return 1.0;
  return compute == "bfloat16" ? 2.0 : 4.0;
}

// The phase that multiplies by the matrix with this role.
std::optional<Phase> phase_of(std::string_view role) {
  const auto has = [&](std::string_view part) { return role.find(part) != std::string_view::npos; };
  if (role.starts_with("encoder.layer[")) return Phase::encode;
  if (role == "head.weight") return Phase::output;
  if (!role.starts_with("decoder.layer[")) return std::nullopt;
  if (has(".self.")) return Phase::self_attention;
  if (has(".cross.k.") || has(".cross.v.")) return Phase::source_memory;
  if (has(".cross.")) return Phase::cross_attention;
  return Phase::feed_forward;
}

double property(const ModelInfo& model, std::string_view name) {
  for (const Property& one : model.architecture) {
    if (one.name != name) continue;
    if (const auto* number = std::get_if<std::int64_t>(&one.value))
      return static_cast<double>(*number);
  }
  return 0.0;
}

// Width of all heads of a stack, times its layers.
double attention_width(const ModelInfo& model, const std::string& stack) {
  return property(model, stack + "_layers") * property(model, stack + "_heads") *
         property(model, stack + "_d_head");
}

}  // namespace

ModelWork model_work(const ModelInfo& model) {
  ModelWork work{};
  for (const TensorInfo& tensor : model.tensors) {
    if (tensor.rows <= 1 || !tensor.role.ends_with(".weight")) continue;  // biases and norms
    const std::optional<Phase> phase = phase_of(tensor.role);
    if (!phase) continue;
    const double elements = static_cast<double>(tensor.rows) * static_cast<double>(tensor.cols);
    work[index(*phase)].per_row += elements;
    work[index(*phase)].weight_bytes += elements * bytes_of_weight(model.compute);
  }
  // A dot product and a weighted sum, each over the width of all heads.
  work[index(Phase::encode)].per_pair = 2 * attention_width(model, "encoder");
  for (const Phase phase : {Phase::self_attention, Phase::cross_attention}) {
    work[index(phase)].per_pair = 2 * attention_width(model, "decoder");
    work[index(phase)].bytes_per_pair = 2 * attention_width(model, "decoder") * sizeof(float);
  }
  return work;
}

Done work_done(const ModelWork& work, Phase phase, const Profile& profile) {
  const PhaseWork& one = work[index(phase)];
  const bool source = phase == Phase::encode || phase == Phase::source_memory;
  const auto rows = static_cast<double>(source ? profile.source_tokens : profile.rows);
  const auto passes = static_cast<double>(source ? profile.encoder_passes : profile.steps);
  const auto pairs = static_cast<double>(phase == Phase::encode            ? profile.encoder_pairs
                                         : phase == Phase::self_attention  ? profile.self_pairs
                                         : phase == Phase::cross_attention ? profile.cross_pairs
                                                                           : 0);
  return {rows * one.per_row + pairs * one.per_pair,
          passes * one.weight_bytes + pairs * one.bytes_per_pair};
}

Profile difference(const Profile& later, const Profile& earlier) {
  Profile d;
  for (std::size_t i = 0; i < kPhases; ++i) d.seconds[i] = later.seconds[i] - earlier.seconds[i];
  d.encoder_passes = later.encoder_passes - earlier.encoder_passes;
  d.source_tokens = later.source_tokens - earlier.source_tokens;
  d.encoder_pairs = later.encoder_pairs - earlier.encoder_pairs;
  d.steps = later.steps - earlier.steps;
  d.rows = later.rows - earlier.rows;
  d.self_pairs = later.self_pairs - earlier.self_pairs;
  d.cross_pairs = later.cross_pairs - earlier.cross_pairs;
  return d;
}

}  // namespace transept::bench
