#include "model/graph/stack_probe.h"

#include <algorithm>
#include <cmath>

#include "engine/base/try.h"

namespace transept::onnx {
namespace {

// Values whose norm's epsilon shows, and values over which activations and softmax bend.
constexpr double kNarrow = 0.01;
constexpr double kWide = 1.5;

// Largest difference, relative to the largest number: what float32 and half-precision constants
// leave of a formula in double.
constexpr double kTolerance = 1e-5;
constexpr double kHalfTolerance = 4e-3;

std::int64_t dim(std::size_t size) { return static_cast<std::int64_t>(size); }

// Uniform in [-1, 1) (Steele et al. 2014, SplitMix64).
double next(std::uint64_t& seed) {
  seed += 0x9e3779b97f4a7c15;
  std::uint64_t z = seed;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1p-52 - 1.0;
}

double activate(Activation activation, double x) {
  switch (activation) {
    case Activation::relu: return x > 0 ? x : 0.0;
    case Activation::gelu: return 0.5 * x * (1.0 + std::erf(x / std::sqrt(2.0)));
    case Activation::gelu_new:
      return 0.5 * x * (1.0 + std::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::swish: return x / (1.0 + std::exp(-x));
    case Activation::quick_gelu: return x / (1.0 + std::exp(-1.702 * x));
  }
  return x;
}

double largest(const std::vector<double>& numbers) {
  double size = 0.0;
  for (const double number : numbers) size = std::max(size, std::abs(number));
  return size;
}

std::vector<float> row_of(const Tensor& tensor, std::size_t row) {
  std::vector<float> values(tensor.cols);
  read_rows(tensor, row, 1, values.data());
  return values;
}

}  // namespace

StackProbe::StackProbe(Blocks& blocks, Evaluator& evaluator, ProbeMasks& masks,
                       const Architecture& architecture, const ProbeShape& shape, Side side)
    : blocks_(blocks),
      evaluator_(evaluator),
      masks_(masks),
      architecture_(architecture),
      shape_(shape),
      stack_(side == Side::encoder ? architecture.encoder : architecture.decoder),
      causal_(side == Side::decoder),
      length_(side == Side::encoder ? shape.source : shape.target),
      seed_(side == Side::encoder ? 1 : 2) {}

std::vector<double> StackProbe::random(std::size_t count, double spread) {
  std::vector<double> numbers(count);
  for (double& number : numbers) number = spread * next(seed_);
  return numbers;
}

Status StackProbe::different(const Block& where, const std::string& what) const {
  return Status(Code::kUnsupported, blocks_.where(where) + ": " + what);
}

Status StackProbe::compare(const Value& value, const std::vector<double>& expected,
                           const Block& where, const std::string& what) const {
  if (!is_floating(value.type) || value.dims.empty() || value.numbers.size() != expected.size()) {
    return different(where, what);
  }
  const double bound =
      largest(expected) * (evaluator_.half_precision() ? kHalfTolerance : kTolerance);
  std::size_t close = 0;
  // A NaN is no smaller than the bound.
  for (std::size_t i = 0; i < expected.size(); ++i)
    close += std::abs(value.numbers[i] - expected[i]) <= bound ? 1 : 0;
  return close == expected.size() ? Status() : different(where, what);
}

std::vector<double> StackProbe::bind_memory(Evaluator& evaluator, const Block& input,
                                            const Architecture& architecture,
                                            const ProbeShape& shape) {
  std::uint64_t seed = 3;
  std::vector<double> memory(shape.batch * shape.source * architecture.d_model);
  for (double& number : memory) number = next(seed);
  evaluator.bind(
      input.name,
      {input.input_type, {dim(shape.batch), dim(shape.source), dim(architecture.d_model)}, memory});
  return memory;
}

Status StackProbe::bind_tokens(const Block& tokens) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto sources, blocks_.sources(tokens.inputs[0]));
  if (sources.size() != 1 || sources[0].block->kind != Block::Kind::input)
    return different(tokens, "its indices are not an input of the graph");
  const Block& ids = *sources[0].block;
  const std::size_t vocab = tokens.weight->rows;
  Value value{
      ids.input_type, {dim(shape_.batch), dim(length_)}, random(shape_.batch * length_, 1.0)};
  for (double& id : value.numbers) id = std::floor((id + 1.0) / 2.0 * static_cast<double>(vocab));
  ids_ = value.numbers;
  evaluator_.bind(ids.name, std::move(value));
  return Status();
}

