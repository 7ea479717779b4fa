#include "model/graph/stack_probe.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/try.h"
#include "engine/network/positions.h"
#include "model/graph/stack_formulas.h"

namespace transept::graph {

using onnx::DataType;
using onnx::Dims;
using onnx::Evaluator;
using onnx::Value;
using onnx::ValuePtr;

namespace {

// Values whose norm's epsilon shows, and values over which activations and softmax bend.
constexpr double kNarrow = 0.01;
constexpr double kWide = 1.5;

// Largest difference, relative to the largest number: what float32 and half-precision constants
// leave of a formula in double.
constexpr double kTolerance = 1e-5;
constexpr double kHalfTolerance = 4e-3;

std::int64_t dim(std::size_t size) { return static_cast<std::int64_t>(size); }

// Numbers in [-1, 1), from the upper half of a linear congruential generator (Knuth 1997, MMIX).
// So many that no two rows of a usual width are the same when they are taken in turn.
constexpr std::size_t kRandom = 4093;

const std::array<double, kRandom>& random_numbers() {
  static const auto numbers = [] {
    std::array<double, kRandom> made{};
    std::uint64_t seed = 1;
    for (double& number : made) {
      seed = seed * 6364136223846793005 + 1442695040888963407;
      number = static_cast<double>(static_cast<std::int32_t>(seed >> 32)) * 0x1p-31;
    }
    return made;
  }();
  return numbers;
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
      pre_norm_(stack_.placement == NormPlacement::pre),
      causal_(side == Side::decoder),
      length_(side == Side::encoder ? shape.source : shape.target),
      random_(side == Side::encoder ? 0 : kRandom / 2) {}

std::vector<double> StackProbe::random(std::size_t count, double spread) {
  const auto& all = random_numbers();
  std::vector<double> numbers;
  numbers.reserve(count);
  while (numbers.size() < count) {
    const std::size_t taken = std::min(count - numbers.size(), kRandom - random_);
    std::transform(all.begin() + static_cast<std::ptrdiff_t>(random_),
                   all.begin() + static_cast<std::ptrdiff_t>(random_ + taken),
                   std::back_inserter(numbers), [spread](double x) { return spread * x; });
    random_ = (random_ + taken) % kRandom;
  }
  return numbers;
}

Status StackProbe::different(const Block& where, const std::string& what) const {
  return Status(Code::kUnsupported, blocks_.where(where) + ": " + what);
}

Status StackProbe::compare(const Value& value, const std::vector<double>& expected,
                           const Block& where, const std::string& what) const {
  if (!onnx::is_floating(value.type) || value.dims.empty() ||
      value.numbers.size() != expected.size()) {
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
  std::vector<double> memory(shape.batch * shape.source * architecture.d_model);
  for (std::size_t i = 0; i < memory.size(); ++i)
    memory[i] = random_numbers()[(kRandom / 3 + i) % kRandom];
  evaluator.bind(
      input.name,
      {input.input_type, {dim(shape.batch), dim(shape.source), dim(architecture.d_model)}, memory});
  return memory;
}

// Special tokens, which graphs may treat in their own ways, stand at the ends of a vocabulary.
Status StackProbe::bind_tokens(const Block& tokens) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto sources, blocks_.sources(tokens.inputs[0]));
  if (sources.size() != 1 || sources[0].block->kind != Block::Kind::input)
    return different(tokens, "its indices are not an input of the graph");
  const Block& ids = *sources[0].block;
  const auto vocab = static_cast<double>(tokens.weight->rows);
  Value value{
      ids.input_type, {dim(shape_.batch), dim(length_)}, random(shape_.batch * length_, 1.0)};
  for (double& id : value.numbers) id = std::floor((0.5 + 0.25 * id) * vocab);
  ids_ = value.numbers;
  evaluator_.bind(ids.name, std::move(value));
  return Status();
}

Status StackProbe::check_tokens(const Block& tokens) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr index, evaluator_.evaluate(tokens.inputs[0]));
  if (!onnx::is_index(index->type) || index->numbers != ids_)
    return different(tokens, "its indices are not the tokens as they are given");
  Dims dims = index->dims;
  dims.push_back(dim(architecture_.d_model));
  states_ = random(index->numbers.size() * architecture_.d_model, kWide);
  evaluator_.bind(tokens.output, {tokens.weight_type, std::move(dims), states_});
  for (double& number : states_) number *= static_cast<double>(stack_.embed_scale);
  return Status();
}

