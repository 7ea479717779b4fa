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
#include "engine/base/page_block.h"
#include "engine/base/try.h"
#include "engine/kernels/dispatch.h"
#include "engine/kernels/gemm_blas.h"
#include "engine/network/layers.h"
#include "engine/network/roles.h"
#include "engine/network/weights.h"
#include "engine/ops/linear/form.h"
#include "engine/ops/linear/int4_weights.h"
#include "engine/ops/linear/int8_weights.h"
#include "engine/ops/linear/pack.h"
#include "transept/words.h"

namespace transept {
namespace {

// The matrices that are multiplied, as the file holds them.
std::vector<const Tensor*> matrices_of(const Architecture& architecture, const TensorMap& tensors) {
  std::vector<const Tensor*> matrices;
  for (const Role& role : roles_of(architecture)) {
    if (role.kind == Role::Kind::matrix) matrices.push_back(tensors.at(role.name).get());
  }
  return matrices;
}

// A copy of its own bytes, up to `most`; a larger tensor as it is.
std::shared_ptr<const Tensor> kept(const std::shared_ptr<const Tensor>& tensor, std::size_t most) {
  if (tensor == nullptr || tensor->bytes.size() > most) return tensor;
  // Piece by piece: pages of the file are not to count beside the copy of all of it.
  constexpr std::size_t kPiece = std::size_t{256} << 10;
  const auto memory = std::make_shared<PageBlock>(tensor->bytes.size());
  for (std::size_t at = 0; at < tensor->bytes.size(); at += kPiece) {
    const auto piece = tensor->bytes.subspan(at, std::min(kPiece, tensor->bytes.size() - at));
    std::memcpy(memory->bytes().data() + at, piece.data(), piece.size());
    release_pages(piece);
  }
  auto copy = std::make_shared<Tensor>(*tensor);
  copy->bytes = memory->bytes();
  copy->owner = memory;
  return copy;
}

// Finds parameters by role; matrices are packed at the end, all together.
class Builder {
 public:
  Builder(const Architecture& architecture, const TensorMap& tensors, const KernelTable& kernels,
          Compute compute, Gemm gemm, bool file_has_int4, std::size_t kept_table_bytes)
      : architecture_(architecture),
        tensors_(tensors),
        compute_(compute),
        gemm_(gemm),
        kept_(kept_table_bytes),
        file_has_int4_(file_has_int4),
        packer_(kernels, gemm) {}

  using Order = WeightPacker::Order;

  // outputs: of each group; inputs: of all. Empty: as the file has them.
  void linear(Linear& to, const std::vector<std::string>& groups, const Order& outputs = {},
              const Order& inputs = {}) {
    std::vector<LinearPart> parts;
    for (const std::string& group : groups) {
      parts.push_back({find(weight_of(group)), find(bias_of(group))});
    }
    const Compute compute = compute_of(parts);
    const LinearForm& form = form_of(compute, gemm_);
    for (const LinearPart& part : parts) {
      ++forms_[std::string(word_of(compute)) + ": " + form.origin(*part.weight)];
    }
    packer_.add(&to, std::move(parts), outputs, inputs, compute);
  }

  Norm norm(const Stack& stack, const std::string& group) {
    Norm n{.rule = stack.norm, .eps = stack.norm_eps, .gamma = {}, .beta = {}};
    read_rows(*find(weight_of(group)), 0, 1, n.gamma.ensure(architecture_.d_model));
    if (has_shift(n.rule)) {
      read_rows(*find(bias_of(group)), 0, 1, n.beta.ensure(architecture_.d_model));
    }
    return n;
  }

  void self_attention(SelfAttentionWeights& w, const AttentionGroups& groups, const Stack& stack) {
    const Order order = interleaved_order(head_shape(stack));
    linear(w.qkv, {groups.q, groups.k, groups.v}, order);
    linear(w.out, {groups.o}, {}, order);
    w.norm = norm(stack, groups.norm);
  }

  void cross_attention(CrossAttentionWeights& w, const AttentionGroups& groups,
                       const Stack& stack) {
    const Order order = interleaved_order(head_shape(stack));
    linear(w.q, {groups.q}, order);
    linear(w.out, {groups.o}, {}, order);
    w.norm = norm(stack, groups.norm);
  }

  void feed_forward(FeedForwardWeights& w, const FeedForwardGroups& groups, const Stack& stack) {
    linear(w.in, {groups.in});
    if (stack.gated) linear(w.gate, {groups.gate});
    linear(w.out, {groups.out});
    w.norm = norm(stack, groups.norm);
  }

