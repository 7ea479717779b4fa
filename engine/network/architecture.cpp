#include "engine/network/architecture.h"

#include "engine/base/try.h"
#include "engine/network/roles.h"

namespace transept {
namespace {

std::string shape(std::size_t rows, std::size_t cols) {
  std::string text = "[";
  return text.append(std::to_string(rows)).append(",").append(std::to_string(cols)).append("]");
}

Status check_role(const Role& role, const TensorMap& tensors) {
  const auto found = tensors.find(role.name);
  if (found == tensors.end() || found->second == nullptr) {
    return Status(Code::kCorrupt, role.name + ": the model has no such parameter");
  }
  const Tensor& tensor = *found->second;
  if (tensor.rows != role.rows || tensor.cols != role.cols) {
    return Status(Code::kCorrupt, role.name + ": shape " + shape(tensor.rows, tensor.cols) +
                                      ", expected " + shape(role.rows, role.cols) + " (" +
                                      tensor.origin + ")");
  }
  return check_tensor(tensor);
}

// What the network has no code for.
Status check_runs(const Stack& stack, Visibility visibility) {
  const auto refuse = [](const char* what) {
    return Status(Code::kUnsupported, std::string("this version cannot run ") + what);
  };
  if (stack.mixer != Mixer::attention) return refuse("layers without attention");
  if (stack.visibility != visibility) return refuse("attention that sees a part of the positions");
  if (stack.relative) return refuse("relative position biases");
  return Status();
}

Status check_numbers(const Architecture& architecture) {
  constexpr std::size_t kMax = std::size_t{1} << 24;
  for (const Stack* stack : {&architecture.encoder, &architecture.decoder}) {
    for (const std::size_t size :
         {stack->layers, stack->heads, stack->d_head, stack->d_ff, architecture.d_model,
          architecture.src_vocab, architecture.tgt_vocab}) {
      if (size == 0 || size > kMax) {
        return Status(Code::kUnsupported, "a size of the architecture is zero or too large");
      }
    }
  }
  return Status();
}

}  // namespace

Status check_weights(const Architecture& architecture, const TensorMap& tensors) {
  TRANSEPT_RETURN_IF_ERROR(check_numbers(architecture));
  TRANSEPT_RETURN_IF_ERROR(check_runs(architecture.encoder, Visibility::all));
  TRANSEPT_RETURN_IF_ERROR(check_runs(architecture.decoder, Visibility::past));
  for (const Role& role : roles_of(architecture)) {
    TRANSEPT_RETURN_IF_ERROR(check_role(role, tensors));
  }
  return Status();
}

}  // namespace transept
