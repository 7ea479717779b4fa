#include "tools/regress/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

#include "tools/scorer/text.h"

namespace transept::tools {
namespace {

// What ends the parser from within its callbacks.
struct Refusal {
  std::size_t line;
  std::string why;
};

std::size_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1;
}

std::size_t count_nodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& item : node.items) count += count_nodes(item);
  for (const auto& [key, value] : node.members) count += 1 + count_nodes(value);
  return count;
}

std::size_t depth_of(const YamlNode& node) {
  std::size_t depth = 0;
  for (const YamlNode& item : node.items) depth = std::max(depth, depth_of(item));
  for (const auto& [key, value] : node.members) depth = std::max(depth, depth_of(value));
  return depth + 1;
}

// Builds the tree from the parser's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(mark, anchor, YamlNode::Kind::null, "");
  }

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& text) override {
    leaf(mark, anchor, YamlNode::Kind::scalar, text);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refusal{line_of(mark), "an alias stands inside what it is a name for"};
    }
    count(found->second.nodes, line_of(mark));
    if (open_.size() + found->second.depth > kYamlDepth) too_deep(mark);
    add(YamlNode(found->second.node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(mark, anchor, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(mark, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { end(); }

  YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor;
    YamlNode key;  // of a map: the key whose value has not come
    bool has_key = false;
  };
  struct Anchored {
    YamlNode node;
    std::size_t nodes;
    std::size_t depth;
  };

  void count(std::size_t nodes, std::size_t line) {
    nodes_ += nodes;
    if (nodes_ > kYamlNodes) {
      throw Refusal{line, "more than " + std::to_string(kYamlNodes) + " values, aliases included"};
    }
  }

  [[noreturn]] static void too_deep(const YAML::Mark& mark) {
    throw Refusal{line_of(mark), "nested more than " + std::to_string(kYamlDepth) + " levels deep"};
  }

  void leaf(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind,
            const std::string& text) {
    count(1, line_of(mark));
    YamlNode node;
    node.kind = kind;
    node.line = line_of(mark);
    node.text = text;
    keep(anchor, node);
    add(std::move(node));
  }

  void begin(const YAML::Mark& mark, YAML::anchor_t anchor, YamlNode::Kind kind) {
    count(1, line_of(mark));
    if (open_.size() >= kYamlDepth) too_deep(mark);
    Open open;
    open.node.kind = kind;
    open.node.line = line_of(mark);
    open.anchor = anchor;
    open_.push_back(std::move(open));
  }

  void end() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    keep(closed.anchor, closed.node);
    add(std::move(closed.node));
  }

  void keep(YAML::anchor_t anchor, const YamlNode& node) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = {node, count_nodes(node), depth_of(node)};
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::sequence) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      if (node.kind != YamlNode::Kind::scalar) throw Refusal{node.line, "a key must be a word"};
      if (const YamlNode* twice = parent.node.find(node.text)) {
        throw Refusal{node.line,
                      node.text + " stands twice, first in line " + std::to_string(twice->line)};
      }
      parent.key = std::move(node);
      parent.has_key = true;
    } else {
      parent.node.members.push_back({std::move(parent.key), std::move(node)});
      parent.has_key = false;
    }
  }

  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

Result<YamlNode> parse_yaml(const std::string& bytes, const std::string& name) {
  const auto refuse = [&](std::size_t line, const std::string& why) {
    return Status(Code::kInvalidArgument,
                  name + (line == 0 ? "" : ", line " + std::to_string(line)) + ": " + why);
  };
  if (bytes.size() > kYamlBytes) {
    return refuse(0, "larger than " + std::to_string(kYamlBytes >> 20) + " MiB");
  }
  if (const std::size_t invalid = score::find_invalid_utf8(bytes); invalid != std::string::npos) {
    const auto line = static_cast<std::size_t>(
        std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(invalid), '\n'));
    return refuse(line + 1, "not UTF-8");
  }
  std::istringstream stream(bytes);
  TreeBuilder builder;
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take();
    TreeBuilder more;
    if (parser.HandleNextDocument(more)) return refuse(0, "holds more than one document");
    return root;
  } catch (const Refusal& refusal) {
    return refuse(refusal.line, refusal.why);
  } catch (const YAML::Exception& e) {
    return refuse(line_of(e.mark), e.msg);
  }
}

}  // namespace transept::tools
