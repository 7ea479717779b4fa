#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "model/families/families.h"

namespace transept {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Ids = std::vector<std::int32_t>;

const Json kConfig =
    Json::parse(R"({"model_type": "marian", "d_model": 32, "encoder_layers": 2, "decoder_layers": 3,
    "encoder_attention_heads": 4, "decoder_attention_heads": 8, "encoder_ffn_dim": 64, "decoder_ffn_dim": 48,
    "vocab_size": 100, "activation_function": "relu", "scale_embedding": true, "max_position_embeddings": 50,
    "eos_token_id": 0, "pad_token_id": 99, "decoder_start_token_id": 99})");

Json with(Json json, const char* changes) {
  json.update(Json::parse(changes));
  return json;
}

Result<FamilyConfig> read(const Json& config, const Json& generation) {
  return kMarian.read_config(ConfigFields(config, "config.json"),
                             ConfigFields(generation, "generation_config.json"));
}

// Generation settings on top of the smallest useful file.
SearchOptions generation(const char* changes) {
  const auto config = read(kConfig, with(Json::object(), changes));
  EXPECT_TRUE(config.ok()) << config.status().message();
  return config.ok() ? config->defaults : SearchOptions();
}

std::string config_error(const char* changes) {
  const auto config = read(with(kConfig, changes), Json::object());
  EXPECT_FALSE(config.ok()) << changes;
  EXPECT_EQ(config.status().code(), Code::kCorrupt);
  return config.status().message();
}

std::string generation_error(const char* changes) {
  const auto config = read(kConfig, with(Json::object(), changes));
  EXPECT_FALSE(config.ok()) << changes;
  return config.status().message();
}

TEST(Marian, ReadsEachSideOfTheArchitecture) {
  const auto config = read(kConfig, Json::object());
  ASSERT_TRUE(config.ok()) << config.status().message();
  const Architecture& a = config->architecture;
  EXPECT_EQ(a.encoder.layers, 2u);
  EXPECT_EQ(a.encoder.heads, 4u);
  EXPECT_EQ(a.encoder.d_head, 8u);
  EXPECT_EQ(a.encoder.d_ff, 64u);
  EXPECT_EQ(a.decoder.layers, 3u);
  EXPECT_EQ(a.decoder.heads, 8u);
  EXPECT_EQ(a.decoder.d_head, 4u);
  EXPECT_EQ(a.decoder.d_ff, 48u);
  EXPECT_EQ(a.encoder.activation, Activation::relu);
  EXPECT_FLOAT_EQ(a.decoder.embed_scale, std::sqrt(32.0f));
  EXPECT_EQ(a.decoder.max_positions, 50u);
  EXPECT_EQ(a.tgt_vocab, 100u);  // old files lack decoder_vocab_size
  EXPECT_TRUE(config->shared_embeddings);
}

TEST(Marian, FollowsTheDefaultsOfTransformers) {
  Json bare = kConfig;
  for (const char* name : {"activation_function", "scale_embedding", "max_position_embeddings"}) {
    bare.erase(name);
  }
  const auto config = read(bare, Json::object());
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->architecture.decoder.activation, Activation::gelu);
  EXPECT_EQ(config->architecture.encoder.embed_scale, 1.0f);
  EXPECT_EQ(config->architecture.encoder.max_positions, 0u);
}

TEST(Marian, SeparateVocabulariesHaveTheirOwnSizes) {
  const auto config = read(
      with(kConfig, R"({"share_encoder_decoder_embeddings": false, "decoder_vocab_size": 120})"),
      Json::object());
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->architecture.src_vocab, 100u);
  EXPECT_EQ(config->architecture.tgt_vocab, 120u);
  EXPECT_FALSE(config->shared_embeddings);
  EXPECT_EQ(config->defaults.vocab, 120u);
}

TEST(Marian, RefusesNumbersThatCannotBe) {
  EXPECT_THAT(config_error(R"({"d_model": 0})"),
              HasSubstr("config.json: d_model: expected an integer from 1"));
  EXPECT_THAT(config_error(R"({"d_model": -32})"), HasSubstr("found -32"));
  EXPECT_THAT(config_error(R"({"d_model": 99999999999999999999})"), HasSubstr("d_model"));
  EXPECT_THAT(config_error(R"({"d_model": 18446744073709551615})"), HasSubstr("d_model"));
  EXPECT_THAT(config_error(R"({"d_model": "32"})"), HasSubstr("found \"32\""));
  EXPECT_THAT(config_error(R"({"d_model": 31.5})"), HasSubstr("integer"));
  EXPECT_THAT(config_error(R"({"d_model": null})"), HasSubstr("found nothing"));
  EXPECT_THAT(config_error(R"({"encoder_layers": 1000000})"), HasSubstr("encoder_layers"));
  EXPECT_THAT(config_error(R"({"decoder_attention_heads": 5})"),
              HasSubstr("a divisor of d_model 32"));
  EXPECT_THAT(config_error(R"({"decoder_ffn_dim": 0})"), HasSubstr("decoder_ffn_dim"));
  EXPECT_THAT(config_error(R"({"vocab_size": 4294967296})"), HasSubstr("vocab_size"));
  EXPECT_THAT(config_error(R"({"activation_function": "mish"})"), HasSubstr("found \"mish\""));
  EXPECT_THAT(config_error(R"({"scale_embedding": 1})"), HasSubstr("true or false"));
  EXPECT_THAT(config_error(R"({"eos_token_id": 100})"), HasSubstr("below the vocabulary size 100"));
  EXPECT_THAT(config_error(R"({"eos_token_id": null})"), HasSubstr("end token"));
  EXPECT_THAT(config_error(R"({"decoder_start_token_id": null})"),
              HasSubstr("decoder_start_token_id"));
}

