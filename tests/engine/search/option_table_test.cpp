#include "transept/option_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <type_traits>

#include "engine/search/options.h"
#include "engine/search/resolve.h"
#include "transept/words.h"

namespace transept {
namespace {

using testing::StartsWith;

template <class Option>
using ValueOf = typename std::decay_t<Option>::Value;

// A value that every row allows and no row has by default.
template <class Value>
Value another(Value now) {
  if constexpr (std::is_same_v<Value, bool>) {
    return !now;
  } else if constexpr (std::is_enum_v<Value>) {
    Value last = now;
    for (const Word<Value>& one : WordsOf<Value>::all) {
      if (one.value != now) last = one.value;
    }
    return last;
  } else {
    return static_cast<Value>(now + 2);
  }
}

TEST(OptionTable, NamesAndKeysAreDistinctAndMakeFlags) {
  std::set<std::string_view> names, keys;
  for_each_option([&](const auto& option) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_TRUE(option.key.empty() || keys.insert(option.key).second) << option.key;
    for (const char c : option.name) {
      EXPECT_TRUE(std::islower(static_cast<unsigned char>(c)) != 0 || c == '_') << option.name;
    }
    EXPECT_FALSE(option.help.empty()) << option.name;
    // What the file says goes somewhere.
    EXPECT_TRUE(option.key.empty() || option.resolved != nullptr) << option.name;
  });
  EXPECT_GE(names.size(), 10u);
}

TEST(OptionTable, EachRowHasAFieldOfItsOwn) {
  for_each_option([&](const auto& option) {
    using Value = ValueOf<decltype(option)>;
    TranslateOptions request;
    EXPECT_EQ(option.given(request), nullptr) << option.name;
    option.of(request) = another(Value{});
    for_each_option([&](const auto& other) {
      EXPECT_EQ(other.given(request) != nullptr, other.name == option.name)
          << option.name << ", " << other.name;
    });
  });
}

TEST(OptionTable, WhatIsAskedGoesOverWhatTheModelSays) {
  SearchOptions defaults;
  defaults.vocab = 10;
  defaults.beam = 4;
  for_each_option([&](const auto& option) {
    if (option.resolved == nullptr) return;
    // The only rules there are.
    using Value = ValueOf<decltype(option)>;
    Value asked = another(defaults.*option.resolved);
    if constexpr (std::is_same_v<Value, Rules>) asked = Rules::transformers;
    TranslateOptions request;
    option.of(request) = asked;
    const auto resolved = resolve(defaults, request, -1);
    ASSERT_TRUE(resolved.ok()) << resolved.status().message();
    EXPECT_EQ((*resolved).*option.resolved, asked) << option.name;
    for_each_option([&](const auto& other) {
      if (other.resolved == nullptr || other.name == option.name) return;
      EXPECT_EQ((*resolved).*other.resolved, defaults.*other.resolved)
          << option.name << ", " << other.name;
    });
  });
}

template <class Option, class Value>
std::string refusal(const Option& option, Value value) {
  TranslateOptions request;
  option.of(request) = value;
  const Status status = check_options(request);
  EXPECT_TRUE(status.ok() || status.code() == Code::kInvalidArgument);
  return status.message();
}

TEST(OptionTable, NumbersOutsideTheirRangeAreRefusedByName) {
  for_each_option([&](const auto& option) {
    using Value = ValueOf<decltype(option)>;
    const std::string name(option.name);
    if constexpr (std::is_same_v<Value, float>) {
      for (const float value : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
        EXPECT_THAT(refusal(option, value), StartsWith(name + " ")) << name;
      }
      EXPECT_EQ(refusal(option, option.range.low).empty(), !option.range.above_low) << name;
      EXPECT_EQ(refusal(option, option.range.high), "");
    } else if constexpr (std::is_same_v<Value, std::uint32_t>) {
      EXPECT_LT(option.range.low, option.range.high) << name;
      if (option.range.low > 0) {
        EXPECT_THAT(refusal(option, option.range.low - 1),
                    StartsWith(name + " " + std::to_string(option.range.low - 1) + ": at least"));
      }
      if (option.range.high < std::numeric_limits<std::uint32_t>::max()) {
        EXPECT_EQ(refusal(option, option.range.high + 1),
                  name + " " + std::to_string(option.range.high + 1) + " is above " +
                      std::to_string(option.range.high));
      }
      EXPECT_EQ(refusal(option, option.range.low), "");
      EXPECT_EQ(refusal(option, option.range.high), "");
    } else if constexpr (std::is_enum_v<Value>) {
      EXPECT_EQ(refusal(option, static_cast<Value>(77)), name + ": expected " + words_of<Value>());
    }
  });
}

TEST(OptionTable, AMessageSpeaksOfOptionsInTheWordsOfWhoTellsIt) {
  SearchOptions options;
  options.vocab = 10;
  options.beam = 4;
  options.n_best = 5;
  const Status status = check_search_options(options);
  const auto say = [](std::string_view option) { return "<" + std::string(option) + ">"; };
  EXPECT_EQ(status.message(), "n_best 5 is above beam 4");
  EXPECT_EQ(status.message_with(say), "<n_best> 5 is above <beam> 4");
  const Status inside = status.within("line beam").within("n_best");
  EXPECT_EQ(inside.message(), "n_best: line beam: n_best 5 is above beam 4");
  EXPECT_EQ(inside.message_with(say), "n_best: line beam: <n_best> 5 is above <beam> 4");
  EXPECT_EQ(inside.code(), Code::kInvalidArgument);
  EXPECT_EQ(Status(Code::kInput, "beam 4").message_with(say), "beam 4");
  EXPECT_EQ(Status().message_with(say), "");
}

TEST(Words, EachStandsForOneValue) {
  const auto check = [](auto type) {
    using T = decltype(type);
    std::set<std::string_view> words;
    for (const Word<T>& one : WordsOf<T>::all) {
      EXPECT_TRUE(words.insert(one.word).second) << one.word;
      EXPECT_EQ(word_of(one.value), one.word);
      EXPECT_EQ(value_of<T>(one.word), one.value);
    }
    EXPECT_EQ(value_of<T>("none of them"), std::nullopt);
  };
  check(bool());
  check(Compute());
  check(Gemm());
  check(Rules());
  check(EarlyStopping());
  check(Split());
  check(CopyUnknown());
  EXPECT_EQ(word_of(static_cast<Compute>(77)), "");
  EXPECT_EQ(words_of<EarlyStopping>(), "false, true or never");
  EXPECT_EQ(words_of<bool>(), "on or off");
}

}  // namespace
}  // namespace transept
