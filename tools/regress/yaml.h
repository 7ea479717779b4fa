// YAML: a document as a tree that knows its lines, read with bounds on everything a hostile file
// could blow up.
//
// An alias is read as a copy of what it stands for, which counts towards the bound on nodes: what
// grows without end when it is expanded is refused. Tags are ignored; every scalar is its text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "transept/status.h"

namespace transept::tools {

struct YamlMember;

struct YamlNode {
  enum class Kind { null, scalar, sequence, map };

  Kind kind = Kind::null;
  std::size_t line = 0;             // from 1
  std::string text;                 // of a scalar
  std::vector<YamlNode> items;      // of a sequence
  std::vector<YamlMember> members;  // of a map: in order, each key once

  // The member of this name, or null.
  const YamlNode* find(std::string_view key) const;
};

struct YamlMember {
  YamlNode key;  // a scalar
  YamlNode value;
};

inline constexpr std::size_t kYamlBytes = 1 << 20;
inline constexpr std::size_t kYamlNodes = 20'000;
inline constexpr std::size_t kYamlDepth = 24;

// Reads one document. `name` begins the messages: "suite.yaml, line 3: ...".
// Errors: kInvalidArgument for what is no YAML, for keys that are not scalars or stand twice, and
// for what exceeds the bounds above.
Result<YamlNode> parse_yaml(const std::string& bytes, const std::string& name);

}  // namespace transept::tools
