#include "engine/network/positions.h"

#include <algorithm>
#include <cmath>

#include "engine/base/try.h"

namespace transept {
namespace {

constexpr std::size_t kChunkRows = 16;
// Far beyond what any of these models was trained for; keeps the list of chunks small.
constexpr std::size_t kMaxComputed = 65536;

}  // namespace

PositionTable::PositionTable(Positions kind, std::size_t d_model, std::size_t offset,
                             std::shared_ptr<const Tensor> learned)
    : kind_(kind),
      d_model_(d_model),
      offset_(offset),
      learned_(std::move(learned)),
      capacity_(kind == Positions::learned ? learned_->rows - std::min(offset, learned_->rows)
                                           : kMaxComputed),
      chunks_((capacity_ + kChunkRows - 1) / kChunkRows) {}

PositionTable::~PositionTable() {
  for (auto& chunk : chunks_) delete[] chunk.load();
}

const float* PositionTable::row(std::size_t position) const {
  TRANSEPT_DCHECK(position < capacity_);
  const std::size_t index = position / kChunkRows;
  const float* chunk = chunks_[index].load(std::memory_order_acquire);
  if (chunk == nullptr) chunk = make_chunk(index);
  return chunk + position % kChunkRows * d_model_;
}

const float* PositionTable::make_chunk(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  if (float* made = chunks_[index].load(std::memory_order_relaxed); made != nullptr) return made;
  auto* chunk = new float[kChunkRows * d_model_]();
  const std::size_t first = index * kChunkRows;
  for (std::size_t p = first; p < std::min(first + kChunkRows, capacity_); ++p) {
    fill(p, chunk + (p - first) * d_model_);
  }
  chunks_[index].store(chunk, std::memory_order_release);
  return chunk;
}

// Source: transformers MarianSinusoidalPositionalEmbedding.create_weight,
// M2M100SinusoidalPositionalEmbedding .get_embedding. Angles in double, as numpy has them there,
// then rounded.
void PositionTable::fill(std::size_t position, float* out) const {
  const auto p = static_cast<double>(position + offset_);
  const auto d = static_cast<double>(d_model_);
  const std::size_t half = d_model_ / 2;
  switch (kind_) {
    case Positions::none: return;
    case Positions::learned: return read_rows(*learned_, position + offset_, 1, out);
    case Positions::sinusoid: {
      const std::size_t sines = (d_model_ + 1) / 2;  // an odd width has one sine more
      for (std::size_t j = 0; j < d_model_; ++j) {
        const std::size_t pair = j < sines ? j : j - sines;
        const double angle = p / std::pow(10000.0, 2.0 * static_cast<double>(pair) / d);
        out[j] = static_cast<float>(j < sines ? std::sin(angle) : std::cos(angle));
      }
      return;
    }
    case Positions::sinusoid_fairseq:
      for (std::size_t j = 0; j < half; ++j) {
        const double frequency =
            std::exp(static_cast<double>(j) * -(std::log(10000.0) / (d / 2 - 1)));
        out[j] = static_cast<float>(std::sin(p * frequency));
        out[half + j] = static_cast<float>(std::cos(p * frequency));
      }
      return;
  }
}

}  // namespace transept
