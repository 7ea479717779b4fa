// Reports as JSON and back.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>

#include "tools/base/bounded_json.h"
#include "tools/base/numbers.h"
#include "tools/html/report.h"
#include "tools/html/report_fields.h"

namespace transept::html {
namespace {

using Json = nlohmann::ordered_json;  // facts keep their order

// Why a report cannot be read; caught in parse_report().
struct Malformed {
  std::string message;
};

// A value and its place in the file, for messages.
class Node {
 public:
  Node(const Json& json, std::string place) : json_(&json), place_(std::move(place)) {}

  const Json& json() const { return *json_; }
  [[noreturn]] void fail(const std::string& expected) const {
    throw Malformed{(place_.empty() ? "the report" : place_) + ": expected " + expected};
  }

  std::optional<Node> find(const std::string& name) const {
    if (!json_->is_object()) fail("an object");
    const auto found = json_->find(name);
    if (found == json_->end()) return std::nullopt;
    return Node(*found, place_.empty() ? name : place_ + "." + name);
  }
  Node at(const std::string& name) const {
    if (auto node = find(name)) return *node;
    fail("a member \"" + name + '"');
  }
  Node at(std::size_t i) const { return {(*json_)[i], place_ + "[" + std::to_string(i) + "]"}; }
  std::size_t size() const {
    if (!json_->is_array()) fail("a list");
    return json_->size();
  }

  double number() const {
    if (json_->is_null()) return kNone;
    if (!json_->is_number()) fail("a number");
    return json_->get<double>();
  }
  std::string string() const {
    if (!json_->is_string()) fail("a string");
    return json_->get<std::string>();
  }
  bool boolean() const {
    if (!json_->is_boolean()) fail("true or false");
    return json_->get<bool>();
  }
  std::size_t index() const {
    if (!json_->is_number_unsigned()) fail("a whole number");
    return json_->get<std::size_t>();
  }
  // A string, or a number as people read it.
  std::string text() const {
    if (json_->is_null()) return "–";
    if (json_->is_number_integer()) return tools::readable(json_->get<double>(), 0);
    if (json_->is_number()) return tools::readable(json_->get<double>());
    if (!json_->is_string()) fail("a string or a number");
    return json_->get<std::string>();
  }

 private:
  const Json* json_;
  std::string place_;
};

// "linear, log10 or log2".
template <class Names>
std::string one_of(const Names& names) {
  std::string list;
  for (const std::string_view& name : names) {
    const bool last = &name == &names.back();
    list += (list.empty() ? "" : last ? " or " : ", ") + std::string(name);
  }
  return list;
}

// Calls use(type) with a null pointer to each kind of item.
template <class Use>
void for_each_kind(const Use& use) {
  const auto each = [&]<class... T>(std::type_identity<std::variant<T...>>) {
    (use(static_cast<T*>(nullptr)), ...);
  };
  each(std::type_identity<Item>());
}

// Visits a description and takes the members of `node`.
class Reader {
 public:
  explicit Reader(const Node& node) : node_(node) {}

  template <class T>
  void member(const char* name, T& value) const {
    if (const auto found = node_.find(name)) read(*found, value);
  }
  template <class T>
  void required(const char* name, T& value) const {
    read(node_.at(name), value);
  }
  template <class T>
  void if_any(const char* name, T& value) const {
    member(name, value);
  }
  void label(const char* name, std::string& text) const { text = node_.at(name).text(); }
  void paragraphs(const char* name, std::vector<std::string>& texts) const {
    const auto found = node_.find(name);
    if (found && found->json().is_string()) {
      texts = {found->string()};
    } else if (found) {
      read(*found, texts);
    }
  }
  void axis(const char* name, Axis& axis, bool from_zero) const {
    axis.from_zero = from_zero;
    member(name, axis);
  }

 private:
  template <class T>
  static void read(const Node& node, T& value) {
    if constexpr (std::is_enum_v<T>) {
      const std::string word = node.string();
      const auto names = names_of(T());
      const auto found = std::find(names.begin(), names.end(), word);
      if (found == names.end() && !word.empty()) node.fail(one_of(names));
      value = found == names.end() ? T() : static_cast<T>(found - names.begin());
    } else {
      Reader reader(node);
      describe(reader, value);
    }
  }
  static void read(const Node& node, double& value) { value = node.number(); }
  static void read(const Node& node, bool& value) { value = node.boolean(); }
  static void read(const Node& node, std::size_t& value) { value = node.index(); }
  static void read(const Node& node, std::string& value) { value = node.string(); }
  static void read(const Node& node, std::optional<double>& value) {
    const double number = node.number();
    value = std::isnan(number) ? std::nullopt : std::optional(number);
  }
  static void read(const Node& node, std::optional<int>& decimals) {
    decimals = static_cast<int>(std::min<std::size_t>(node.index(), 12));
  }
  template <class T>
  static void read(const Node& node, std::vector<T>& values) {
    const std::size_t count = node.size();
    values.clear();
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) read(node.at(i), values.emplace_back());
  }
  static void read(const Node& node, std::vector<std::string>& texts) {
    texts.clear();
    for (std::size_t i = 0; i < node.size(); ++i) texts.push_back(node.at(i).text());
  }
  static void read(const Node& node, std::vector<std::pair<std::string, std::string>>& facts) {
    if (!node.json().is_object()) node.fail("an object");
    for (const auto& [name, value] : node.json().items()) {
      facts.emplace_back(name, Node(value, "facts." + name).text());
    }
  }

