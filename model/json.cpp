#include "model/json.h"

#include <string>

#include "engine/base/mapped_file.h"
#include "engine/base/try.h"

namespace transept {

Result<JsonTree> read_json(const std::filesystem::path& path, std::size_t max_bytes) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto file, MappedFile::open(path));
  if (file->bytes().size() > max_bytes) {
    return Status(Code::kCorrupt, path.string() + ": too large for a configuration file");
  }
  const auto* begin = reinterpret_cast<const char*>(file->bytes().data());
  try {
    JsonTree json = JsonTree::parse({begin, file->bytes().size()});
    if (!json.is_object())
      return Status(Code::kCorrupt, path.string() + ": expected a JSON object");
    return json;
  } catch (const Json::parse_error& error) {
    return Status(Code::kCorrupt,
                  path.string() + ": not valid JSON at byte " + std::to_string(error.byte));
  }
}

}  // namespace transept
