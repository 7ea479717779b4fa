// Roles read out of graphs of every form of the grammar: real exports of several families against
// their checkpoints, and graphs made here, each of which only its own architecture accepts.
#include "model/graph/export_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/network/roles.h"
#include "model/formats/safetensors/safetensors.h"
#include "tests/support/byte_edits.h"
#include "tests/support/files.h"
#include "tests/support/onnx_builder.h"
#include "tests/support/temp_path.h"

namespace transept::graph {
namespace {

namespace fs = std::filesystem;
using namespace testing_onnx;
using testing::HasSubstr;

std::vector<float> values(const Tensor& tensor) {
  std::vector<float> out(tensor.elements());
  read_rows(tensor, 0, tensor.rows, out.data());
  return out;
}

// ---- exports of other families -------------------------------------------------------------------

// What differs between families, and what their checkpoints call each group of roles.
struct Export {
  std::string name;
  std::string decoder = "decoder_model.onnx";
  Architecture architecture;
  std::map<std::string, std::string> names;
};

// Names of BART and what was made after it.
std::map<std::string, std::string> bart_names(const Architecture& architecture) {
  std::map<std::string, std::string> names = {{std::string(kHead), "model.shared"}};
  const auto add = [&](const StackGroups& groups, const std::string& stack) {
    names[groups.embed] = "model.shared";
    names[groups.positions] = stack + ".embed_positions";
    names[groups.embed_norm] = stack + ".layernorm_embedding";
    names[groups.norm] = stack + ".layer_norm";
    for (std::size_t i = 0; i < groups.layers.size(); ++i) {
      const std::string layer = stack + ".layers." + std::to_string(i);
      const auto attention = [&](const AttentionGroups& part, const std::string& name) {
        names[part.q] = name + ".q_proj";
        names[part.k] = name + ".k_proj";
        names[part.v] = name + ".v_proj";
        names[part.o] = name + ".out_proj";
        names[part.norm] = name + "_layer_norm";
      };
      attention(groups.layers[i].self, layer + ".self_attn");
      attention(groups.layers[i].cross, layer + ".encoder_attn");
      names[groups.layers[i].ffn.in] = layer + ".fc1";
      names[groups.layers[i].ffn.out] = layer + ".fc2";
      names[groups.layers[i].ffn.norm] = layer + ".final_layer_norm";
    }
  };
  add(encoder_groups(architecture.encoder.layers), "model.encoder");
  add(decoder_groups(architecture.decoder.layers), "model.decoder");
  return names;
}

std::map<std::string, std::string> t5_names(const Architecture& architecture) {
  std::map<std::string, std::string> names = {{std::string(kHead), "lm_head"}};
  const auto add = [&](const StackGroups& groups, const std::string& stack, bool decodes) {
    names[groups.embed] = "shared";
    names[groups.relative] = stack + ".block.0.layer.0.SelfAttention.relative_attention_bias";
    names[groups.norm] = stack + ".final_layer_norm";
    for (std::size_t i = 0; i < groups.layers.size(); ++i) {
      const std::string block = stack + ".block." + std::to_string(i) + ".layer.";
      const auto attention = [&](const AttentionGroups& part, const std::string& layer,
                                 const std::string& name) {
        names[part.q] = layer + name + ".q";
        names[part.k] = layer + name + ".k";
        names[part.v] = layer + name + ".v";
        names[part.o] = layer + name + ".o";
        names[part.norm] = layer + ".layer_norm";
      };
      attention(groups.layers[i].self, block + "0", ".SelfAttention");
      attention(groups.layers[i].cross, block + "1", ".EncDecAttention");
      const std::string ffn = block + (decodes ? "2" : "1");
      names[groups.layers[i].ffn.gate] = ffn + ".DenseReluDense.wi_0";
      names[groups.layers[i].ffn.in] = ffn + ".DenseReluDense.wi_1";
      names[groups.layers[i].ffn.out] = ffn + ".DenseReluDense.wo";
      names[groups.layers[i].ffn.norm] = ffn + ".layer_norm";
    }
  };
  add(encoder_groups(architecture.encoder.layers), "encoder", false);
  add(decoder_groups(architecture.decoder.layers), "decoder", true);
  return names;
}

Architecture both(const Stack& stack, std::size_t decoder_layers, std::size_t vocab,
                  bool has_head_bias) {
  Architecture architecture{.d_model = 32, .src_vocab = vocab, .tgt_vocab = vocab};
  architecture.encoder = architecture.decoder = stack;
  architecture.decoder.layers = decoder_layers;
  architecture.decoder.visibility = Visibility::past;
  architecture.has_head_bias = has_head_bias;
  return architecture;
}

std::vector<Export> exports() {
  const Architecture bart = both({.layers = 2,
                                  .heads = 2,
                                  .d_head = 16,
                                  .d_ff = 72,
                                  .activation = Activation::gelu,
                                  .embed_norm = true,
                                  .positions = Positions::learned,
                                  .position_offset = 2,
                                  .max_positions = 128},
                                 2, 481, true);
  const Architecture m2m100 = both({.layers = 2,
                                    .heads = 2,
                                    .d_head = 16,
                                    .d_ff = 64,
                                    .placement = NormPlacement::pre,
                                    .final_norm = true,
                                    .positions = Positions::sinusoid_fairseq,
                                    .position_offset = 2,
                                    .max_positions = 128,
                                    .embed_scale = std::sqrt(32.0f)},
                                   1, 509, false);
  const Architecture mbart = both({.layers = 2,
                                   .heads = 4,
                                   .d_head = 8,
                                   .d_ff = 80,
                                   .placement = NormPlacement::pre,
                                   .activation = Activation::gelu,
                                   .embed_norm = true,
                                   .final_norm = true,
                                   .positions = Positions::learned,
                                   .position_offset = 2,
                                   .max_positions = 128,
                                   .embed_scale = std::sqrt(32.0f)},
                                  1, 454, true);
  const Architecture t5 = both({.layers = 2,
                                .heads = 3,
                                .d_head = 8,
                                .d_ff = 56,
                                .placement = NormPlacement::pre,
                                .norm = NormRule::rms,
                                .norm_eps = 1e-6f,
                                .activation = Activation::gelu_new,
                                .gated = true,
                                .biases = false,
                                .final_norm = true,
                                .positions = Positions::none,
                                .relative = RelativeBias{32, 128},
                                .attention_scale = 1.0f},
                               2, 512, false);
  return {{"bart", "decoder_model.onnx", bart, bart_names(bart)},
          {"m2m100", "decoder_model.onnx", m2m100, bart_names(m2m100)},
          {"mbart50", "decoder_model.onnx", mbart, bart_names(mbart)},
          {"t5-v1_1", "decoder_model_merged.onnx", t5, t5_names(t5)}};
}

Result<ExportRoles> read(const fs::path& encoder, const fs::path& decoder,
                         const Architecture& architecture) {
  ExportGraphs graphs;
  auto first = onnx::open_model(encoder);
  auto second = onnx::open_model(decoder);
  if (!first.ok()) return first.status();
  if (!second.ok()) return second.status();
  graphs.encoder = *std::move(first);
  graphs.decoder = *std::move(second);
  return read_export(graphs, architecture);
}

Result<ExportRoles> read(const Export& one, const Architecture& architecture) {
  const fs::path directory = fs::path(TRANSEPT_TEST_DATA) / "graph" / one.name;
  return read(directory / "encoder_model.onnx", directory / one.decoder, architecture);
}

class OtherFamilies : public testing::TestWithParam<Export> {};

TEST_P(OtherFamilies, EveryRoleEqualsTheCheckpoint) {
  const auto found = read(GetParam(), GetParam().architecture);
  ASSERT_TRUE(found.ok()) << found.status().message();
  const fs::path directory = fs::path(TRANSEPT_TEST_DATA) / "graph" / GetParam().name;
  WeightFiles files;
  const auto checkpoint = read_safetensors(directory / "model.safetensors", files);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  TensorMap more = found->tensors;
  for (const Role& role : roles_of(GetParam().architecture)) {
    more.erase(role.name);
    const std::size_t dot = role.name.rfind('.');
    const bool head_bias = role.name == bias_of(kHead);
    const std::string name =
        head_bias ? "final_logits_bias"
                  : GetParam().names.at(role.name.substr(0, dot)) + role.name.substr(dot);
    ASSERT_EQ(checkpoint->tensors.count(name), 1u) << role.name << ": " << name;
    ASSERT_EQ(found->tensors.count(role.name), 1u) << role.name;
    const Tensor& tensor = *found->tensors.at(role.name);
    EXPECT_EQ(tensor.rows, role.rows) << role.name;
    EXPECT_EQ(values(tensor), values(*checkpoint->tensors.at(name)))
        << role.name << ", " << tensor.origin;
  }
  // What is stored where a formula will do.
  more.erase(weight_of(encoder_groups().positions));
  more.erase(weight_of(decoder_groups().positions));
  EXPECT_TRUE(more.empty()) << more.begin()->first;
}

// Whatever an architecture says that the graph does not do is refused.
TEST_P(OtherFamilies, OtherArchitecturesAreRefused) {
  const auto refused = [&](const std::string& what, auto change) {
    Architecture other = GetParam().architecture;
    for (Stack* stack : {&other.encoder, &other.decoder}) change(*stack);
    const auto found = read(GetParam(), other);
    ASSERT_FALSE(found.ok()) << what;
    EXPECT_THAT(found.status().message(), HasSubstr("coder_model")) << what;
  };
  const auto flip = [](NormPlacement& placement) {
    placement = placement == NormPlacement::pre ? NormPlacement::post : NormPlacement::pre;
  };
  refused("placement", [&](Stack& stack) { flip(stack.placement); });
  refused("gate", [](Stack& stack) { stack.gated = !stack.gated; });
  refused("final norm", [](Stack& stack) { stack.final_norm = !stack.final_norm; });
  refused("norm of embeddings", [](Stack& stack) { stack.embed_norm = !stack.embed_norm; });
  refused("norm", [](Stack& stack) {
    stack.norm = stack.norm == NormRule::layer ? NormRule::rms : NormRule::layer;
  });
  refused("eps", [](Stack& stack) { stack.norm_eps *= 2; });
  refused("layers", [](Stack& stack) { stack.layers += 1; });
  refused("heads", [](Stack& stack) {
    stack.heads *= 2;
    stack.d_head /= 2;
  });
  refused("activation", [](Stack& stack) { stack.activation = Activation::swish; });
  refused("embedding scale", [](Stack& stack) { stack.embed_scale *= 1.5f; });
  refused("attention scale", [](Stack& stack) { stack.attention_scale = 0.7f; });
  refused("relative bias", [](Stack& stack) {
    stack.relative = stack.relative ? std::nullopt : std::optional(RelativeBias{32, 128});
  });
  if (GetParam().architecture.encoder.relative) {
    refused("distance", [](Stack& stack) { stack.relative->max_distance = 100; });
    refused("buckets", [](Stack& stack) { stack.relative->buckets = 16; });
    refused("positions", [](Stack& stack) { stack.positions = Positions::sinusoid; });
  } else {
    refused("offset", [](Stack& stack) { stack.position_offset += 1; });
    refused("no positions", [](Stack& stack) { stack.positions = Positions::none; });
    refused("no biases", [](Stack& stack) { stack.biases = false; });
  }
}

// As mutants_test.cpp has them of Marian's exports.
TEST_P(OtherFamilies, NoMutantPassesInSilence) {
  const char* other = std::getenv("FAMILY_MUTANTS");
  const fs::path data = fs::path(TRANSEPT_TEST_DATA) / "graph";
  std::ifstream recorded(other != nullptr ? fs::path(other) : data / "family_mutants.jsonl");
  const fs::path original = data / GetParam().name;
  std::size_t count = 0;
  for (std::string line; std::getline(recorded, line);) {
    const auto mutant = nlohmann::json::parse(line);
    const std::string file = mutant.at("file");
    if (fs::path(file).parent_path() != GetParam().name) continue;
    ++count;
    const std::string name = fs::path(file).filename();
    const std::string changed = write_file(temp_path("export_reader_test_" + name),
                                           edited(read_file(data / file), mutant.at("edits")));
    const bool is_encoder = name == "encoder_model.onnx";
    const auto found = read(is_encoder ? fs::path(changed) : original / "encoder_model.onnx",
                            is_encoder ? original / GetParam().decoder : fs::path(changed),
                            GetParam().architecture);
    EXPECT_FALSE(found.ok()) << file << ", " << mutant.at("mutant") << ": onnxruntime "
                             << mutant.at("verdict");
  }
  EXPECT_GT(count, 40u);
}

std::string export_name(const testing::TestParamInfo<Export>& info) {
  return info.param.name.substr(0, info.param.name.find('-'));
}

INSTANTIATE_TEST_SUITE_P(Exports, OtherFamilies, testing::ValuesIn(exports()), export_name);

// ---- graphs made here ----------------------------------------------------------------------------

constexpr std::size_t kWidth = 8;
constexpr std::size_t kVocab = 11;

// Writes the graph of one stack, as its architecture says, and keeps its parameters by role.
class GraphMaker {
 public:
  GraphMaker(const Architecture& architecture, std::map<std::string, std::vector<float>>& made)
      : architecture_(architecture), made_(made) {}

