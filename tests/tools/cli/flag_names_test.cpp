#include "tools/cli/flag_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <vector>

#include "tools/cli/exit_code.h"
#include "tools/cli/translate_flags.h"
#include "transept/words.h"

namespace transept::tools {
namespace {

using testing::ElementsAre;

TEST(FlagNames, AreMadeOfTheNamesOfTheStructs) {
  EXPECT_EQ(flag_of("no_repeat_ngram"), "--no-repeat-ngram");
  EXPECT_EQ(flag_of(&TranslateOptions::Search::n_best), "--n-best");
  EXPECT_EQ(flag_of("gemm"), "--gemm");
}

TEST(FlagNames, StandInMessagesForTheNamesOfOptions) {
  const Status status = Status::sentence(
      Code::kInvalidArgument, {name_of(&TranslateOptions::Search::n_best), " 5 is above ",
                               name_of(&TranslateOptions::Search::beam), " 4, n_best as beam"});
  EXPECT_EQ(in_flags(status), "--n-best 5 is above --beam 4, n_best as beam");
  EXPECT_EQ(run_failure(status).message, in_flags(status));
  EXPECT_EQ(model_failure(status).message, in_flags(status));
  const Status lists = Status::sentence(Code::kInvalidArgument, {kEndTokens, ", ", kBadWords});
  EXPECT_EQ(in_flags(lists), "--end-token, --bad-words and --suppress");
}

template <class Value>
std::vector<Value> samples() {
  if constexpr (std::is_same_v<Value, bool> || std::is_enum_v<Value>) {
    std::vector<Value> all;
    for (const Word<Value>& one : WordsOf<Value>::all) all.push_back(one.value);
    return all;
  } else {
    return {3, 17};
  }
}

// Values of each option go through the command line and come out as they were.
TEST(FlagNames, WhatARequestSetsIsSetByItsFlags) {
  for_each_option([](const auto& option) {
    using Value = typename std::decay_t<decltype(option)>::Value;
    for (const Value value : samples<Value>()) {
      TranslateOptions request;
      option.of(request) = value;
      const std::vector<std::string> flags = given_flags(request);
      EXPECT_EQ(flags.size(), option.given(request) == nullptr ? 0u : 1u);
      CLI::App parser;
      TranslateFlags parsed;
      add_translate_flags(parser, parsed);
      parser.parse(std::vector<std::string>(flags.rbegin(), flags.rend()));
      EXPECT_EQ(option.of(parsed.options), option.of(request)) << option.name;
      EXPECT_EQ(given_flags(parsed.options), flags);
    }
  });
}

TEST(FlagNames, ThoseOfARequestAreInTheOrderOfTheTable) {
  TranslateOptions request;
  request.words.renormalize = false;
  request.search.early_stopping = EarlyStopping::never;
  request.search.length_penalty = 0.1f;
  request.text.special_tokens = true;
  EXPECT_THAT(given_flags(request), ElementsAre("--special-tokens=true", "--length-penalty=0.1",
                                                "--early-stopping=never", "--renormalize=off"));
}

}  // namespace
}  // namespace transept::tools
