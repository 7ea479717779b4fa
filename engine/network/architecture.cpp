#include "engine/network/architecture.h"

#include "engine/base/try.h"

namespace transept {
namespace {

std::string shape(std::size_t rows, std::size_t cols) {
  std::string text = "[";
  return text.append(std::to_string(rows)).append(",").append(std::to_string(cols)).append("]");
}

// The roles an architecture asks for, one call each.
class Checker {
 public:
  Checker(const Architecture& architecture, const TensorMap& tensors)
      : architecture_(architecture), tensors_(tensors) {}

  Status check() {
    const std::size_t d = architecture_.d_model;
    TRANSEPT_RETURN_IF_ERROR(matrix("encoder.embed", architecture_.src_vocab, d));
    TRANSEPT_RETURN_IF_ERROR(matrix("decoder.embed", architecture_.tgt_vocab, d));
    TRANSEPT_RETURN_IF_ERROR(matrix("head", architecture_.tgt_vocab, d));
    if (architecture_.has_head_bias)
      TRANSEPT_RETURN_IF_ERROR(role("head.bias", 1, architecture_.tgt_vocab));
    TRANSEPT_RETURN_IF_ERROR(stack("encoder", architecture_.encoder, false));
    return stack("decoder", architecture_.decoder, true);
  }

 private:
  Status role(const std::string& name, std::size_t rows, std::size_t cols) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end() || found->second == nullptr) {
      return Status(Code::kCorrupt, name + ": the model has no such parameter");
    }
    const Tensor& tensor = *found->second;
    if (tensor.rows != rows || tensor.cols != cols) {
      return Status(Code::kCorrupt, name + ": shape " + shape(tensor.rows, tensor.cols) +
                                        ", expected " + shape(rows, cols) + " (" + tensor.origin +
                                        ")");
    }
    return check_tensor(tensor);
  }
  Status matrix(const std::string& name, std::size_t rows, std::size_t cols) const {
    return role(name + ".weight", rows, cols);
  }
  Status linear(const std::string& name, std::size_t out, std::size_t in) const {
    TRANSEPT_RETURN_IF_ERROR(role(name + ".weight", out, in));
    return role(name + ".bias", 1, out);
  }
  Status norm(const std::string& name) const {
    TRANSEPT_RETURN_IF_ERROR(role(name + ".weight", 1, architecture_.d_model));
    return role(name + ".bias", 1, architecture_.d_model);
  }
  Status attention(const std::string& name, const StackShape& stack) const {
    const std::size_t d = architecture_.d_model;
    const std::size_t inner = stack.heads * stack.d_head;
    for (const char* projection : {".q", ".k", ".v"})
      TRANSEPT_RETURN_IF_ERROR(linear(name + projection, inner, d));
    TRANSEPT_RETURN_IF_ERROR(linear(name + ".o", d, inner));
    return norm(name + ".norm");
  }
  Status stack(const std::string& name, const StackShape& stack, bool has_cross) const {
    const std::size_t d = architecture_.d_model;
    for (std::size_t i = 0; i < stack.layers; ++i) {
      const std::string layer = name + ".layer[" + std::to_string(i) + "].";
      TRANSEPT_RETURN_IF_ERROR(attention(layer + "self", stack));
      if (has_cross) TRANSEPT_RETURN_IF_ERROR(attention(layer + "cross", stack));
      TRANSEPT_RETURN_IF_ERROR(linear(layer + "ffn.in", stack.d_ff, d));
      TRANSEPT_RETURN_IF_ERROR(linear(layer + "ffn.out", d, stack.d_ff));
      TRANSEPT_RETURN_IF_ERROR(norm(layer + "ffn.norm"));
    }
    if (architecture_.embed_norm) TRANSEPT_RETURN_IF_ERROR(norm(name + ".embed.norm"));
    if (architecture_.final_norm) TRANSEPT_RETURN_IF_ERROR(norm(name + ".norm"));
    if (architecture_.positions == Positions::learned) {
      return matrix(name + ".positions",
                    architecture_.max_positions + architecture_.position_offset, d);
    }
    return Status();
  }

  const Architecture& architecture_;
  const TensorMap& tensors_;
};

Status check_numbers(const Architecture& architecture) {
  constexpr std::size_t kMax = std::size_t{1} << 24;
  for (const StackShape& stack : {architecture.encoder, architecture.decoder}) {
    if (stack.layers == 0 || stack.heads == 0 || stack.d_head == 0 || stack.d_ff == 0 ||
        stack.layers > kMax || stack.heads > kMax || stack.d_head > kMax || stack.d_ff > kMax) {
      return Status(Code::kUnsupported, "a size of the architecture is zero or too large");
    }
  }
  for (const std::size_t size :
       {architecture.d_model, architecture.src_vocab, architecture.tgt_vocab}) {
    if (size == 0 || size > kMax) {
      return Status(Code::kUnsupported, "a size of the architecture is zero or too large");
    }
  }
  return Status();
}

}  // namespace

Status check_weights(const Architecture& architecture, const TensorMap& tensors) {
  TRANSEPT_RETURN_IF_ERROR(check_numbers(architecture));
  return Checker(architecture, tensors).check();
}

}  // namespace transept