  std::string encoder() {
    stack_ = &architecture_.encoder;
    inputs_ = {value("ids", 7), value("mask", 7)};
    const std::string out = run(encoder_groups(stack_->layers), "");
    return file(out, "last_hidden_state");
  }

  std::string decoder() {
    stack_ = &architecture_.decoder;
    inputs_ = {value("ids", 7), value("mask", 7), value("memory", 1)};
    const std::string out = run(decoder_groups(stack_->layers), "memory");
    return file(linear(out, std::string(kHead), kVocab, kWidth, false), "logits");
  }

 private:
  using Names = std::vector<std::string>;

  std::string op(const std::string& type, const Names& in, const Names& attributes = {}) {
    nodes_.push_back(node(type, in, {"v" + std::to_string(nodes_.size())}, attributes));
    return "v" + std::to_string(nodes_.size() - 1);
  }
  std::string file(const std::string& from, const std::string& output) {
    nodes_.push_back(node("Identity", {from}, {output}));
    return model(testing_onnx::graph({.nodes = nodes_,
                                      .initializers = initializers_,
                                      .inputs = inputs_,
                                      .outputs = {value(output, 1)}}));
  }
  std::string put(const std::vector<std::int64_t>& dims, const std::vector<float>& numbers) {
    const std::string name = "c" + std::to_string(initializers_.size());
    initializers_.push_back(floats(name, dims, numbers));
    return name;
  }
  std::string number(double x) { return put({}, {static_cast<float>(x)}); }
  std::string integers(const std::vector<std::int64_t>& numbers, bool scalar = false) {
    const std::string name = "c" + std::to_string(initializers_.size());
    const auto count = static_cast<std::int64_t>(numbers.size());
    initializers_.push_back(
        tensor(name, 7, scalar ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{count},
               raw(numbers)));
    return name;
  }
  // A parameter [rows, cols], stored with its dimensions swapped where `turned`.
  std::string parameter(const std::string& role, std::size_t rows, std::size_t cols, bool turned) {
    std::vector<float>& numbers = made_[role];
    for (std::size_t i = 0; i < rows * cols; ++i) {
      seed_ = seed_ * 747796405u + 2891336453u;
      numbers.push_back(static_cast<float>(seed_ >> 8) / (1 << 24) - 0.4f);
    }
    const auto r = static_cast<std::int64_t>(rows);
    const auto c = static_cast<std::int64_t>(cols);
    if (rows == 1) return put({c}, numbers);
    if (!turned) return put({r, c}, numbers);
    std::vector<float> stored(numbers.size());
    for (std::size_t i = 0; i < stored.size(); ++i) stored[i % cols * rows + i / cols] = numbers[i];
    return put({c, r}, stored);
  }