  // What may also be written in short.
  static void read(const Node& node, Column& column) {
    if (node.json().is_string()) {
      column.title = node.string();
    } else {
      Reader reader(node);
      describe(reader, column);
    }
  }
  static void read(const Node& node, Cell& cell) {
    if (!node.json().is_object()) {
      cell.text = node.text();
    } else {
      Reader reader(node);
      describe(reader, cell);
    }
  }
  static void read(const Node& node, Point& point) {
    if (node.json().is_object()) {
      Reader reader(node);
      return describe(reader, point);
    }
    const std::size_t size = node.size();
    if (size != 2 && size != 4) node.fail("[x, y] or [x, y, low, high]");
    double* const values[] = {&point.x, &point.y, &point.low, &point.high};
    for (std::size_t i = 0; i < size; ++i) read(node.at(i), *values[i]);
  }

  static void read(const Node& node, std::vector<Item>& items) {
    for (std::size_t i = 0; i < node.size(); ++i) read_item(node.at(i), items);
  }
  static void read_item(const Node& node, std::vector<Item>& items) {
    const std::string kind = node.at("kind").string();
    bool known = false;
    std::vector<std::string_view> kinds;
    for_each_kind([&]<class T>(T*) {
      kinds.push_back(kKind<T>);
      if (kind != kKind<T>) return;
      known = true;
      const Reader reader(node);
      if constexpr (std::is_same_v<T, Paragraph>) {
        std::vector<std::string> texts;
        reader.paragraphs("text", texts);
        items.insert(items.end(), texts.begin(), texts.end());
      } else {
        T item;
        reader.member("title", item.title);
        reader.member("caption", item.caption);
        describe(reader, item);
        if constexpr (std::is_same_v<T, Table>) check_rows(node, item);
        items.emplace_back(std::move(item));
      }
    });
    if (!known) node.at("kind").fail(one_of(kinds));
  }
  static void check_rows(const Node& node, const Table& table) {
    const std::size_t columns = table.columns.size();
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      if (table.rows[i].size() != columns) {
        node.at("rows").at(i).fail(std::to_string(columns) + " cells, one a column");
      }
    }
  }

  const Node& node_;
};

// Visits a description and writes the members into an object.
class Writer {
 public:
  explicit Writer(Json object = Json::object()) : json_(std::move(object)) {}
  Json finish() { return std::move(json_); }

  template <class T>
  void member(const char* name, const T& value) {
    json_[name] = json_of(value);
  }
  template <class T>
  void required(const char* name, const T& value) {
    member(name, value);
  }
  template <class T>
  void if_any(const char* name, const T& value) {
    if (is_any(value)) member(name, value);
  }
  void label(const char* name, const std::string& text) { member(name, text); }
  void paragraphs(const char* name, const std::vector<std::string>& texts) { member(name, texts); }
  void axis(const char* name, const Axis& axis, bool) { member(name, axis); }

 private:
  static bool is_any(double value) { return std::isfinite(value); }
  template <class T>
  static bool is_any(const std::optional<T>& value) {
    return value.has_value();
  }
  template <class T>
  static bool is_any(const T& list) {
    return !list.empty();
  }

  template <class T>
  static Json json_of(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return std::string(names_of(value)[static_cast<std::size_t>(value)]);
    } else if constexpr (std::is_integral_v<T> || std::is_convertible_v<T, std::string>) {
      return value;
    } else {
      Writer writer;
      describe(writer, value);
      return writer.finish();
    }
  }
  // JSON has no number for what is not finite.
  static Json json_of(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
  template <class T>
  static Json json_of(const std::optional<T>& value) {
    return json_of(*value);
  }
  template <class T>
  static Json json_of(const std::vector<T>& values) {
    Json array = Json::array();
    for (const T& value : values) array.push_back(json_of(value));
    return array;
  }
  static Json json_of(const std::vector<std::pair<std::string, std::string>>& facts) {
    Json object = Json::object();
    for (const auto& [name, value] : facts) object[name] = value;
    return object;
  }
  static Json json_of(const Cell& cell) {
    if (cell.tone == Cell::Tone::plain) return cell.text;
    Writer writer;
    describe(writer, cell);
    return writer.finish();
  }
  static Json json_of(const Item& item) {
    return std::visit(
        []<class T>(const T& one) {
          Writer writer(Json{{"kind", std::string(kKind<T>)}});
          if constexpr (std::is_same_v<T, Paragraph>) {
            writer.member("text", one);
          } else {
            writer.member("title", one.title);
            writer.member("caption", one.caption);
            describe(writer, one);
          }
          return writer.finish();
        },
        item);
  }

  Json json_;
};

}  // namespace

std::string to_json(const Report& report, std::string_view extra) {
  Writer writer;
  describe(writer, report);
  std::string text = writer.finish().dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!extra.empty()) text.insert(1, std::string(extra) + ',');
  return text;
}

Result<Report> parse_report(std::string_view json) {
  try {
    const Json tree = tools::parse_bounded<Json>(json);
    const Node root(tree, "");
    Report report;
    const Reader reader(root);
    describe(reader, report);
    return report;
  } catch (const Malformed& malformed) {
    return Status(Code::kInput, malformed.message);
  } catch (const Json::exception& e) {
    std::string message = e.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ..." without its number.
    if (const std::size_t end = message.find("] "); end != std::string::npos) {
      message.erase(0, end + 2);
    }
    return Status(Code::kInput, message);
  }
}

}  // namespace transept::html
