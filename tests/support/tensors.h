// Float32 tensors made of vectors, for tests of what reads Tensor.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "engine/base/tensor.h"

namespace transept {

inline std::shared_ptr<const Tensor> make_tensor(std::vector<float> values, std::size_t rows,
                                                 std::size_t cols) {
  const auto owner = std::make_shared<const std::vector<float>>(std::move(values));
  auto tensor = std::make_shared<Tensor>();
  tensor->origin = "a test";
  tensor->rows = rows;
  tensor->cols = cols;
  tensor->bytes = std::as_bytes(std::span(*owner));
  tensor->owner = owner;
  return tensor;
}

}  // namespace transept