TEST(Marian, LengthsCountNewTokens) {
  EXPECT_EQ(generation(R"({"max_length": 40})").max_length, 39u);
  EXPECT_EQ(generation(R"({"max_length": 40, "max_new_tokens": 7})").max_length, 7u);
  // Nothing said, or the default itself: 20 new tokens.
  EXPECT_EQ(generation("{}").max_length, 20u);
  EXPECT_EQ(generation(R"({"max_length": 20})").max_length, 20u);
  EXPECT_EQ(generation(R"({"min_length": 5})").min_length, 4u);
  EXPECT_EQ(generation(R"({"min_length": 0})").min_length, 0u);
  EXPECT_EQ(generation(R"({"min_new_tokens": 5})").min_length, 5u);
  const auto shorter = read(with(kConfig, R"({"max_position_embeddings": 10})"), Json::object());
  ASSERT_TRUE(shorter.ok());
  EXPECT_EQ(shorter->defaults.max_length, 9u);
}

TEST(Marian, ReadsTheSearchSettings) {
  const SearchOptions search =
      generation(R"({"num_beams": 6, "num_return_sequences": 2, "length_penalty": 0.6,
      "early_stopping": "never", "repetition_penalty": 1.3, "no_repeat_ngram_size": 3, "renormalize_logits": true,
      "bad_words_ids": [[99], [4, 5], [0]], "suppress_tokens": [7], "eos_token_id": [0, 3],
      "forced_bos_token_id": 8, "forced_eos_token_id": 0, "decoder_start_token_id": 98, "pad_token_id": null})");
  EXPECT_EQ(search.beam, 6u);
  EXPECT_EQ(search.n_best, 2u);
  EXPECT_FLOAT_EQ(search.length_penalty, 0.6f);
  EXPECT_EQ(search.early_stopping, EarlyStopping::never);
  EXPECT_FLOAT_EQ(search.repetition_penalty, 1.3f);
  EXPECT_EQ(search.no_repeat_ngram, 3u);
  EXPECT_TRUE(search.renormalize);
  // the end token is never a bad word
  EXPECT_THAT(search.bad_words, ElementsAre(Ids{99}, Ids{4, 5}, Ids{7}));
  EXPECT_THAT(search.end, ElementsAre(0, 3));
  EXPECT_EQ(search.forced_bos, 8);
  EXPECT_THAT(search.forced_eos, ElementsAre(0));
  EXPECT_EQ(search.start, 98);
}

TEST(Marian, DefaultsAreThoseOfTransformersNotOfTheOtherFile) {
  // Where there is a generation configuration, settings in config.json do not count; ids do.
  const auto config = read(with(kConfig, R"({"num_beams": 5, "max_length": 33})"), Json::object());
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->defaults.beam, 1u);
  EXPECT_EQ(config->defaults.max_length, 20u);
  EXPECT_EQ(config->defaults.start, 99);
  EXPECT_EQ(config->pad_id, 99);
  EXPECT_THAT(config->defaults.end, ElementsAre(0));
  EXPECT_THAT(config->defaults.forced_eos, IsEmpty());
  // Without one, config.json decides.
  const Json old = with(kConfig, R"({"num_beams": 5, "max_length": 33, "forced_eos_token_id": 0})");
  const auto alone = read(old, old);
  ASSERT_TRUE(alone.ok());
  EXPECT_EQ(alone->defaults.beam, 5u);
  EXPECT_EQ(alone->defaults.max_length, 32u);
  EXPECT_THAT(alone->defaults.forced_eos, ElementsAre(0));
}

