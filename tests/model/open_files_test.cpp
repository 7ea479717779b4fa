// What happens to the files of a model while it is open, and languages chosen through the library.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/tools/support/model_copy.h"
#include "transept/log.h"
#include "transept/translator.h"

namespace transept {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::ModelCopy;

const std::vector<std::string> kTexts = {"Tom is here.", "I want to go home.", "Where are you?"};

std::vector<std::string> translations(const Translator& translator) {
  std::vector<std::string> texts;
  for (const std::string& text : kTexts) {
    const auto result = translator.translate(text);
    EXPECT_TRUE(result.ok()) << result.status().message();
    if (result.ok()) texts.push_back(result->text);
  }
  return texts;
}

std::vector<std::string> files_of(const ModelCopy& model) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(model.folder())) {
    if (entry.is_regular_file()) names.push_back(fs::relative(entry.path(), model.folder()));
  }
  return names;
}

// The files of a model that is open, overwritten in place: first by rubbish of the same size, then
// by nothing.
class OpenFiles : public testing::TestWithParam<std::pair<std::string, bool>> {};

TEST_P(OpenFiles, MayBeOverwritten) {
  const auto& [fixture, mapping] = GetParam();
  const ModelCopy model(fixture);
  OpenOptions options;
  options.threads = 2;
  options.mapping = mapping;
  const auto translator = Translator::open(model.folder(), options);
  ASSERT_TRUE(translator.ok()) << translator.status().message();
  const auto other = Translator::open(model.folder(), options);
  ASSERT_TRUE(other.ok());
  const std::vector<std::string> expected = translations(*translator);
  for (const std::string& name : files_of(model)) {
    const std::string bytes = model.read(name);
    model.write(name, std::string(bytes.size(), '\x5A'));
  }
  EXPECT_EQ(translations(*translator), expected);
  for (const std::string& name : files_of(model)) model.write(name, "");
  EXPECT_EQ(translations(*translator), expected);
  // Nothing of this one had been touched before.
  EXPECT_EQ(translations(*other), expected);
  EXPECT_FALSE(Translator::open(model.folder(), options).ok());
}

