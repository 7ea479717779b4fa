#include "engine/base/json.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/base/file_kind.h"
#include "engine/base/listing.h"
#include "engine/base/mapped_file.h"
#include "engine/base/try.h"

namespace transept {
namespace {

// What a look at the text outside its strings tells. Up to the first error of a parser, both agree
// on what is inside a string.
struct Outline {
  bool too_deep = false;
  std::vector<std::size_t> constants;  // where NaN, Infinity or -Infinity begin
};

constexpr std::string_view kConstants[] = {"NaN", "Infinity", "-Infinity"};

std::string_view constant_at(std::string_view text, std::size_t at) {
  for (const std::string_view constant : kConstants) {
    if (text.substr(at).starts_with(constant)) return constant;
  }
  return {};
}

Outline outline_of(std::string_view text) {
  Outline outline;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    switch (c) {
      case '"': in_string = true; break;
      case '{':
      case '[':
        if (++depth > kMaxJsonDepth) {
          outline.too_deep = true;
          return outline;
        }
        break;
      case '}':
      case ']':
        if (depth > 0) --depth;
        break;
      case 'N':
      case 'I':
      case '-':
        if (const std::string_view constant = constant_at(text, i); !constant.empty()) {
          outline.constants.push_back(i);
          i += constant.size() - 1;
        }
        break;
      default: break;
    }
  }
  return outline;
}

// The constants in quotation marks.
std::string quote_constants(std::string_view text, const std::vector<std::size_t>& constants) {
  std::string quoted;
  quoted.reserve(text.size() + 2 * constants.size());
  std::size_t copied = 0;
  for (const std::size_t at : constants) {
    const std::string_view constant = constant_at(text, at);
    quoted.append(text.substr(copied, at - copied)).append("\"").append(constant).append("\"");
    copied = at + constant.size();
  }
  return quoted.append(text.substr(copied));
}

}  // namespace

Result<JsonTree> parse_json(std::string_view text, std::string_view name) {
  const auto corrupt = [name](const std::string& what) {
    return Status(Code::kCorrupt, std::string(name) + ": " + what);
  };
  const Outline outline = outline_of(text);
  if (outline.too_deep) {
    return corrupt("nested more than " + std::to_string(kMaxJsonDepth) + " levels deep");
  }
  const bool rewritten = !outline.constants.empty();
  const std::string quoted = rewritten ? quote_constants(text, outline.constants) : "";
  try {
    JsonTree json = rewritten ? JsonTree::parse(quoted) : JsonTree::parse(text);
    if (!json.is_object()) return corrupt("expected a JSON object");
    return json;
  } catch (const Json::parse_error& error) {
    // Positions are those of the file.
    std::size_t byte = error.byte;
    for (const std::size_t at : outline.constants) byte -= at + 1 < byte ? 2 : 0;
    return wrong_file(std::as_bytes(std::span(text)), name,
                      corrupt("not valid JSON at byte " + std::to_string(byte)));
  } catch (const Json::out_of_range&) {
    return corrupt("it holds a number beyond the range of a double");
  }
}

Result<JsonTree> read_json(const std::filesystem::path& path, std::size_t max_bytes) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto file, MappedFile::read(path, max_bytes));
  const std::span<const std::byte> bytes = file->bytes();
  return parse_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string());
}

Result<JsonTree> read_optional_json(const Listing& listing, std::string_view name) {
  if (!listing.has(name)) return JsonTree::parse("{}");
  return read_json(listing.at(name));
}

}  // namespace transept