Status StackProbe::check_tokens(const Block& tokens) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr index, evaluator_.evaluate(tokens.inputs[0]));
  if (!is_index(index->type) || index->numbers != ids_)
    return different(tokens, "its indices are not the tokens as they are given");
  Dims dims = index->dims;
  dims.push_back(dim(architecture_.d_model));
  states_ = random(index->numbers.size() * architecture_.d_model, kWide);
  evaluator_.bind(tokens.output, {tokens.weight_type, std::move(dims), states_});
  for (double& number : states_) number *= static_cast<double>(stack_.embed_scale);
  return Status();
}

// Positions count from the start of the table that was read, which the family compares with its
// formula.
Status StackProbe::check_positions(const Block* positions) {
  if (positions == nullptr) return Status();
  const Tensor& table = *positions->weight;
  const std::size_t width = architecture_.d_model;
  const std::size_t first = stack_.position_offset;
  if (table.cols != width || table.rows < first + length_)
    return different(*positions, "a table of positions that is too small");
  for (std::size_t i = 0; i < length_; ++i) {
    const std::vector<float> row = row_of(table, first + i);
    for (std::size_t b = 0; b < shape_.batch; ++b) {
      for (std::size_t d = 0; d < width; ++d)
        states_[(b * length_ + i) * width + d] += static_cast<double>(row[d]);
    }
  }
  if (positions->inputs[0].empty()) return Status();  // a Slice, which runs as it stands
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr index, evaluator_.evaluate(positions->inputs[0]));
  if (!is_index(index->type)) return different(*positions, "its indices are no integers");
  Value rows{positions->weight_type, index->dims, {}};
  rows.dims.push_back(dim(width));
  for (const double at : index->numbers) {
    if (at < 0 || at >= static_cast<double>(table.rows))
      return different(*positions, "an index out of range");
    const std::vector<float> row = row_of(table, static_cast<std::size_t>(at));
    rows.numbers.insert(rows.numbers.end(), row.begin(), row.end());
  }
  evaluator_.bind(positions->output, std::move(rows));
  return Status();
}

Status StackProbe::enter(const Block& block, const std::vector<double>& expected) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(block.inputs[0]));
  if (block.weight_type != DataType::undefined && block.weight_type != read->type)
    return different(block, "its weight is not of the type of what it reads");
  return compare(*read, expected, block, "what it reads is not what the layer before it puts out");
}

Status StackProbe::leave(const Block& block, std::size_t width, double spread,
                         std::vector<double>& made) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(block.inputs[0]));
  Value out{read->type, read->dims, {}};
  const auto rows = read->numbers.size() / static_cast<std::size_t>(read->dims.back());
  out.dims.back() = dim(width);
  made = random(rows * width, spread);
  out.numbers = made;
  evaluator_.bind(block.output, std::move(out));
  return Status();
}

// Every input that the scores depend on is a mask over the keys: 1 where a key is seen, else 0.
Status StackProbe::bind_masks(const Branch& branch) {
  const bool cross = branch.type == Branch::Type::cross;
  const std::size_t keys = cross ? shape_.source : length_;
  std::vector<std::string_view> names;
  TRANSEPT_ASSIGN_OR_RETURN(const auto sources, blocks_.sources(branch.softmax->inputs[0]));
  for (const Source& source : sources) {
    if (source.block->kind != Block::Kind::input) continue;
    const Block& input = *source.block;
    names.push_back(input.name);
    auto known = masks_.of_input.find(input.name);
    if (known == masks_.of_input.end()) {
      if (evaluator_.bound(input.name))
        return different(*branch.softmax, "scores depend on an input that is no mask");
      known = masks_.of_input.emplace(input.name, random_mask(keys)).first;
      evaluator_.bind(input.name,
                      {input.input_type, {dim(shape_.batch), dim(keys)}, known->second});
    }
    if (known->second.size() != shape_.batch * keys)
      return different(*branch.softmax, "scores are masked as if they were for other keys");
  }
  std::sort(names.begin(), names.end());
  std::optional<std::vector<std::string_view>>& first = cross ? cross_masks_ : self_masks_;
  if (!first) first = names;
  if (*first != names)
    return different(*branch.softmax, "scores are not masked as in the layers before");
  return Status();
}

// The first position is always seen; in each sentence another is not.
std::vector<double> StackProbe::random_mask(std::size_t keys) {
  std::vector<double> mask = random(shape_.batch * keys, 1.0);
  for (double& number : mask) number = number < 0.2 ? 1.0 : 0.0;
  for (std::size_t b = 0; b < shape_.batch; ++b) {
    mask[b * keys] = 1.0;
    if (b + 1 < keys) mask[b * keys + 1 + b] = 0.0;
  }
  return mask;
}