  Embedding embedding(const StackGroups& groups, const Stack& stack) {
    Embedding e;
    e.table = find(weight_of(groups.embed));
    if (stack.embed_norm) e.norm = norm(stack, groups.embed_norm);
    e.positions = std::make_unique<PositionTable>(stack.positions, architecture_.d_model,
                                                  stack.position_offset,
                                                  kept(find(weight_of(groups.positions)), kept_));
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
  Gemm gemm_;
  std::size_t kept_;
  bool file_has_int4_;
  WeightPacker packer_;
  std::map<std::string, std::size_t> forms_;
};

// Layers are complete once the builder's packer has packed.
std::unique_ptr<Weights> build_weights(const Architecture& architecture, Builder& builder) {
  auto weights = std::make_unique<Weights>();
  Weights& w = *weights;
  const Stack& encoder = architecture.encoder;
  const Stack& decoder = architecture.decoder;
  const StackGroups source = encoder_groups(encoder.layers);
  const StackGroups target = decoder_groups(decoder.layers);
  w.encoder_embedding = builder.embedding(source, encoder);
  w.decoder_embedding = builder.embedding(target, decoder);
  w.encoder.resize(encoder.layers);
  for (std::size_t i = 0; i < encoder.layers; ++i) {
    builder.self_attention(w.encoder[i].self, source.layers[i].self, encoder);
    builder.feed_forward(w.encoder[i].ffn, source.layers[i].ffn, encoder);
  }
  std::vector<std::string> cross_kv;
  w.decoder.resize(decoder.layers);
  for (std::size_t i = 0; i < decoder.layers; ++i) {
    const LayerGroups& groups = target.layers[i];
    builder.self_attention(w.decoder[i].self, groups.self, decoder);
    builder.cross_attention(w.decoder[i].cross, groups.cross, decoder);
    builder.feed_forward(w.decoder[i].ffn, groups.ffn, decoder);
    cross_kv.push_back(groups.cross.k);
    cross_kv.push_back(groups.cross.v);
  }
  builder.linear(w.cross_kv, cross_kv, interleaved_order(head_shape(decoder)));
  builder.linear(w.head, {std::string(kHead)});
  if (encoder.final_norm) w.encoder_norm = builder.norm(encoder, source.norm);
  if (decoder.final_norm) w.decoder_norm = builder.norm(decoder, target.norm);
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
  const Tensor* head = tensors.at(weight_of(kHead)).get();
  for (const StackGroups& stack : {encoder_groups(), decoder_groups()}) {
    const Tensor& t = *tensors.at(weight_of(stack.embed));
    if (&t == head || t.bytes.size() > most || !holds_nan(t, 0, t.rows)) continue;
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
bool mostly_int8(const std::vector<const Tensor*>& matrices) {
  std::size_t integers = 0;
  std::size_t all = 0;
  for (const Tensor* tensor : matrices) {
    all += tensor->elements();
    if (holds_int8(*tensor)) integers += tensor->elements();
  }
  return 2 * integers > all;
}

std::size_t bytes_of(const SelfAttentionWeights& w) { return w.qkv.bytes() + w.out.bytes(); }
std::size_t bytes_of(const FeedForwardWeights& w) {
  return w.in.bytes() + w.gate.bytes() + w.out.bytes();
}

}  // namespace

Network::Network() = default;
Network::~Network() = default;

Result<std::shared_ptr<const Network>> Network::build(const Architecture& architecture,
                                                      const TensorMap& tensors, Compute compute,
                                                      Gemm gemm, std::size_t threads,
                                                      const std::filesystem::path& packed_cache,
                                                      std::size_t kept_table_bytes) {
  if (gemm == Gemm::openblas && compute != Compute::automatic && compute != Compute::float32) {
    return Status::sentence(Code::kInvalidArgument,
                            {OptionName{"gemm"}, " openblas multiplies float32 only, not ",
                             OptionName{"compute"}, " ", word_of(compute)});
  }
  TRANSEPT_RETURN_IF_ERROR(check_weights(architecture, tensors));
  TRANSEPT_RETURN_IF_ERROR(check_vectors(tensors));
  const std::vector<const Tensor*> matrices = matrices_of(architecture, tensors);
  if (compute == Compute::automatic) {
    compute = gemm == Gemm::native && mostly_int8(matrices) ? Compute::int8 : Compute::float32;
  }
  TRANSEPT_ASSIGN_OR_RETURN(const KernelTable* kernels, choose_kernels());
  if (gemm == Gemm::openblas) TRANSEPT_RETURN_IF_ERROR(load_blas());

  std::shared_ptr<Network> network(new Network);
  network->architecture_ = architecture;
  network->kernels_ = kernels;
  network->compute_ = compute;
  const bool any_int4 = std::any_of(matrices.begin(), matrices.end(),
                                    [](const Tensor* matrix) { return holds_int4(*matrix); });
  Builder builder(architecture, tensors, *kernels, compute, gemm, any_int4, kept_table_bytes);
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