  std::string linear(const std::string& x, const std::string& group, std::size_t out,
                     std::size_t in, bool biased) {
    const std::string y = op("MatMul", {x, parameter(weight_of(group), out, in, true)});
    return biased ? op("Add", {parameter(bias_of(group), 1, out, false), y}) : y;
  }
  std::string norm(const std::string& x, const std::string& group) {
    const std::string gamma = parameter(weight_of(group), 1, kWidth, false);
    const Names last = {ints_attribute("axes", {-1})};
    if (stack_->norm == NormRule::rms) {
      const std::string mean = op("ReduceMean", {op("Pow", {x, number(2)})}, last);
      const std::string root = op("Sqrt", {op("Add", {mean, number(stack_->norm_eps)})});
      return op("Mul", {gamma, op("Mul", {x, op("Div", {number(1), root})})});
    }
    const std::string centred = op("Sub", {x, op("ReduceMean", {x}, last)});
    const std::string variance = op("ReduceMean", {op("Pow", {centred, number(2)})}, last);
    const std::string root = op("Sqrt", {op("Add", {variance, number(stack_->norm_eps)})});
    const std::string scaled = op("Mul", {op("Div", {centred, root}), gamma});
    return op("Add", {scaled, parameter(bias_of(group), 1, kWidth, false)});
  }

