#include "model/families/names/name_scheme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/network/roles.h"

namespace transept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// One with every parameter that the dialect of BART knows.
Architecture full() {
  Architecture architecture;
  architecture.encoder.layers = 2;
  architecture.decoder.layers = 3;
  for (Stack* stack : {&architecture.encoder, &architecture.decoder}) {
    stack->embed_norm = stack->final_norm = true;
    stack->positions = Positions::learned;
  }
  architecture.has_head_bias = true;
  return architecture;
}

// Tensors of these names, whose origins are their names.
TensorMap checkpoint(const std::vector<std::string>& names) {
  TensorMap tensors;
  for (const std::string& name : names) {
    auto tensor = std::make_shared<Tensor>();
    tensor->origin = name;
    tensors[name] = tensor;
  }
  return tensors;
}

std::vector<std::string> bart_names(const Architecture& architecture) {
  std::vector<std::string> names = {"model.shared.weight", "final_logits_bias"};
  for (const auto& [stack, layers] :
       {std::pair<std::string, std::size_t>("encoder", architecture.encoder.layers),
        std::pair<std::string, std::size_t>("decoder", architecture.decoder.layers)}) {
    const std::string prefix = "model." + stack;
    names.push_back(prefix + ".embed_positions.weight");
    std::vector<std::string> groups = {prefix + ".layernorm_embedding", prefix + ".layer_norm"};
    for (std::size_t i = 0; i < layers; ++i) {
      const std::string layer = prefix + ".layers." + std::to_string(i);
      for (const char* attention : {".self_attn", ".encoder_attn"}) {
        if (stack == "encoder" && std::string(attention) == ".encoder_attn") continue;
        for (const char* part : {".q_proj", ".k_proj", ".v_proj", ".out_proj", "_layer_norm"}) {
          groups.push_back(layer + attention + part);
        }
      }
      for (const char* part : {".fc1", ".fc2", ".final_layer_norm"}) groups.push_back(layer + part);
    }
    for (const std::string& group : groups) {
      names.push_back(group + ".weight");
      names.push_back(group + ".bias");
    }
  }
  return names;
}

TEST(NameScheme, EveryRoleOfBartHasItsTensor) {
  const Architecture architecture = full();
  const TensorMap tensors = checkpoint(bart_names(architecture));
  const auto roles = roles_by_name(kBartNames, architecture, true, tensors);
  ASSERT_TRUE(roles.ok()) << roles.status().message();
  EXPECT_THAT(roles->unused, IsEmpty());
  for (const Role& role : roles_of(architecture)) {
    EXPECT_EQ(roles->tensors.count(role.name), 1u) << role.name;
  }
  EXPECT_EQ(roles->tensors.size(), roles_of(architecture).size());
  EXPECT_EQ(roles->tensors.at("decoder.layer[2].cross.o.bias")->origin,
            "model.decoder.layers.2.encoder_attn.out_proj.bias");
  EXPECT_EQ(roles->tensors.at("encoder.layer[1].ffn.norm.weight")->origin,
            "model.encoder.layers.1.final_layer_norm.weight");
  EXPECT_EQ(roles->tensors.at("encoder.embed.norm.bias")->origin,
            "model.encoder.layernorm_embedding.bias");
  EXPECT_EQ(roles->tensors.at("head.bias")->origin, "final_logits_bias");
}

TEST(NameScheme, NamesTheTensorThatIsMissing) {
  const Architecture architecture = full();
  for (const std::string& name : bart_names(architecture)) {
    if (name == "final_logits_bias") continue;
    TensorMap tensors = checkpoint(bart_names(architecture));
    tensors.erase(name);
    const auto roles = roles_by_name(kBartNames, architecture, true, tensors);
    EXPECT_EQ(roles.status().code(), Code::kCorrupt) << name;
    // A table is missed under its own name.
    const bool is_shared = name == "model.shared.weight";
    EXPECT_THAT(roles.status().message(), HasSubstr(is_shared ? "embed_tokens.weight" : name));
  }
}

TEST(NameScheme, TakesWhatTheArchitectureDoesNotAskFor) {
  Architecture architecture = full();
  architecture.has_head_bias = false;
  architecture.encoder.positions = architecture.decoder.positions = Positions::sinusoid;
  TensorMap tensors = checkpoint(bart_names(full()));
  auto roles = roles_by_name(kBartNames, architecture, true, tensors);
  ASSERT_TRUE(roles.ok());
  for (const char* role : {"head.bias", "encoder.positions.weight", "decoder.positions.weight"}) {
    EXPECT_EQ(roles->tensors.count(role), 1u) << role;
  }
  for (const char* name : {"final_logits_bias", "model.encoder.embed_positions.weight",
                           "model.decoder.embed_positions.weight"}) {
    tensors.erase(name);
  }
  roles = roles_by_name(kBartNames, architecture, true, tensors);
  ASSERT_TRUE(roles.ok()) << roles.status().message();
  EXPECT_EQ(roles->tensors.count("head.bias"), 0u);
}