std::vector<double> StackProbe::attention(
    const std::vector<double>& q, const std::vector<double>& k, const std::vector<double>& v,
    std::size_t keys, bool causal, const std::vector<const std::vector<double>*>& masks) const {
  const std::size_t width = stack_.heads * stack_.d_head;
  const double scale = stack_.attention_scale ? static_cast<double>(*stack_.attention_scale)
                                              : 1.0 / std::sqrt(static_cast<double>(stack_.d_head));
  std::vector<double> context(q.size(), 0.0);
  std::vector<double> scores(keys);
  for (std::size_t row = 0; row < shape_.batch * length_; ++row) {
    const std::size_t b = row / length_;
    for (std::size_t h = 0; h < stack_.heads; ++h) {
      const std::size_t column = h * stack_.d_head;
      double top = -INFINITY;
      for (std::size_t j = 0; j < keys; ++j) {
        bool seen = !causal || j <= row % length_;
        for (const auto* mask : masks) seen = seen && (*mask)[b * keys + j] != 0;
        double dot = 0.0;
        for (std::size_t d = column; d < column + stack_.d_head; ++d)
          dot += q[row * width + d] * k[(b * keys + j) * width + d];
        scores[j] = seen ? dot * scale : -INFINITY;
        top = std::max(top, scores[j]);
      }
      double sum = 0.0;
      for (double& score : scores) sum += score = std::exp(score - top);
      for (std::size_t j = 0; j < keys; ++j) {
        for (std::size_t d = column; d < column + stack_.d_head; ++d)
          context[row * width + d] += scores[j] / sum * v[(b * keys + j) * width + d];
      }
    }
  }
  return context;
}

Status StackProbe::check_attention(const Branch& branch, const std::vector<double>& memory) {
  const bool cross = branch.type == Branch::Type::cross;
  const std::size_t keys = cross ? shape_.source : length_;
  const std::size_t width = stack_.heads * stack_.d_head;
  for (const Block* block : {branch.q, branch.k, branch.v}) {
    if (block->weight->rows != width) {
      return different(*block, "it has " + std::to_string(block->weight->rows) +
                                   " outputs, but config.json's heads ask for " +
                                   std::to_string(width));
    }
  }
  std::vector<double> q, k, v;
  TRANSEPT_RETURN_IF_ERROR(enter(*branch.q, states_));
  // Mostly one value is read by all three.
  const std::string_view asked = cross ? std::string_view() : branch.q->inputs[0];
  for (const Block* block : {branch.k, branch.v}) {
    if (block->inputs[0] != asked)
      TRANSEPT_RETURN_IF_ERROR(enter(*block, cross ? memory : states_));
  }
  TRANSEPT_RETURN_IF_ERROR(leave(*branch.q, width, kWide, q));
  TRANSEPT_RETURN_IF_ERROR(leave(*branch.k, width, kWide, k));
  TRANSEPT_RETURN_IF_ERROR(leave(*branch.v, width, kWide, v));
  std::vector<const std::vector<double>*> masks;
  for (const std::string_view name : cross ? *cross_masks_ : *self_masks_)
    masks.push_back(&masks_.of_input.at(name));
  const auto context = attention(q, k, v, keys, causal_ && !cross, masks);
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(branch.last->inputs[0]));
  TRANSEPT_RETURN_IF_ERROR(compare(
      *read, context, *branch.softmax,
      "around it is not the attention of config.json's " + std::to_string(stack_.heads) +
          " heads: softmax(q k^T / sqrt(" + std::to_string(stack_.d_head) + ")) v, masked"));
  return leave(*branch.last, branch.last->weight->rows, largest(states_), branch_);
}

Status StackProbe::check_feed_forward(const Branch& branch) {
  TRANSEPT_RETURN_IF_ERROR(enter(*branch.first, states_));
  // Activations work on each number alone, so a few columns tell of all, unless shapes or biases
  // in the graph hold on to the width.
  const std::size_t width = branch.first->weight->rows;
  constexpr std::size_t kColumns = 16;
  if (branch.first->late_bias || width <= kColumns || !check_activation(branch, kColumns).ok())
    TRANSEPT_RETURN_IF_ERROR(check_activation(branch, width));
  const std::size_t rows = states_.size() / architecture_.d_model;
  branch_ = random(rows * architecture_.d_model, largest(states_));
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(branch.last->inputs[0]));
  Value out{read->type, read->dims, branch_};
  out.dims.back() = dim(architecture_.d_model);
  evaluator_.bind(branch.last->output, std::move(out));
  return Status();
}