  std::string range(const std::string& of) {
    const std::string length =
        op("Gather", {op("Shape", {of}), integers({1}, true)}, {int_attribute("axis", 0)});
    return op("Range", {integers({0}, true), length, integers({1}, true)});
  }
  std::string embedding(const StackGroups& groups) {
    std::string x =
        op("Gather", {parameter(weight_of(groups.embed), kVocab, kWidth, false), "ids"});
    if (stack_->embed_scale != 1.0f) x = op("Mul", {x, number(stack_->embed_scale)});
    if (stack_->positions == Positions::learned) {
      const auto offset = static_cast<std::int64_t>(stack_->position_offset);
      const std::string table =
          parameter(weight_of(groups.positions), stack_->max_positions + offset, kWidth, false);
      x = op("Add",
             {x, op("Gather", {table, op("Add", {range("ids"), integers({offset}, true)})})});
    } else if (stack_->positions == Positions::sinusoid) {
      std::vector<float> frequencies;
      for (std::size_t j = 0; j < kWidth / 2; ++j) {
        frequencies.push_back(static_cast<float>(
            std::pow(10000.0, -2.0 * static_cast<double>(j) / static_cast<double>(kWidth))));
      }
      const std::string at = op("Unsqueeze", {op("Cast", {range("ids")}, {int_attribute("to", 1)})},
                                {ints_attribute("axes", {1})});
      const std::string angle = op("Mul", {at, put({kWidth / 2}, frequencies)});
      x = op("Add", {x, op("Concat", {op("Sin", {angle}), op("Cos", {angle})},
                           {int_attribute("axis", -1)})});
    }
    return stack_->embed_norm ? norm(x, groups.embed_norm) : x;
  }

