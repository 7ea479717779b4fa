#include "model/graph/layer_twins.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace transept::graph {
namespace {

using onnx::Attribute;
using onnx::Definition;
using onnx::Node;
using onnx::TensorData;

// Operators between two blocks, one under another.
constexpr std::size_t kMaxDepth = 400;

bool same_bytes(const TensorData& a, const TensorData& b) {
  return a.bytes.size() == b.bytes.size() &&
         (a.bytes.data() == b.bytes.data() ||
          std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin()));
}

bool same_attribute(const Attribute& a, const Attribute& b) {
  if (a.graph != nullptr || b.graph != nullptr) return false;
  if ((a.tensor == nullptr) != (b.tensor == nullptr)) return false;
  if (a.tensor != nullptr &&
      (a.tensor->type != b.tensor->type || a.tensor->dims != b.tensor->dims ||
       !same_bytes(*a.tensor, *b.tensor)))
    return false;
  return a.name == b.name && a.f == b.f && a.i == b.i && a.s == b.s && a.floats == b.floats &&
         a.ints == b.ints;
}

// Whether a parameter has numbers that no operation leaves as they are or takes for another's:
// x * 1, x / 1 and x + 0 tell nothing of what they do to 2.
bool is_telling(const Tensor& tensor) {
  std::vector<float> row(tensor.cols);
  read_rows(tensor, 0, 1, row.data());
  return std::any_of(row.begin(), row.end(), [](float x) { return x != 0 && x != 1 && x != -1; });
}

// Compares one layer after another with the first.
class Twins {
 public:
  Twins(const onnx::Scope& scope, const StackPlan& plan, bool pre_norm, std::string_view memory)
      : scope_(scope), plan_(plan), pre_norm_(pre_norm), memory_(memory) {
    for (const Block* block : {plan.tokens, plan.positions, plan.embed_norm}) put_made(block);
    for (const Branch& branch : plan.branches) {
      for (const Block* block : {branch.q, branch.k, branch.v, branch.last, branch.first,
                                 branch.gate, branch.norm, &branch.end(pre_norm)})
        put_made(block);
    }
  }

  bool same_layer(std::size_t layer) {
    counterpart_.clear();
    compared_.clear();
    parameters_.clear();
    const Branch* second = &plan_.branches[layer * plan_.per_layer];
    stream_ = second[-1].end(pre_norm_).output;
    for (std::size_t i = 0; i < plan_.per_layer; ++i) {
      if (!same_branch(plan_.branches[i], second[i])) return false;
    }
    return true;
  }
  std::string_view entry() const { return entry_; }

 private:
  void put_made(const Block* block) {
    if (block != nullptr) made_.insert(block->output);
  }

  // In the order of the data, so that what a layer reads is met first. A block's own output stands
  // for it from then on.
  bool same_branch(const Branch& a, const Branch& b) {
    put_parameter(a.norm->weight, b.norm->weight);
    put_parameter(a.norm->bias, b.norm->bias);
    put_parameter(a.norm->skip_bias, b.norm->skip_bias);
    if (pre_norm_ && !same_result(*a.norm, *b.norm)) return false;
    for (const auto member :
         {&Branch::q, &Branch::k, &Branch::v, &Branch::first, &Branch::gate, &Branch::last}) {
      if (!same_reader(a.*member, b.*member)) return false;
    }
    return same_result(a.end(pre_norm_), b.end(pre_norm_));
  }

  // Whether two layers of weights read the same; what they make corresponds.
  bool same_reader(const Block* a, const Block* b) {
    if (a == nullptr || b == nullptr) return a == b;
    if (a->weight_type != b->weight_type || a->late_bias != b->late_bias) return false;
    if (a->late_bias) put_parameter(a->bias, b->bias);
    if (!same(a->inputs[0], b->inputs[0])) return false;
    counterpart_[a->output] = b->output;
    return true;
  }

  // Whether the nodes that make the results of two blocks do the same.
  bool same_result(const Block& a, const Block& b) {
    const Definition of_a = scope_.find(a.output);
    const Definition of_b = scope_.find(b.output);
    if (of_a.node == nullptr || of_b.node == nullptr || of_a.output != of_b.output ||
        !same_node(*of_a.node, *of_b.node)) {
      return false;
    }
    counterpart_[a.output] = b.output;
    return true;
  }