TEST(NameScheme, ATiedTableHasAnyOfItsNames) {
  const Architecture none;  // no layers
  const std::string encoder = "model.encoder.embed_tokens.weight";
  const std::string decoder = "model.decoder.embed_tokens.weight";
  const std::string head = "lm_head.weight";
  const auto origins = [&](const std::vector<std::string>& names, bool shared) {
    const auto roles = roles_by_name(kBartNames, none, shared, checkpoint(names));
    if (!roles.ok()) return std::vector<std::string>();
    EXPECT_THAT(roles->unused, IsEmpty());
    std::vector<std::string> found;
    for (const char* role : {"encoder.embed.weight", "decoder.embed.weight", "head.weight"}) {
      found.push_back(roles->tensors.at(role)->origin);
    }
    return found;
  };
  for (const std::string& name : {std::string("model.shared.weight"), encoder, decoder, head}) {
    EXPECT_THAT(origins({name}, true), ElementsAre(name, name, name));
  }
  EXPECT_THAT(origins({encoder, decoder, head, "model.shared.weight"}, true),
              ElementsAre(encoder, decoder, head));
  EXPECT_THAT(origins({"model.shared.weight", head}, true),
              ElementsAre("model.shared.weight", "model.shared.weight", head));
  // Two vocabularies: the tables of the two sides never stand for each other.
  EXPECT_THAT(origins({encoder, decoder}, false), ElementsAre(encoder, decoder, decoder));
  EXPECT_THAT(origins({encoder, head}, false), ElementsAre(encoder, head, head));
  EXPECT_THAT(origins({encoder}, false), IsEmpty());
  EXPECT_THAT(origins({decoder}, false), IsEmpty());
}

TEST(NameScheme, TellsWhatHasNoPlace) {
  Architecture architecture = full();
  TensorMap tensors = checkpoint(bart_names(architecture));
  architecture.encoder.layers = 1;
  tensors.merge(checkpoint({"model.encoder.version"}));
  const auto roles = roles_by_name(kBartNames, architecture, true, tensors);
  ASSERT_TRUE(roles.ok());
  EXPECT_THAT(roles->unused, testing::Contains("model.encoder.version"));
  EXPECT_THAT(roles->unused, testing::Contains("model.encoder.layers.1.fc1.bias"));
  EXPECT_THAT(roles->unused, Not(testing::Contains("model.encoder.layers.0.fc1.bias")));
}

// A dialect that writes weight and bias into the middle of a name is a row, too.
TEST(NameScheme, WordsStandWhereTheDialectPutsThem) {
  const NameScheme marian = {
      .linear = {"W", "b"},
      .norms = {"scale", "bias"},
      .encoder = {.embed = "encoder_*emb",
                  .layer = "encoder_l#_",
                  .self = {"self_*q", "self_*k", "self_*v", "self_*o", "self_Wo_ln_*"},
                  .ffn = {.in = "ffn_*1", .out = "ffn_*2", .norm = "ffn_ffn_ln_*"}},
      .decoder = {.embed = "decoder_*emb"},
      .shared = "*emb",
      .head_bias = "decoder_ff_logit_out_b"};
  Architecture architecture;
  architecture.encoder.layers = 1;
  const TensorMap tensors = checkpoint(
      {"Wemb", "encoder_l0_self_Wq", "encoder_l0_self_bq", "encoder_l0_self_Wk",
       "encoder_l0_self_bk", "encoder_l0_self_Wv", "encoder_l0_self_bv", "encoder_l0_self_Wo",
       "encoder_l0_self_bo", "encoder_l0_self_Wo_ln_scale", "encoder_l0_self_Wo_ln_bias",
       "encoder_l0_ffn_W1", "encoder_l0_ffn_b1", "encoder_l0_ffn_W2", "encoder_l0_ffn_b2",
       "encoder_l0_ffn_ffn_ln_scale", "encoder_l0_ffn_ffn_ln_bias"});
  const auto roles = roles_by_name(marian, architecture, true, tensors);
  ASSERT_TRUE(roles.ok()) << roles.status().message();
  EXPECT_THAT(roles->unused, IsEmpty());
  EXPECT_EQ(roles->tensors.at("encoder.layer[0].self.q.bias")->origin, "encoder_l0_self_bq");
  EXPECT_EQ(roles->tensors.at("encoder.layer[0].self.norm.weight")->origin,
            "encoder_l0_self_Wo_ln_scale");
  EXPECT_EQ(roles->tensors.at("head.weight")->origin, "Wemb");
  // Not every dialect has every parameter.
  architecture.encoder.gated = true;
  const auto gated = roles_by_name(marian, architecture, true, tensors);
  EXPECT_EQ(gated.status().code(), Code::kUnsupported);
  EXPECT_THAT(gated.status().message(), HasSubstr("ffn.gate"));
}

}  // namespace
}  // namespace transept
