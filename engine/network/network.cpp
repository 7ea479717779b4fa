#include "engine/network/network.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/log.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"
#include "engine/kernels/dispatch.h"
#include "engine/kernels/gemm_blas.h"
#include "engine/network/layers.h"
#include "engine/network/weights.h"
#include "engine/ops/int4_weights.h"
#include "engine/ops/int8_weights.h"
#include "engine/ops/pack_linear.h"

namespace transept {
namespace {

bool any_int4(const TensorMap& tensors) {
  return std::any_of(tensors.begin(), tensors.end(), [](const auto& entry) {
    return entry.second->rows > 1 && entry.first.find(".embed.") == std::string::npos &&
           holds_int4(*entry.second);
  });
}

// How a matrix of the file is held for `compute`.
std::string form_of(const Tensor& t, Compute compute) {
  const std::string form(compute_name(compute));
  const bool plain = t.quantization.kind == Quantization::Kind::none;
  switch (compute) {
    case Compute::int4:
      if (holds_int4(t)) return form + ": the file's own integers, scales and zero points";
      return form + ": quantised from " + std::string(dtype_name(t.dtype));
    case Compute::int8:
      if (holds_int8(t)) return form + ": the file's own integers";
      return form + ": quantised from " + std::string(dtype_name(t.dtype));
    case Compute::bfloat16:
      if (plain && t.dtype == DType::bf16) return form + ": the file's own numbers";
      return form + ": rounded from " + std::string(dtype_name(t.dtype));
    default:
      if (plain && t.dtype == DType::f32) return form + ": the file's own numbers";
      return form + (plain ? ": converted from " : ": dequantised from ") +
             std::string(dtype_name(t.dtype));
  }
}

// A copy of its own bytes, up to `most`; a larger tensor as it is.
std::shared_ptr<const Tensor> kept(const std::shared_ptr<const Tensor>& tensor, std::size_t most) {
  if (tensor == nullptr || tensor->bytes.size() > most) return tensor;
  // Piece by piece: pages of the file are not to count beside the copy of all of it.
  constexpr std::size_t kPiece = std::size_t{256} << 10;
  const auto memory = std::make_shared<std::vector<std::byte>>();
  memory->reserve(tensor->bytes.size());
  for (std::size_t at = 0; at < tensor->bytes.size(); at += kPiece) {
    const auto piece = tensor->bytes.subspan(at, std::min(kPiece, tensor->bytes.size() - at));
    memory->insert(memory->end(), piece.begin(), piece.end());
    release_pages(piece);
  }
  auto copy = std::make_shared<Tensor>(*tensor);
  copy->bytes = *memory;
  copy->owner = memory;
  return copy;
}

// Finds parameters by role; matrices are packed at the end, all together.
class Builder {
 public:
  Builder(const Architecture& architecture, const TensorMap& tensors, const KernelTable& kernels,
          Compute compute, Gemm gemm, std::size_t kept_table_bytes)
      : architecture_(architecture),
        tensors_(tensors),
        compute_(compute),
        kept_(kept_table_bytes),
        file_has_int4_(any_int4(tensors)),
        packer_(kernels, gemm) {}

  using Order = WeightPacker::Order;

  // outputs: of each role; inputs: of all. Empty: as the file has them.
  void linear(Linear& to, const std::vector<std::string>& roles, const Order& outputs = {},
              const Order& inputs = {}) {
    std::vector<LinearPart> parts;
    for (const std::string& role : roles)
      parts.push_back({find(role + ".weight"), find(role + ".bias")});
    const Compute compute = compute_of(parts);
    for (const LinearPart& part : parts) ++forms_[form_of(*part.weight, compute)];
    packer_.add(&to, std::move(parts), outputs, inputs, compute);
  }

  Norm norm(const std::string& role) {
    Norm n;
    read_rows(*find(role + ".weight"), 0, 1, n.gamma.ensure(architecture_.d_model));
    read_rows(*find(role + ".bias"), 0, 1, n.beta.ensure(architecture_.d_model));
    return n;
  }

  void self_attention(SelfAttentionWeights& w, const std::string& layer, const StackShape& stack) {
    const std::string role = layer + ".self";
    const Order order = interleaved_order(head_shape(stack));
    linear(w.qkv, {role + ".q", role + ".k", role + ".v"}, order);
    linear(w.out, {role + ".o"}, {}, order);
    w.norm = norm(role + ".norm");
  }