  // What is added to scores where a key is not seen.
  std::string hidden_keys(const std::string& mask) {
    const std::string seen = op("Cast", {mask}, {int_attribute("to", 1)});
    const std::string hidden = op("Mul", {op("Sub", {number(1), seen}), number(-1e9)});
    return op("Unsqueeze", {hidden}, {ints_attribute("axes", {1, 2})});
  }
  std::string later_keys() {
    const std::string row = op("Unsqueeze", {range("ids")}, {ints_attribute("axes", {0})});
    const std::string column = op("Unsqueeze", {range("ids")}, {ints_attribute("axes", {1})});
    return op("Where", {op("Greater", {row, column}), number(-1e9), number(0)});
  }
  std::string heads(const std::string& x, const std::vector<std::int64_t>& order) {
    const auto count = static_cast<std::int64_t>(stack_->heads);
    const auto width = static_cast<std::int64_t>(stack_->d_head);
    return op("Transpose", {op("Reshape", {x, integers({0, 0, count, width})})},
              {ints_attribute("perm", order)});
  }
  std::string attention(const std::string& x, const std::string& states,
                        const AttentionGroups& groups, const std::string& hidden) {
    const std::size_t inner = stack_->heads * stack_->d_head;
    const auto project = [&](const std::string& from, const std::string& group) {
      return linear(from, group, inner, kWidth, stack_->biases);
    };
    std::string q = project(x, groups.q);
    if (!stack_->attention_scale) q = op("Mul", {q, number(1 / std::sqrt(stack_->d_head))});
    const std::string k = heads(project(states, groups.k), {0, 2, 3, 1});
    const std::string v = heads(project(states, groups.v), {0, 2, 1, 3});
    const std::string scores = op("MatMul", {heads(q, {0, 2, 1, 3}), k});
    const std::string weights =
        op("Softmax", {op("Add", {scores, hidden})}, {int_attribute("axis", -1)});
    const std::string context =
        op("Transpose", {op("MatMul", {weights, v})}, {ints_attribute("perm", {0, 2, 1, 3})});
    const std::string joined =
        op("Reshape", {context, integers({0, 0, static_cast<std::int64_t>(inner)})});
    return linear(joined, groups.o, kWidth, inner, stack_->biases);
  }
  std::string activate(const std::string& x) {
    if (stack_->activation == Activation::relu) return op("Relu", {x});
    return op("Mul", {x, op("Sigmoid", {x})});
  }
  std::string feed_forward(const std::string& x, const FeedForwardGroups& groups) {
    std::string hidden = linear(x, groups.in, stack_->d_ff, kWidth, stack_->biases);
    if (stack_->gated) {
      const std::string gate = linear(x, groups.gate, stack_->d_ff, kWidth, stack_->biases);
      hidden = op("Mul", {activate(gate), hidden});
    } else {
      hidden = activate(hidden);
    }
    return linear(hidden, groups.out, kWidth, stack_->d_ff, stack_->biases);
  }
  template <class F>
  std::string residual(const std::string& x, const std::string& group, F branch) {
    if (stack_->placement == NormPlacement::pre) return op("Add", {x, branch(norm(x, group))});
    return norm(op("Add", {x, branch(x)}), group);
  }
  std::string run(const StackGroups& groups, const std::string& memory) {
    std::string x = embedding(groups);
    std::string hidden = memory.empty() ? hidden_keys("mask") : later_keys();
    for (const LayerGroups& layer : groups.layers) {
      x = residual(x, layer.self.norm, [&](const std::string& from) {
        return attention(from, from, layer.self, hidden);
      });
      if (!memory.empty()) {
        x = residual(x, layer.cross.norm, [&](const std::string& from) {
          return attention(from, memory, layer.cross, hidden_keys("mask"));
        });
      }
      x = residual(x, layer.ffn.norm,
                   [&](const std::string& from) { return feed_forward(from, layer.ffn); });
    }
    return stack_->final_norm ? norm(x, groups.norm) : x;
  }