  void put_parameter(const TensorPtr& a, const TensorPtr& b) {
    if (a != nullptr && b != nullptr && is_telling(*a))
      parameters_.emplace_back(a->bytes.data(), b->bytes.data());
  }

  bool same(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    const auto known = counterpart_.find(a);
    if (known != counterpart_.end()) return known->second == b;
    if (b == stream_) {
      if (entry_.empty()) entry_ = a;
      return a == entry_;
    }
    if (a == memory_ || b == memory_) return a == b;
    if (a == entry_ || made_.count(a) != 0 || made_.count(b) != 0) return false;
    if (a == b) return !entry_.empty() && is_apart(a);
    const Definition of_a = scope_.find(a);
    const Definition of_b = scope_.find(b);
    if (is_identity(of_a)) return same(of_a.node->inputs[0], b);
    if (is_identity(of_b)) return same(a, of_b.node->inputs[0]);
    if (const TensorData* data = data_of(of_a)) {
      const TensorData* other = data_of(of_b);
      return other != nullptr && same_data(*data, *other);
    }
    return of_a.node != nullptr && of_b.node != nullptr && of_a.output == of_b.output &&
           same_node(*of_a.node, *of_b.node);
  }

  bool same_node(const Node& a, const Node& b) {
    if (!compared_.insert({&a, &b}).second) return true;
    if (a.op_type != b.op_type || a.domain != b.domain || a.inputs.size() != b.inputs.size() ||
        a.outputs.size() != b.outputs.size() ||
        !std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(),
                    b.attributes.end(), same_attribute)) {
      return false;
    }
    if (depth_ == kMaxDepth) return false;
    ++depth_;
    for (std::size_t i = 0; i < a.inputs.size(); ++i) {
      if (!same(a.inputs[i], b.inputs[i])) return false;
    }
    --depth_;
    return true;
  }

  bool same_data(const TensorData& a, const TensorData& b) const {
    if (a.type != b.type || a.dims != b.dims) return false;
    return same_bytes(a, b) || std::count(parameters_.begin(), parameters_.end(),
                                          std::pair(a.bytes.data(), b.bytes.data())) != 0;
  }

  // Whether a value that two layers read by one name is made of nothing that layers made, but for
  // shapes.
  bool is_apart(std::string_view name) {
    if (name.empty() || name == memory_) return true;
    if (name == entry_ || made_.count(name) != 0) return false;
    const Node* node = scope_.find(name).node;
    if (node == nullptr || node->op_type == "Shape" || node->op_type == "Size") return true;
    if (!apart_.insert(node).second) return true;
    const bool has_graph =
        std::any_of(node->attributes.begin(), node->attributes.end(),
                    [](const Attribute& attribute) { return attribute.graph != nullptr; });
    if (has_graph || depth_ == kMaxDepth) return false;
    ++depth_;
    for (const std::string_view input : node->inputs) {
      if (!is_apart(input)) return false;
    }
    --depth_;
    return true;
  }

  static bool is_identity(const Definition& found) {
    return found.node != nullptr && found.node->op_type == "Identity" &&
           found.node->domain.empty() && found.node->inputs.size() == 1;
  }
  static const TensorData* data_of(const Definition& found) {
    if (found.node == nullptr || found.node->op_type != "Constant") return found.initializer;
    const Attribute* value = found.node->attribute("value");
    return value != nullptr ? value->tensor.get() : nullptr;
  }

  const onnx::Scope& scope_;
  const StackPlan& plan_;
  bool pre_norm_;
  std::string_view memory_;
  std::string_view stream_;                    // what the layer that is compared reads
  std::string_view entry_;                     // what the first layer reads in its place
  std::unordered_set<std::string_view> made_;  // by blocks of any layer
  std::unordered_map<std::string_view, std::string_view> counterpart_;
  std::set<std::pair<const Node*, const Node*>> compared_;
  std::unordered_set<const Node*> apart_;
  std::vector<std::pair<const std::byte*, const std::byte*>> parameters_;
  std::size_t depth_ = 0;
};

}  // namespace

std::optional<std::string_view> repeated_input(const onnx::Scope& scope, const StackPlan& plan,
                                               bool pre_norm, std::string_view memory) {
  Twins twins(scope, plan, pre_norm, memory);
  for (std::size_t layer = 1; layer * plan.per_layer < plan.branches.size(); ++layer) {
    if (!twins.same_layer(layer)) return std::nullopt;
  }
  if (twins.entry().empty()) return std::nullopt;
  return twins.entry();
}

}  // namespace transept::graph