  void cross_attention(CrossAttentionWeights& w, const std::string& layer,
                       const StackShape& stack) {
    const std::string role = layer + ".cross";
    const Order order = interleaved_order(head_shape(stack));
    linear(w.q, {role + ".q"}, order);
    linear(w.out, {role + ".o"}, {}, order);
    w.norm = norm(role + ".norm");
  }

  void feed_forward(FeedForwardWeights& w, const std::string& layer) {
    const std::string role = layer + ".ffn";
    linear(w.in, {role + ".in"});
    linear(w.out, {role + ".out"});
    w.norm = norm(role + ".norm");
  }

  Embedding embedding(const std::string& stack) {
    Embedding e;
    e.table = find(stack + ".embed.weight");
    if (architecture_.embed_norm) e.norm = norm(stack + ".embed.norm");
    e.positions = std::make_unique<PositionTable>(architecture_.positions, architecture_.d_model,
                                                  architecture_.position_offset,
                                                  kept(find(stack + ".positions.weight"), kept_));
    return e;
  }

  WeightPacker& packer() { return packer_; }

  // Null when the file has none: biases, learned positions.
  std::shared_ptr<const Tensor> find(const std::string& role) const {
    const auto found = tensors_.find(role);
    return found == tensors_.end() ? nullptr : found->second;
  }

  // "36 matrices in int4: the file's own integers", a line a form.
  std::vector<std::string> weight_forms() const {
    std::vector<std::string> lines;
    for (const auto& [form, count] : forms_) {
      lines.push_back(std::to_string(count) + (count == 1 ? " matrix in " : " matrices in ") +
                      form);
    }
    return lines;
  }

 private:
  // What the maker of a 4-bit file left in more bits is what suffers most from few: it gets eight.
  Compute compute_of(const std::vector<LinearPart>& parts) const {
    if (compute_ != Compute::int4 || !file_has_int4_) return compute_;
    const bool kept = std::all_of(parts.begin(), parts.end(),
                                  [](const LinearPart& part) { return holds_int4(*part.weight); });
    return kept ? Compute::int4 : Compute::int8;
  }