void StackProbe::add_computed_positions() {
  const std::size_t width = architecture_.d_model;
  const PositionTable table(stack_.positions, width, stack_.position_offset, nullptr);
  for (std::size_t at = 0; at < states_.size(); ++at)
    states_[at] += static_cast<double>(table.row(at / width % length_)[at % width]);
}

// Positions count from the start of the table that was read, which the family compares with its
// formula.
Status StackProbe::check_positions(const Block& positions) {
  const Tensor& table = *positions.weight;
  const std::size_t width = architecture_.d_model;
  const std::size_t first = stack_.position_offset;
  if (table.cols != width || table.rows < first + length_)
    return different(positions, "a table of positions that is too small");
  for (std::size_t i = 0; i < length_; ++i) {
    const std::vector<float> row = row_of(table, first + i);
    for (std::size_t b = 0; b < shape_.batch; ++b) {
      for (std::size_t d = 0; d < width; ++d)
        states_[(b * length_ + i) * width + d] += static_cast<double>(row[d]);
    }
  }
  if (positions.inputs[0].empty()) return Status();  // a Slice, which runs as it stands
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr index, evaluator_.evaluate(positions.inputs[0]));
  if (!onnx::is_index(index->type)) return different(positions, "its indices are no integers");
  Value rows{positions.weight_type, index->dims, {}};
  rows.dims.push_back(dim(width));
  for (const double at : index->numbers) {
    if (at < 0 || at >= static_cast<double>(table.rows))
      return different(positions, "an index out of range");
    const std::vector<float> row = row_of(table, static_cast<std::size_t>(at));
    rows.numbers.insert(rows.numbers.end(), row.begin(), row.end());
  }
  evaluator_.bind(positions.output, std::move(rows));
  return Status();
}

Status StackProbe::enter(const Block& block, const std::vector<double>& expected) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(block.inputs[0]));
  if (block.weight_type != DataType::undefined && block.weight_type != read->type)
    return different(block, "its weight is not of the type of what it reads");
  return compare(*read, expected, block, "what it reads is not what the layer before it puts out");
}

Result<ValuePtr> StackProbe::leave(const Block& block, std::size_t width, double spread) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(block.inputs[0]));
  const auto rows = read->numbers.size() / static_cast<std::size_t>(read->dims.back());
  Value out{read->type, read->dims, random(rows * width, spread)};
  out.dims.back() = dim(width);
  const auto made = std::make_shared<const Value>(std::move(out));
  evaluator_.bind(block.output, made);
  return ValuePtr(made);
}

// Inputs that scores depend on, through sums of scores and biases, too.
Status StackProbe::find_masks(std::string_view scores, std::vector<const Block*>& masks) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto sources, blocks_.sources(scores));
  for (const Source& source : sources) {
    const Block& block = *source.block;
    if (block.kind == Block::Kind::input &&
        std::find(masks.begin(), masks.end(), &block) == masks.end())
      masks.push_back(&block);
    if (block.kind != Block::Kind::add) continue;
    for (const std::string_view operand : block.inputs)
      TRANSEPT_RETURN_IF_ERROR(find_masks(operand, masks));
  }
  return Status();
}