INSTANTIATE_TEST_SUITE_P(
    Forms, OpenFiles,
    testing::Values(std::pair("marian", true), std::pair("marian", false),
                    std::pair("marian-external", true), std::pair("marian-q8", true),
                    std::pair("marian-q4-gather", true), std::pair("marian-q4-gather", false),
                    std::pair("marian-safetensors", true),
                    std::pair("marian-safetensors-sharded", false)),
    [](const auto& parameter) {
      std::string name = parameter.param.first + (parameter.param.second ? "" : "_in_memory");
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(OpenModelInMemory, SaysTheSame) {
  const ModelCopy model("marian");
  OpenOptions options;
  const auto mapped = Translator::open(model.folder(), options);
  options.mapping = false;
  const auto read = Translator::open(model.folder(), options);
  ASSERT_TRUE(mapped.ok() && read.ok());
  for (const std::string& text : kTexts) {
    const auto a = mapped->translate(text);
    const auto b = read->translate(text);
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_EQ(a->hypotheses[0].token_scores, b->hypotheses[0].token_scores);
  }
}

// The log of a test, by message.
class Log {
 public:
  Log() {
    set_log_sink([this](LogLevel level, std::string_view message) {
      if (level == LogLevel::kWarning) warnings.emplace_back(message);
    });
  }
  ~Log() { set_log_sink({}); }
  std::vector<std::string> warnings;
};

TEST(Languages, EverySegmentOfALineHasTheCode) {
  const ModelCopy model("marian");
  testing_support::make_multilingual(model, {"fra", "deu"});
  const auto translator = Translator::open(model.folder());
  ASSERT_TRUE(translator.ok()) << translator.status().message();
  TranslateOptions options;
  options.text.split = Split::sentences;
  options.text.to = "fr";
  const auto by_option = translator->translate("Tom is here. Where are you?", options);
  ASSERT_TRUE(by_option.ok()) << by_option.status().message();
  ASSERT_EQ(by_option->segments.size(), 2u);
  options.text.to = {};
  const auto by_text = translator->translate(">>fra<< Tom is here. Where are you?", options);
  ASSERT_TRUE(by_text.ok());
  ASSERT_EQ(by_text->segments.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(by_option->segments[i].source_tokens.front(), ">>fra<<");
    EXPECT_EQ(by_text->segments[i].source_ids, by_option->segments[i].source_ids);
  }
  EXPECT_EQ(by_text->text, by_option->text);
}

TEST(Languages, BlankLinesStayEmpty) {
  const ModelCopy model("marian");
  testing_support::make_multilingual(model, {"fra", "deu"});
  const auto translator = Translator::open(model.folder());
  ASSERT_TRUE(translator.ok());
  TranslateOptions options;
  options.text.to = "deu";
  for (const Split split : {Split::automatic, Split::sentences, Split::none}) {
    options.text.split = split;
    for (const char* text : {"", " ", "\t "}) {
      const auto result = translator->translate(text, options);
      ASSERT_TRUE(result.ok()) << result.status().message();
      EXPECT_TRUE(result->source_ids.empty()) << '"' << text << '"';
    }
  }
}

TEST(Languages, TokensGetTheCodeOnce) {
  const ModelCopy model("marian");
  testing_support::make_multilingual(model, {"fra", "deu"});
  const auto translator = Translator::open(model.folder());
  ASSERT_TRUE(translator.ok());
  TranslateOptions options;
  options.text.to = "fra";
  std::vector<std::vector<std::string>> sources;
  auto stream = translator->stream(options, [&](const Result<Translation>& line) {
    ASSERT_TRUE(line.ok());
    sources.push_back(line->source_tokens);
  });
  ASSERT_TRUE(stream.ok());
  EXPECT_TRUE(stream->push_tokens(std::vector<std::string>{"\xE2\x96\x81Tom", "."}).ok());
  EXPECT_TRUE(stream->push_tokens(std::vector<std::string>{">>deu<<", "\xE2\x96\x81Tom"}).ok());
  EXPECT_TRUE(stream->finish().ok());
  EXPECT_THAT(sources, ElementsAre(ElementsAre(">>fra<<", "\xE2\x96\x81Tom", ".", "</s>"),
                                   ElementsAre(">>deu<<", "\xE2\x96\x81Tom", "</s>")));
}

TEST(Languages, WrongOnesAreRefusedBeforeAnyLine) {
  const ModelCopy model("marian");
  testing_support::make_multilingual(model, {"fra", "srp_Latn", "srp_Cyrl"});
  const auto translator = Translator::open(model.folder());
  ASSERT_TRUE(translator.ok());
  TranslateOptions options;
  const auto refused = [&](const std::string& to) {
    options.text.to = to;
    const Status status = translator->translate(std::vector<std::string>(), options).status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << to;
    return status.message();
  };
  EXPECT_THAT(refused("sr"), HasSubstr("any of srp_Cyrl, srp_Latn"));
  EXPECT_THAT(refused("fro"), HasSubstr("did you mean fra?"));
  EXPECT_THAT(refused(std::string(100'000, 'x')), HasSubstr("no language"));
  options.text.to = "sr_Cyrl";
  EXPECT_TRUE(translator->translate("Tom.", options).ok());
  options.text.to = "sr-Latn";
  const auto latin = translator->translate("Tom.", options);
  ASSERT_TRUE(latin.ok());
  EXPECT_EQ(latin->source_tokens.front(), ">>srp_Latn<<");
}

TEST(Languages, AWarningIsSaidOnce) {
  const ModelCopy model("marian");
  testing_support::make_multilingual(model, {"fra", "deu"});
  Log log;
  const auto translator = Translator::open(model.folder());
  ASSERT_TRUE(translator.ok());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(translator->translate("Tom.").ok());
    EXPECT_TRUE(translator->translate(">>ita<< Tom.").ok());
    EXPECT_TRUE(translator->translate(">>fra<< Tom.").ok());
  }
  EXPECT_THAT(log.warnings,
              ElementsAre(HasSubstr("several languages"), HasSubstr("begins with >>ita<<")));
}

}  // namespace
}  // namespace transept
