// The names that transformers gives the parameters of BART.
#include "model/families/names/name_scheme.h"

namespace transept {

const NameScheme kBartNames = {
    .encoder = {.embed = "model.encoder.embed_tokens.*",
                .positions = "model.encoder.embed_positions.*",
                .embed_norm = "model.encoder.layernorm_embedding.*",
                .norm = "model.encoder.layer_norm.*",
                .layer = "model.encoder.layers.#.",
                .self = {.q = "self_attn.q_proj.*",
                         .k = "self_attn.k_proj.*",
                         .v = "self_attn.v_proj.*",
                         .o = "self_attn.out_proj.*",
                         .norm = "self_attn_layer_norm.*"},
                .ffn = {.in = "fc1.*", .out = "fc2.*", .norm = "final_layer_norm.*"}},
    .decoder = {.embed = "model.decoder.embed_tokens.*",
                .positions = "model.decoder.embed_positions.*",
                .embed_norm = "model.decoder.layernorm_embedding.*",
                .norm = "model.decoder.layer_norm.*",
                .layer = "model.decoder.layers.#.",
                .self = {.q = "self_attn.q_proj.*",
                         .k = "self_attn.k_proj.*",
                         .v = "self_attn.v_proj.*",
                         .o = "self_attn.out_proj.*",
                         .norm = "self_attn_layer_norm.*"},
                .cross = {.q = "encoder_attn.q_proj.*",
                          .k = "encoder_attn.k_proj.*",
                          .v = "encoder_attn.v_proj.*",
                          .o = "encoder_attn.out_proj.*",
                          .norm = "encoder_attn_layer_norm.*"},
                .ffn = {.in = "fc1.*", .out = "fc2.*", .norm = "final_layer_norm.*"}},
    .shared = "model.shared.*",
    .head = "lm_head.*",
    .head_bias = "final_logits_bias",
};

}  // namespace transept
