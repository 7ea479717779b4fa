#include "tools/scorer/unicode_classes.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace transept::score {
namespace {

// FNV-1a over the classes of all code points, in order. The value was computed from what the Python
// package regex 2026.11.19, which sacreBLEU asks, says of \p{N}, \p{P} and \p{S}.
TEST(UnicodeClasses, OfEveryCodePointAsInRegex) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    hash = (hash ^ static_cast<std::uint64_t>(class_of(code))) * 0x100000001b3;
  }
  EXPECT_EQ(hash, 0x2ef318d20941ba5cu);
}

TEST(UnicodeClasses, OfExamples) {
  EXPECT_EQ(class_of(U'7'), CharacterClass::number);
  EXPECT_EQ(class_of(U'½'), CharacterClass::number);
  EXPECT_EQ(class_of(U'₭'), CharacterClass::symbol);
  EXPECT_EQ(class_of(U'。'), CharacterClass::punctuation);
  EXPECT_EQ(class_of(U'é'), CharacterClass::other);
  EXPECT_EQ(class_of(U'中'), CharacterClass::other);
  EXPECT_EQ(class_of(0x1FAE9), CharacterClass::symbol);
}

TEST(UnicodeClasses, BeyondUnicodeThereIsNothing) {
  EXPECT_EQ(class_of(0x10FFFF), CharacterClass::other);
  EXPECT_EQ(class_of(0x110000), CharacterClass::other);
  EXPECT_EQ(class_of(0xFFFFFFFF), CharacterClass::other);
}

}  // namespace
}  // namespace transept::score