  const Architecture& architecture_;
  const Stack* stack_ = nullptr;
  std::map<std::string, std::vector<float>>& made_;
  Names nodes_, initializers_, inputs_;
  std::uint32_t seed_ = 1;
};

struct Form {
  std::string name;
  Architecture architecture;
};

std::vector<Form> forms() {
  const Stack usual = {.layers = 2, .heads = 2, .d_head = 4, .d_ff = 12, .max_positions = 9};
  const auto with = [&](const std::string& name, auto change) {
    Form form{name, {.d_model = kWidth, .src_vocab = kVocab, .tgt_vocab = kVocab}};
    form.architecture.encoder = form.architecture.decoder = usual;
    form.architecture.decoder.visibility = Visibility::past;
    change(form.architecture.encoder);
    change(form.architecture.decoder);
    return form;
  };
  const auto pre = [](Stack& stack) {
    stack.placement = NormPlacement::pre;
    stack.final_norm = true;
  };
  std::vector<Form> forms = {
      with("post_norm", [](Stack&) {}),
      with("post_norm_swish", [](Stack& stack) { stack.activation = Activation::swish; }),
      with("post_norm_learned",
           [](Stack& stack) {
             stack.embed_norm = true;
             stack.positions = Positions::learned;
             stack.position_offset = 2;
           }),
      with("post_norm_rms", [](Stack& stack) { stack.norm = NormRule::rms; }),
      with("pre_norm", pre),
      with("pre_norm_open",
           [&](Stack& stack) {
             pre(stack);
             stack.final_norm = false;
           }),
      with("pre_norm_gated",
           [&](Stack& stack) {
             pre(stack);
             stack.gated = true;
             stack.embed_scale = 3.0f;
           }),
      with("pre_norm_bare",
           [&](Stack& stack) {
             pre(stack);
             stack.norm = NormRule::rms;
             stack.gated = true;
             stack.biases = false;
             stack.positions = Positions::none;
             stack.attention_scale = 1.0f;
             stack.d_head = 3;  // heads together narrower than the model
           }),
  };
  // A decoder unlike its encoder.
  forms.push_back(forms[0]);
  forms.back().name = "mixed";
  forms.back().architecture.decoder = forms[6].architecture.decoder;
  return forms;
}

TEST(MadeGraphs, OnlyTheirOwnArchitectureAcceptsThem) {
  for (const Form& form : forms()) {
    std::map<std::string, std::vector<float>> made;
    const std::string encoder = write_file(temp_path("export_reader_test_encoder_model.onnx"),
                                           GraphMaker(form.architecture, made).encoder());
    const std::string decoder = write_file(temp_path("export_reader_test_decoder_model.onnx"),
                                           GraphMaker(form.architecture, made).decoder());
    for (const Form& other : forms()) {
      const auto found = read(encoder, decoder, other.architecture);
      if (other.name != form.name) {
        EXPECT_FALSE(found.ok()) << form.name << " as " << other.name;
        continue;
      }
      ASSERT_TRUE(found.ok()) << form.name << ": " << found.status().message();
      EXPECT_TRUE(found->notes.empty());
      EXPECT_EQ(found->tensors.size(), roles_of(form.architecture).size());
      for (const Role& role : roles_of(form.architecture)) {
        ASSERT_EQ(found->tensors.count(role.name), 1u) << form.name << ": " << role.name;
        EXPECT_EQ(values(*found->tensors.at(role.name)), made.at(role.name))
            << form.name << ": " << role.name;
      }
    }
  }
}

}  // namespace
}  // namespace transept::graph