Status StackProbe::check_activation(const Branch& branch, std::size_t width) {
  std::vector<double> hidden;
  evaluator_.forget_large();
  TRANSEPT_RETURN_IF_ERROR(leave(*branch.first, width, kWide, hidden));
  if (branch.first->late_bias) {
    const std::vector<float> bias = row_of(*branch.first->bias, 0);
    for (std::size_t i = 0; i < hidden.size(); ++i)
      hidden[i] += static_cast<double>(bias[i % bias.size()]);
  }
  for (double& number : hidden) number = activate(stack_.activation, number);
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(branch.last->inputs[0]));
  return compare(*read, hidden, *branch.first,
                 "the activation function after it is not the one of config.json");
}

// norm(x + branch(x)).
Status StackProbe::check_norm(const Branch& branch) {
  const std::size_t width = architecture_.d_model;
  const Block& norm = *branch.norm;
  if (branch.last->weight->rows != width || norm.weight->cols != width ||
      norm.bias->cols != width || (norm.skip_bias != nullptr && norm.skip_bias->cols != width)) {
    return different(norm, "its widths are not those of config.json");
  }
  const std::vector<float> gamma = row_of(*norm.weight, 0);
  const std::vector<float> beta = row_of(*norm.bias, 0);
  std::vector<float> skip(width, 0.0f);
  if (norm.skip_bias != nullptr) skip = row_of(*norm.skip_bias, 0);
  for (std::size_t first = 0; first < states_.size(); first += width) {
    double mean = 0.0;
    for (std::size_t d = 0; d < width; ++d) {
      states_[first + d] += branch_[first + d] + static_cast<double>(skip[d]);
      mean += states_[first + d] / static_cast<double>(width);
    }
    double variance = 0.0;
    for (std::size_t d = 0; d < width; ++d)
      variance += (states_[first + d] - mean) * (states_[first + d] - mean);
    const double deviation =
        std::sqrt(variance / static_cast<double>(width) + static_cast<double>(stack_.norm_eps));
    for (std::size_t d = 0; d < width; ++d) {
      states_[first + d] = (states_[first + d] - mean) / deviation * static_cast<double>(gamma[d]) +
                           static_cast<double>(beta[d]);
    }
  }
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr made, evaluator_.evaluate(norm.output));
  TRANSEPT_RETURN_IF_ERROR(
      compare(*made, states_, norm, "expected the layer norm of a residual sum"));
  states_ = random(states_.size(), kNarrow);
  evaluator_.bind(norm.output, {made->type, made->dims, states_});
  return Status();
}

Status StackProbe::check(const StackPlan& whole, const std::vector<double>& memory) {
  StackPlan plan = whole;
  plan.branches.resize(std::min(plan.branches.size(), shape_.branches));
  TRANSEPT_RETURN_IF_ERROR(bind_tokens(*plan.tokens));
  for (const Branch& branch : plan.branches) {
    if (branch.type != Branch::Type::ffn) TRANSEPT_RETURN_IF_ERROR(bind_masks(branch));
  }
  TRANSEPT_RETURN_IF_ERROR(check_tokens(*plan.tokens));
  TRANSEPT_RETURN_IF_ERROR(check_positions(plan.positions));
  for (const Branch& branch : plan.branches) {
    evaluator_.forget_large();
    TRANSEPT_RETURN_IF_ERROR(branch.type == Branch::Type::ffn ? check_feed_forward(branch)
                                                              : check_attention(branch, memory));
    TRANSEPT_RETURN_IF_ERROR(check_norm(branch));
  }
  evaluator_.forget_large();
  return Status();
}

Status StackProbe::check_output(std::string_view value) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr made, evaluator_.evaluate(value));
  const Dims expected = {dim(shape_.batch), dim(length_), dim(architecture_.d_model)};
  const std::string what = "it is not the output of the last layer";
  Block output;
  output.name = value;
  if (made->dims != expected) return different(output, what);
  return compare(*made, states_, output, what);
}

Status StackProbe::check_logits(const Block& head, std::string_view logits) {
  TRANSEPT_RETURN_IF_ERROR(enter(head, states_));
  if (logits == head.output) return Status();
  std::vector<double> made;
  TRANSEPT_RETURN_IF_ERROR(leave(head, head.weight->rows, kWide, made));
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(logits));
  const Dims expected = {dim(shape_.batch), dim(length_), dim(head.weight->rows)};
  const std::string what = "logits are changed after it";
  if (read->dims != expected) return different(head, what);
  return compare(*read, made, head, what);
}

}  // namespace transept::onnx
