#include "engine/base/stored_block.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include "engine/base/try.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHeaderBytes = 4096;

struct Header {
  std::array<char, 8> magic = {'T', 'R', 'P', 'A', 'C', 'K', 'E', 'D'};
  std::uint32_t byte_order = 0x01020304;
  std::uint32_t version = 1;
  std::uint64_t size = 0;
  Digest key;
  Digest content;
  std::array<std::byte, kHeaderBytes - 72> rest = {};
  Digest of_header;  // of all before it
};
static_assert(sizeof(Header) == kHeaderBytes && std::is_trivially_copyable_v<Header>);

Digest digest_of(const Header& header) {
  return digest(std::as_bytes(std::span(&header, 1)).first(offsetof(Header, of_header)));
}

Digest content_of(std::span<const std::byte> block, Team& team) {
  return digest_long({&block, 1}, team, [](std::span<const std::byte>) noexcept {}).front();
}

Header header_of(const Digest& key, std::span<const std::byte> block, Team& team) {
  Header header;
  header.size = block.size();
  header.key = key;
  header.content = content_of(block, team);
  header.of_header = digest_of(header);
  return header;
}

// A file that is removed unless it was renamed.
class NewFile {
 public:
  explicit NewFile(std::string pattern)
      : path_(std::move(pattern)), fd_(::mkostemp(path_.data(), O_CLOEXEC)) {}
  ~NewFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!renamed_) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  // Each returns whether it went well; errno says why not.
  bool is_open() const { return fd_ >= 0; }
  bool write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
  }
  bool flush() { return ::fsync(fd_) == 0; }
  bool rename_to(const fs::path& path) {
    return renamed_ = ::rename(path_.c_str(), path.c_str()) == 0;
  }

 private:
  std::string path_;
  int fd_;
  bool renamed_ = false;
};

}  // namespace

Result<StoredBlock> find_block(const fs::path& path, const Digest& key, std::size_t size,
                               Team& team) {
  TRANSEPT_ASSIGN_OR_RETURN(const auto file, MappedFile::open(path));
  const std::span<const std::byte> bytes = file->bytes();
  const auto wrong = [&path](const std::string& what) {
    return Status(Code::kCorrupt, path.string() + ": " + what);
  };
  if (bytes.size() < kHeaderBytes || bytes.size() - kHeaderBytes != size) {
    return wrong("expected " + std::to_string(size) + " bytes after a header of " +
                 std::to_string(kHeaderBytes) + ", found a file of " +
                 std::to_string(bytes.size()));
  }
  Header header;
  std::memcpy(&header, bytes.data(), kHeaderBytes);
  Header expected;
  expected.size = size;
  expected.key = key;
  expected.content = header.content;
  expected.of_header = digest_of(expected);
  if (std::memcmp(&header, &expected, kHeaderBytes) != 0)
    return wrong("its header is of another version or model");
  const std::span<const std::byte> block = bytes.subspan(kHeaderBytes);
  if (content_of(block, team) != header.content) return wrong("its content is damaged");
  return StoredBlock{file, block};
}

Status store_block(const fs::path& path, const Digest& key, std::span<const std::byte> bytes,
                   Team& team) {
  const auto cannot = [&path](int error) {
    return Status(Code::kOutput, "cannot write " + path.string() + ": " + std::strerror(error));
  };
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return cannot(error.value());
  const Header header = header_of(key, bytes, team);
  NewFile file(path.string() + ".XXXXXX");
  const bool stored = file.is_open() && file.write(std::as_bytes(std::span(&header, 1))) &&
                      file.write(bytes) && file.flush() && file.rename_to(path);
  return stored ? Status() : cannot(errno);
}

}  // namespace transept
