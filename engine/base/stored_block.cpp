#include "engine/base/stored_block.h"

#include <sys/resource.h>
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

#include "engine/base/temporary_file.h"
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

// 0, or the error that the system gave.
int write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return 0;
}

// A process that writes above its limit gets a signal, which ends most programs: it is not for a
// library to let that happen, nor to change what signals do.
bool above_limit(std::size_t size) {
  rlimit limit{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
         limit.rlim_cur < size;
}

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
  if (std::memcmp(&header, &expected, kHeaderBytes) != 0) {
    return wrong("its header is of another version or model");
  }
  const std::span<const std::byte> block = bytes.subspan(kHeaderBytes);
  if (content_of(block, team) != header.content) return wrong("its content is damaged");
  return StoredBlock{file, block};
}

Status store_block(const fs::path& path, const Digest& key, std::span<const std::byte> bytes,
                   Team& team) {
  const auto cannot = [](const fs::path& what, int error) {
    return Status(Code::kOutput, "cannot write " + what.string() + ": " + std::strerror(error));
  };
  std::error_code made;
  fs::create_directories(path.parent_path(), made);
  if (made) return cannot(path.parent_path(), made.value());
  if (above_limit(kHeaderBytes + bytes.size())) return cannot(path, EFBIG);
  const Header header = header_of(key, bytes, team);
  TRANSEPT_ASSIGN_OR_RETURN(TemporaryFile file, TemporaryFile::create(path, 0600));
  int error = write_all(file.fd(), std::as_bytes(std::span(&header, 1)));
  if (error == 0) error = write_all(file.fd(), bytes);
  if (error == 0 && ::fsync(file.fd()) != 0) error = errno;
  if (error == 0) error = file.rename_to(path);
  return error == 0 ? Status() : cannot(path, error);
}

}  // namespace transept
