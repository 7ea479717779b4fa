#include "tools/regress/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace transept::tools {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

YamlNode parse(const std::string& text) {
  const Result<YamlNode> root = parse_yaml(text, "x.yaml");
  EXPECT_TRUE(root.ok()) << root.status().message();
  return root.ok() ? *root : YamlNode();
}

void expect_refusal(const std::string& text, const std::string& said) {
  const Result<YamlNode> root = parse_yaml(text, "x.yaml");
  ASSERT_FALSE(root.ok()) << text.substr(0, 200);
  EXPECT_EQ(root.status().code(), Code::kInvalidArgument);
  EXPECT_THAT(root.status().message(), StartsWith("x.yaml"));
  EXPECT_THAT(root.status().message(), HasSubstr(said));
}

TEST(Yaml, BuildsATreeWithLines) {
  const YamlNode root = parse("# comment\na: 1\nb:\n  - x y\n  - {c: 'd', e: }\n");
  ASSERT_EQ(root.kind, YamlNode::Kind::map);
  ASSERT_NE(root.find("a"), nullptr);
  EXPECT_EQ(root.find("a")->text, "1");
  EXPECT_EQ(root.find("a")->line, 2u);
  const YamlNode& list = *root.find("b");
  ASSERT_EQ(list.items.size(), 2u);
  EXPECT_EQ(list.items[0].text, "x y");
  EXPECT_EQ(list.items[0].line, 4u);
  EXPECT_EQ(list.items[1].find("c")->text, "d");
  EXPECT_EQ(list.items[1].find("e")->kind, YamlNode::Kind::null);
  EXPECT_EQ(root.find("nothing"), nullptr);
}

TEST(Yaml, ReadsAliasesAsCopies) {
  const YamlNode root = parse("a: &x [1, 2]\nb: *x\n");
  ASSERT_EQ(root.find("b")->items.size(), 2u);
  EXPECT_EQ(root.find("b")->items[1].text, "2");
}

TEST(Yaml, NamesTheLineOfWhatIsWrong) {
  expect_refusal("a: 1\nb: [1, 2\n", "line ");
  expect_refusal("a: 1\na: 2\n", "line 2: a stands twice, first in line 1");
  expect_refusal("a: 1\n? [x]\n: 2\n", "a key must be a word");
  expect_refusal("a: *nowhere\n", "line 1");
  expect_refusal("a: 1\nb: \xFF\n", "line 2: not UTF-8");
  expect_refusal("a: 1\n---\nb: 2\n", "more than one document");
}

TEST(Yaml, BoundsDepth) {
  std::string deep(kYamlDepth + 1, '[');
  expect_refusal(deep + std::string(kYamlDepth + 1, ']'), "levels deep");
  expect_refusal(std::string(200'000, '['), "levels deep");
  expect_refusal(std::string(50'000, '{'), "x.yaml");
  std::string indented;
  for (int i = 0; i < 300; ++i) indented += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  expect_refusal(indented, "levels deep");
}

TEST(Yaml, BoundsWhatAliasesGrowTo) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j == 0 ? "" : ", ") + before;
    text += "]\n";
  }
  expect_refusal(text, "aliases included");
  // A name inside what it stands for.
  expect_refusal("a: &a [*a]\n", "line 1");
}

TEST(Yaml, BoundsSize) {
  expect_refusal(std::string(kYamlBytes + 1, '#'), "larger than");
  std::string many = "[";
  for (std::size_t i = 0; i <= kYamlNodes; ++i) many += "1,";
  expect_refusal(many + "1]", "more than");
}

TEST(Yaml, SurvivesTruncationAndDamage) {
  const std::string text =
      "name: x\nmodels:\n  - &m {name: a, path: 'b'}\n  - *m\nsets:\n- name: \"q\\u00e4\"\n  text: "
      "|\n    two\n    lines\n"
      "tolerance: {bleu: 0.3} # comment\n? key\n: value\nlist: [a, [b, {c: d}], !!str e]\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    (void)parse_yaml(text.substr(0, size), "x.yaml");
  }
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = text;
    for (int flip = 0; flip < 1 + round % 4; ++flip) {
      const char bytes[] = "{}[]:,&*!|>'\"%@`#-? \n\t\0\xC3z";
      damaged[random() % damaged.size()] = bytes[random() % (sizeof bytes - 1)];
    }
    const Result<YamlNode> root = parse_yaml(damaged, "x.yaml");
    if (!root.ok()) {
      EXPECT_THAT(root.status().message(), StartsWith("x.yaml"));
    }
  }
}

}  // namespace
}  // namespace transept::tools
