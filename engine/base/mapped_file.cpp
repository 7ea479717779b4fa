#include "engine/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

namespace transept {
namespace {

Status cannot_read(const std::filesystem::path& path, const char* reason) {
  return Status(Code::kNotFound, "cannot read " + path.string() + ": " + reason);
}

// Memory, address space and descriptors that run out say nothing about the file.
Status cannot_read(const std::filesystem::path& path, int error) {
  Status status = cannot_read(path, std::strerror(error));
  const bool exhausted = error == ENOMEM || error == EMFILE || error == ENFILE;
  return exhausted ? Status(Code::kOutOfMemory, status.message()) : status;
}

// Where files are mapped now: only their pages come back when they are dropped.
struct Mappings {
  std::mutex mutex;
  std::map<const std::byte*, std::size_t> sizes;

  static Mappings& all() {
    static auto* const mappings = new Mappings;  // outlives every static object that holds a file
    return *mappings;
  }
  void add(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    sizes[bytes.data()] = bytes.size();
  }
  void remove(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    sizes.erase(bytes.data());
  }
  bool hold(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    auto after = sizes.upper_bound(bytes.data());
    if (after == sizes.begin()) return false;
    const auto& [begin, size] = *--after;
    return bytes.data() + bytes.size() <= begin + size;
  }
};

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  // Before there is a descriptor that an exception would leave open.
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->path_ = path;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return cannot_read(path, errno);

  struct stat info {};
  if (::fstat(fd, &info) != 0) {
    const int error = errno;
    ::close(fd);
    return cannot_read(path, error);
  }
  if (!S_ISREG(info.st_mode)) {
    ::close(fd);
    return cannot_read(path,
                       S_ISDIR(info.st_mode) ? "it is a directory" : "it is not a regular file");
  }

  if (const auto size = static_cast<std::size_t>(info.st_size); size > 0) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    const int error = errno;
    ::close(fd);
    if (address == MAP_FAILED) return cannot_read(path, error);
    file->bytes_ = {static_cast<const std::byte*>(address), size};
    Mappings::all().add(file->bytes_);
  } else {
    ::close(fd);
  }
  return std::shared_ptr<const MappedFile>(std::move(file));
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  Mappings::all().remove(bytes_);
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void release_pages(std::span<const std::byte> bytes) noexcept {
  if (!Mappings::all().hold(bytes)) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page * page;
  // The mapping is private and never written, so dropped pages come back from the file unchanged.
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace transept