  const Architecture& architecture_;
  const TensorMap& tensors_;
  Compute compute_;
  std::size_t kept_;
  bool file_has_int4_;
  WeightPacker packer_;
  std::map<std::string, std::size_t> forms_;
};

std::string layer_role(const char* stack, std::size_t index) {
  return std::string(stack) + ".layer[" + std::to_string(index) + "]";
}

// Layers are complete once the builder's packer has packed.
std::unique_ptr<Weights> build_weights(const Architecture& architecture, Builder& builder) {
  auto weights = std::make_unique<Weights>();
  Weights& w = *weights;
  w.encoder_embedding = builder.embedding("encoder");
  w.decoder_embedding = builder.embedding("decoder");
  w.encoder.resize(architecture.encoder.layers);
  for (std::size_t i = 0; i < architecture.encoder.layers; ++i) {
    const std::string layer = layer_role("encoder", i);
    builder.self_attention(w.encoder[i].self, layer, architecture.encoder);
    builder.feed_forward(w.encoder[i].ffn, layer);
  }
  std::vector<std::string> cross_kv;
  w.decoder.resize(architecture.decoder.layers);
  for (std::size_t i = 0; i < architecture.decoder.layers; ++i) {
    const std::string layer = layer_role("decoder", i);
    builder.self_attention(w.decoder[i].self, layer, architecture.decoder);
    builder.cross_attention(w.decoder[i].cross, layer, architecture.decoder);
    builder.feed_forward(w.decoder[i].ffn, layer);
    cross_kv.push_back(layer + ".cross.k");
    cross_kv.push_back(layer + ".cross.v");
  }
  builder.linear(w.cross_kv, cross_kv, interleaved_order(head_shape(architecture.decoder)));
  builder.linear(w.head, {"head"});
  if (architecture.final_norm) {
    w.encoder_norm = builder.norm("encoder.norm");
    w.decoder_norm = builder.norm("decoder.norm");
  }
  return weights;
}

// Biases, norms and scales, which are few; matrices are looked at while they are packed.
Status check_vectors(const TensorMap& tensors) {
  for (const auto& [role, tensor] : tensors) {
    if (holds_nan(*tensor, 0, tensor->rows == 1 ? 1 : 0)) return holds_no_numbers(*tensor);
  }
  return Status();
}

// So that what happens to the files after opening does not matter.
void keep_tables(Weights& weights, std::size_t most) {
  Embedding& encoder = weights.encoder_embedding;
  Embedding& decoder = weights.decoder_embedding;
  const bool shared = encoder.table == decoder.table;
  encoder.table = kept(encoder.table, most);
  decoder.table = shared ? encoder.table : kept(decoder.table, most);
}

// A row of a table that is no matrix harms sentences with its word only. The head has been looked at.
void warn_of_nan(const TensorMap& tensors, std::size_t most) {
  const auto head = tensors.find("head.weight");
  for (const char* role : {"encoder.embed.weight", "decoder.embed.weight"}) {
    const auto table = tensors.find(role);
    if (table == tensors.end() || (head != tensors.end() && table->second == head->second))
      continue;
    const Tensor& t = *table->second;
    if (t.bytes.size() > most || !holds_nan(t, 0, t.rows)) continue;
    log(LogLevel::kWarning,
        t.origin + ": it holds NaN: sentences with some words cannot be translated");
    return;
  }
}

// Pages of the files that were read for what is packed now.
void release_files(const TensorMap& tensors) {
  std::set<const void*> owners;
  for (const auto& [role, tensor] : tensors) {
    if (owners.insert(tensor->owner.get()).second) release_file(tensor->bytes);
  }
}

// What the file holds decides `automatic`: more than half of the matrix elements as 8-bit integers.
bool mostly_int8(const TensorMap& tensors) {
  std::size_t integers = 0;
  std::size_t all = 0;
  for (const auto& [role, tensor] : tensors) {
    if (tensor->rows == 1 || role.find(".embed.") != std::string::npos) continue;
    all += tensor->elements();
    if (holds_int8(*tensor)) integers += tensor->elements();
  }
  return 2 * integers > all;
}

std::size_t bytes_of(const SelfAttentionWeights& w) { return w.qkv.bytes() + w.out.bytes(); }
std::size_t bytes_of(const FeedForwardWeights& w) { return w.in.bytes() + w.out.bytes(); }

}  // namespace

std::string_view compute_name(Compute compute) {
  switch (compute) {
    case Compute::automatic: return "auto";
    case Compute::float32: return "float32";
    case Compute::bfloat16: return "bfloat16";
    case Compute::int8: return "int8";
    case Compute::int4: return "int4";
  }
  return "";
}

Network::Network() = default;
Network::~Network() = default;

Result<std::shared_ptr<const Network>> Network::build(const Architecture& architecture,
                                                      const TensorMap& tensors, Compute compute,
                                                      Gemm gemm, std::size_t threads,
                                                      const std::filesystem::path& packed_cache,
                                                      std::size_t kept_table_bytes) {
  if (gemm == Gemm::openblas && compute != Compute::automatic && compute != Compute::float32) {
    return Status(Code::kInvalidArgument,
                  "--gemm openblas multiplies float32 only, not --compute " +
                      std::string(compute_name(compute)));
  }
  TRANSEPT_RETURN_IF_ERROR(check_weights(architecture, tensors));
  TRANSEPT_RETURN_IF_ERROR(check_vectors(tensors));
  if (compute == Compute::automatic) {
    compute = gemm == Gemm::native && mostly_int8(tensors) ? Compute::int8 : Compute::float32;
  }
  TRANSEPT_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernels());
  if (gemm == Gemm::openblas) TRANSEPT_RETURN_IF_ERROR(load_blas());

  std::shared_ptr<Network> network(new Network);
  network->architecture_ = architecture;
  network->kernels_ = kernels;
  network->compute_ = compute;
  Builder builder(architecture, tensors, *kernels, compute, gemm, kept_table_bytes);
  network->weights_ = build_weights(architecture, builder);
  network->packed_ = builder.packer().pack(threads, packed_cache);
  TRANSEPT_RETURN_IF_ERROR(network->packed_.status);
  warn_of_nan(tensors, kept_table_bytes);
  release_files(tensors);
  keep_tables(*network->weights_, kept_table_bytes);
  network->weight_forms_ = builder.weight_forms();
  return std::shared_ptr<const Network>(std::move(network));
}

std::size_t Network::max_source_positions() const {
  return weights_->encoder_embedding.positions->capacity();
}

std::size_t Network::max_target_positions() const {
  return weights_->decoder_embedding.positions->capacity();
}

std::size_t Network::weight_bytes() const {
  std::size_t sum = weights_->head.bytes() + weights_->cross_kv.bytes();
  for (const auto& layer : weights_->encoder) sum += bytes_of(layer.self) + bytes_of(layer.ffn);
  for (const auto& layer : weights_->decoder) {
    sum += bytes_of(layer.self) + bytes_of(layer.ffn) + layer.cross.q.bytes() +
           layer.cross.out.bytes();
  }
  return sum;
}

}  // namespace transept