// Every such input is a mask over the keys: 1 where a key is seen, else 0.
Status StackProbe::bind_masks(const Branch& branch) {
  const bool cross = branch.type == Branch::Type::cross;
  const std::size_t keys = cross ? shape_.source : length_;
  std::vector<const Block*> masks;
  TRANSEPT_RETURN_IF_ERROR(find_masks(branch.softmax->inputs[0], masks));
  std::vector<std::string_view> names;
  for (const Block* input : masks) {
    names.push_back(input->name);
    auto known = masks_.of_input.find(input->name);
    if (known == masks_.of_input.end()) {
      if (evaluator_.bound(input->name))
        return different(*branch.softmax, "scores depend on an input that is no mask");
      known = masks_.of_input.emplace(input->name, random_mask(keys)).first;
      evaluator_.bind(input->name,
                      {input->input_type, {dim(shape_.batch), dim(keys)}, known->second});
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

Result<std::vector<double>> StackProbe::buckets(const Block& table) {
  const bool fits = table.weight->cols == stack_.heads && stack_.relative &&
                    table.weight->rows == stack_.relative->buckets;
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr index, evaluator_.evaluate(table.inputs[0]));
  if (!fits || !onnx::is_index(index->type) || index->numbers.size() != length_ * length_)
    return different(table, "the relative position biases are not those of config.json");
  for (std::size_t i = 0; i < index->numbers.size(); ++i) {
    const std::int64_t distance = dim(i % length_) - dim(i / length_);
    if (causal_ && distance > 0) continue;  // masked
    if (!is_bucket(*stack_.relative, !causal_, distance, index->numbers[i]))
      return different(table, "positions fall into other buckets than those of config.json");
  }
  return index->numbers;
}

Result<std::vector<double>> StackProbe::added_scores(const StackPlan& plan, const Branch& branch) {
  const bool cross = branch.type == Branch::Type::cross;
  const std::size_t keys = cross ? shape_.source : length_;
  std::vector<double> added(shape_.batch * stack_.heads * length_ * keys, 0.0);
  std::vector<double> bucket;
  if (plan.relative != nullptr && !cross) {
    TRANSEPT_ASSIGN_OR_RETURN(bucket, buckets(*plan.relative));
  }
  for (std::size_t at = 0; at < added.size(); ++at) {
    const std::size_t j = at % keys;
    const std::size_t i = at / keys % length_;
    const std::size_t head = at / keys / length_ % stack_.heads;
    const std::size_t b = at / keys / length_ / stack_.heads;
    bool seen = !causal_ || cross || j <= i;
    for (const std::string_view name : cross ? *cross_masks_ : *self_masks_)
      seen = seen && masks_.of_input.at(name)[b * keys + j] != 0;
    if (!seen) {
      added[at] = -INFINITY;
    } else if (!bucket.empty()) {
      const auto row = static_cast<std::size_t>(bucket[i * keys + j]);
      added[at] = static_cast<double>(row_of(*plan.relative->weight, row)[head]);
    }
  }
  return added;
}

Status StackProbe::check_attention(const StackPlan& plan, const Branch& branch,
                                   const std::vector<double>& memory) {
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
  TRANSEPT_RETURN_IF_ERROR(enter(*branch.q, states_));
  // Mostly one value is read by all three.
  const std::string_view asked = cross ? std::string_view() : branch.q->inputs[0];
  for (const Block* block : {branch.k, branch.v}) {
    if (block->inputs[0] != asked)
      TRANSEPT_RETURN_IF_ERROR(enter(*block, cross ? memory : states_));
  }
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr q, leave(*branch.q, width, kWide));
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr k, leave(*branch.k, width, kWide));
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr v, leave(*branch.v, width, kWide));
  TRANSEPT_ASSIGN_OR_RETURN(const auto added, added_scores(plan, branch));
  const double scale = stack_.attention_scale ? static_cast<double>(*stack_.attention_scale)
                                              : 1.0 / std::sqrt(static_cast<double>(stack_.d_head));
  const Attention heads{shape_.batch, length_, keys, stack_.heads, stack_.d_head, scale};
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(branch.last->inputs[0]));
  TRANSEPT_RETURN_IF_ERROR(compare(
      *read, attend(heads, q->numbers, k->numbers, v->numbers, added), *branch.softmax,
      "around it is not the attention of config.json's " + std::to_string(stack_.heads) +
          " heads: softmax(q k^T / sqrt(" + std::to_string(stack_.d_head) + ")) v, masked"));
  TRANSEPT_ASSIGN_OR_RETURN(branch_,
                            leave(*branch.last, branch.last->weight->rows, largest(states_)));
  return Status();
}