TEST(Marian, RefusesSettingsThatCannotBe) {
  EXPECT_THAT(generation_error(R"({"num_beams": 0})"),
              HasSubstr("generation_config.json: num_beams"));
  EXPECT_THAT(generation_error(R"({"num_beams": 1e9})"), HasSubstr("num_beams"));
  EXPECT_THAT(generation_error(R"({"max_length": -1})"), HasSubstr("max_length"));
  EXPECT_THAT(generation_error(R"({"length_penalty": 1e300})"), HasSubstr("length_penalty"));
  EXPECT_THAT(generation_error(R"({"early_stopping": "soon"})"), HasSubstr("early_stopping"));
  EXPECT_THAT(generation_error(R"({"bad_words_ids": [5]})"), HasSubstr("bad_words_ids"));
  EXPECT_THAT(generation_error(R"({"bad_words_ids": [[100]]})"), HasSubstr("bad_words_ids"));
  EXPECT_THAT(generation_error(R"({"bad_words_ids": [[]]})"), HasSubstr("bad_words_ids"));
  EXPECT_THAT(generation_error(R"({"decoder_start_token_id": [1, 2]})"), HasSubstr("one token id"));
  EXPECT_THAT(generation_error(R"({"forced_eos_token_id": -2})"), HasSubstr("forced_eos_token_id"));
}

std::vector<std::string> warnings(const char* generation) {
  const auto config = read(kConfig, Json::parse(generation));
  EXPECT_TRUE(config.ok()) << config.status().message();
  return config.ok() ? config->warnings : std::vector<std::string>();
}

TEST(Marian, WarnsOfSettingsThatAreNotDone) {
  EXPECT_THAT(warnings(R"({"do_sample": true, "num_beam_groups": 1, "top_p": 0.9})"),
              ElementsAre(AllOf(HasSubstr("generation_config.json"), HasSubstr("do_sample true"),
                                HasSubstr("top_p 0.9"), Not(HasSubstr("num_beam_groups")))));
  for (const auto& [setting, said] : std::vector<std::pair<std::string, std::string>>{
           {R"("encoder_no_repeat_ngram_size": 3)", "encoder_no_repeat_ngram_size 3"},
           {R"("encoder_repetition_penalty": 1.5)", "encoder_repetition_penalty 1.5"},
           {R"("exponential_decay_length_penalty": [5, 1.1])",
            "exponential_decay_length_penalty [5,1.1]"},
           {R"("sequence_bias": [[[7], 2.0]])", "sequence_bias [[[7],2.0]]"},
           {R"("num_beam_groups": 2, "diversity_penalty": 0.5)",
            "num_beam_groups 2, diversity_penalty 0.5"},
           {R"("guidance_scale": 1.5)", "guidance_scale 1.5"},
           {R"("begin_suppress_tokens": [3])", "begin_suppress_tokens [3]"},
           {R"("penalty_alpha": 0.6)", "penalty_alpha 0.6"},
           {R"("stop_strings": ["."])", "stop_strings [\".\"]"},
           {R"("watermarking_config": {"bias": 2})", "watermarking_config {\"bias\":2}"}}) {
    EXPECT_THAT(warnings(("{" + setting + "}").c_str()), ElementsAre(HasSubstr(said))) << setting;
  }
}

TEST(Marian, IsSilentAboutSettingsWithoutEffect) {
  for (const char* setting :
       {R"({"do_sample": false, "temperature": 0.6, "top_k": 10, "top_p": 0.9, "typical_p": 0.5})",
        R"({"encoder_repetition_penalty": 1, "encoder_no_repeat_ngram_size": 0})",
        R"({"num_beam_groups": 1, "diversity_penalty": 0.5, "guidance_scale": 1})",
        R"({"sequence_bias": null, "begin_suppress_tokens": [], "stop_strings": null})",
        R"({"num_beams": 4, "penalty_alpha": 0.6, "use_cache": false, "output_scores": true})"}) {
    EXPECT_THAT(warnings(setting), IsEmpty()) << setting;
  }
}

TEST(Marian, NotesWhatNobodyKnows) {
  const auto config =
      read(kConfig, Json::parse(R"({"num_beam": 7, "num_beams": 2, "renormalize_logits": true})"));
  ASSERT_TRUE(config.ok());
  EXPECT_THAT(config->notes,
              ElementsAre(AllOf(HasSubstr("num_beam"), Not(HasSubstr("num_beams")))));
  EXPECT_THAT(config->warnings, IsEmpty());
}

TEST(Marian, NotesThatScoresAreNotRenormalised) {
  const auto silent = read(kConfig, Json::object());
  ASSERT_TRUE(silent.ok());
  EXPECT_THAT(silent->notes, Contains(HasSubstr("renormalize_logits")));
}

TEST(Family, ListsWhatIsSupported) {
  const auto family = find_family("llama");
  EXPECT_EQ(family.status().code(), Code::kUnsupported);
  EXPECT_THAT(family.status().message(), HasSubstr("marian"));
  EXPECT_TRUE(find_family("marian").ok());
}

}  // namespace
}  // namespace transept
