#include "tools/base/replaced_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/base/digest.h"

namespace transept::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kLinks = 40;  // as the system follows
constexpr std::string_view kPartial = ".partial";

// Where a link leads, also to a file that is not there yet.
fs::path followed(fs::path path) {
  std::error_code error;
  for (int i = 0; i < kLinks && fs::is_symlink(path, error); ++i) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;
  }
  return path;
}

std::size_t longest_name(const fs::path& folder) {
  const long limit = ::pathconf(folder.empty() ? "." : folder.c_str(), _PC_NAME_MAX);
  return limit > 0 ? static_cast<std::size_t>(limit) : NAME_MAX;
}

}  // namespace

Result<ReplacedFile> ReplacedFile::open(const fs::path& path) {
  const auto cannot = [&path](int error) {
    return Status(Code::kOutput, "cannot write " + path.string() + ": " + std::strerror(error));
  };
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (!exists && errno != ENOENT) return cannot(errno);
  if (exists && ::access(path.c_str(), W_OK) != 0) return cannot(errno);
  fs::path target = followed(path);
  if (target.filename().empty()) return cannot(EISDIR);
  Result<TemporaryFile> file = TemporaryFile::create(target, 0666);
  if (!file.ok()) return file.status();
  if (exists) ::fchmod(file->fd(), info.st_mode & 07777);
  return ReplacedFile(std::move(target), *std::move(file));
}

int ReplacedFile::commit() { return file_.rename_to(target_); }

int ReplacedFile::keep_partial(std::uint64_t size) {
  if (::ftruncate(file_.fd(), static_cast<off_t>(size)) != 0) return errno;
  return file_.rename_to(partial_name());
}

fs::path ReplacedFile::partial_name() const {
  std::string name = target_.filename().string();
  const std::size_t room = longest_name(target_.parent_path()) - kPartial.size();
  if (name.size() > room) {
    const std::string mark = "~" + digest(std::as_bytes(std::span(name))).hex().substr(0, 8);
    std::size_t cut = room - mark.size();
    // Not inside a character of UTF-8.
    while (cut > 0 && (static_cast<unsigned char>(name[cut]) & 0xC0) == 0x80) --cut;
    name = name.substr(0, cut) + mark;
  }
  return target_.parent_path() / name.append(kPartial);
}

}  // namespace transept::tools