Status StackProbe::check_feed_forward(const Branch& branch) {
  for (const Block* block : {branch.first, branch.gate}) {
    if (block != nullptr) TRANSEPT_RETURN_IF_ERROR(enter(*block, states_));
  }
  // Activations work on each number alone, so a few columns tell of all, unless shapes or biases
  // in the graph hold on to the width.
  const std::size_t width = branch.first->weight->rows;
  constexpr std::size_t kColumns = 16;
  if (branch.gate != nullptr && branch.gate->weight->rows != width)
    return different(*branch.gate, "it is not as wide as what it gates");
  const bool biased = branch.first->late_bias || (branch.gate != nullptr && branch.gate->late_bias);
  if (biased || width <= kColumns || !check_activation(branch, kColumns).ok())
    TRANSEPT_RETURN_IF_ERROR(check_activation(branch, width));
  const std::size_t rows = states_.size() / architecture_.d_model;
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(branch.last->inputs[0]));
  Value out{read->type, read->dims, random(rows * architecture_.d_model, largest(states_))};
  out.dims.back() = dim(architecture_.d_model);
  branch_ = std::make_shared<const Value>(std::move(out));
  evaluator_.bind(branch.last->output, branch_);
  return Status();
}

// What a layer of a feed-forward branch makes, once its bias is added.
Result<std::vector<double>> StackProbe::leave_hidden(const Block& block, std::size_t width) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr made, leave(block, width, kWide));
  std::vector<double> hidden = made->numbers;
  if (!block.late_bias) return hidden;
  const std::vector<float> bias = row_of(*block.bias, 0);
  for (std::size_t i = 0; i < hidden.size(); ++i)
    hidden[i] += static_cast<double>(bias[i % bias.size()]);
  return hidden;
}

Status StackProbe::check_activation(const Branch& branch, std::size_t width) {
  evaluator_.forget_large();
  TRANSEPT_ASSIGN_OR_RETURN(std::vector<double> hidden, leave_hidden(*branch.first, width));
  std::vector<double> gate;
  if (branch.gate != nullptr) {
    TRANSEPT_ASSIGN_OR_RETURN(gate, leave_hidden(*branch.gate, width));
  }
  for (double& number : branch.gate != nullptr ? gate : hidden)
    number = activate(stack_.activation, number);
  for (std::size_t i = 0; i < gate.size(); ++i) hidden[i] *= gate[i];
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(branch.last->inputs[0]));
  return compare(*read, hidden, *branch.first,
                 "the activation function after it is not the one of config.json");
}

void StackProbe::replace(const Block& block, const Value& made) {
  states_ = random(states_.size(), kNarrow);
  evaluator_.bind(block.output, {made.type, made.dims, states_});
}

Status StackProbe::check_norm(const Block& norm) {
  const std::size_t width = architecture_.d_model;
  for (const TensorPtr& tensor : {norm.weight, norm.bias, norm.skip_bias}) {
    if (tensor != nullptr && tensor->cols != width)
      return different(norm, "its widths are not those of config.json");
  }
  if (norm.skip_bias != nullptr) {
    const std::vector<float> skip = row_of(*norm.skip_bias, 0);
    for (std::size_t i = 0; i < states_.size(); ++i)
      states_[i] += static_cast<double>(skip[i % width]);
  }
  std::vector<float> beta(width, 0.0f);
  if (norm.bias != nullptr) beta = row_of(*norm.bias, 0);
  normalise(stack_.norm, static_cast<double>(stack_.norm_eps), row_of(*norm.weight, 0), beta,
            states_);
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr made, evaluator_.evaluate(norm.output));
  TRANSEPT_RETURN_IF_ERROR(compare(
      *made, states_, norm,
      pre_norm_ ? "expected a norm of the states" : "expected the layer norm of a residual sum"));
  replace(norm, *made);
  return Status();
}

Status StackProbe::check_sum(const Block& sum) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr made, evaluator_.evaluate(sum.output));
  TRANSEPT_RETURN_IF_ERROR(compare(*made, states_, sum, "expected a residual sum"));
  replace(sum, *made);
  return Status();
}

// norm(x + branch(x)), or x + branch(norm(x)).
Status StackProbe::check_branch(const StackPlan& plan, const Branch& branch,
                                const std::vector<double>& memory) {
  evaluator_.forget_large();
  std::vector<double> stream;
  if (pre_norm_) {
    stream = states_;
    TRANSEPT_RETURN_IF_ERROR(check_norm(*branch.norm));
  }
  TRANSEPT_RETURN_IF_ERROR(branch.type == Branch::Type::ffn
                               ? check_feed_forward(branch)
                               : check_attention(plan, branch, memory));
  evaluator_.forget_large();
  if (branch_->numbers.size() != states_.size())
    return different(*branch.last, "its width is not that of config.json");
  if (pre_norm_) states_ = std::move(stream);
  for (std::size_t i = 0; i < states_.size(); ++i) states_[i] += branch_->numbers[i];
  return pre_norm_ ? check_sum(*branch.sum) : check_norm(*branch.norm);
}

// The states under the name by which the first layer knows them.
Status StackProbe::check_entry(const StackPlan& plan, std::string_view entry) {
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(entry));
  TRANSEPT_RETURN_IF_ERROR(
      compare(*read, states_, *plan.tokens, "behind it is not what the first layer should read"));
  evaluator_.bind(entry, {read->type, read->dims, states_});
  return Status();
}

Status StackProbe::check(const StackPlan& plan, const std::vector<double>& memory,
                         const std::optional<std::string_view>& entry) {
  TRANSEPT_RETURN_IF_ERROR(bind_tokens(*plan.tokens));
  // Shapes may be read off masks anywhere.
  for (const Branch& branch : plan.branches) {
    if (branch.type != Branch::Type::ffn) TRANSEPT_RETURN_IF_ERROR(bind_masks(branch));
  }
  TRANSEPT_RETURN_IF_ERROR(check_tokens(*plan.tokens));
  if (plan.positions != nullptr) {
    TRANSEPT_RETURN_IF_ERROR(check_positions(*plan.positions));
  } else if (stack_.positions != Positions::none) {
    add_computed_positions();
  }
  if (plan.embed_norm != nullptr) TRANSEPT_RETURN_IF_ERROR(check_norm(*plan.embed_norm));
  if (entry) TRANSEPT_RETURN_IF_ERROR(check_entry(plan, *entry));
  for (std::size_t i = 0; i < plan.branches.size(); ++i) {
    if (entry && i == plan.per_layer) {
      // A layer that puts out what it got, and so would all the others.
      TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr first, evaluator_.evaluate(*entry));
      TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr put,
                                evaluator_.evaluate(plan.branches[i - 1].end(pre_norm_).output));
      if (first->type == put->type && first->dims == put->dims) {
        replace(plan.branches.back().end(pre_norm_), *put);
        break;
      }
    }
    TRANSEPT_RETURN_IF_ERROR(check_branch(plan, plan.branches[i], memory));
  }
  evaluator_.forget_large();
  if (plan.final_norm != nullptr) TRANSEPT_RETURN_IF_ERROR(check_norm(*plan.final_norm));
  evaluator_.forget_large();
  return Status();
}

// Buckets depend on shapes alone.
Status StackProbe::check_buckets(const StackPlan& plan) {
  if (plan.relative == nullptr) return Status();
  TRANSEPT_RETURN_IF_ERROR(bind_tokens(*plan.tokens));
  const auto bind_zeros = [&](const Block& block, std::size_t width) {
    evaluator_.bind(block.output, {DataType::f32,
                                   {dim(shape_.batch), dim(length_), dim(width)},
                                   std::vector<double>(shape_.batch * length_ * width, 0.0)});
  };
  bind_zeros(*plan.tokens, architecture_.d_model);
  const Branch& branch = plan.branches.front();
  if (pre_norm_) bind_zeros(*branch.norm, architecture_.d_model);
  for (const Block* block : {branch.q, branch.k, branch.v})
    bind_zeros(*block, stack_.heads * stack_.d_head);
  return buckets(*plan.relative).status();
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
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr made, leave(head, head.weight->rows, kWide));
  TRANSEPT_ASSIGN_OR_RETURN(const ValuePtr read, evaluator_.evaluate(logits));
  const Dims expected = {dim(shape_.batch), dim(length_), dim(head.weight->rows)};
  const std::string what = "logits are changed after it";
  if (read->dims != expected) return different(head, what);
  return compare(*read, made->numbers, head, what);
}

}  // namespace transept::graph
