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
#include <utility>

#include "engine/base/try.h"

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
  // The mapping around these bytes; empty when there is none.
  std::span<const std::byte> around(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    auto after = sizes.upper_bound(bytes.data());
    if (after == sizes.begin()) return {};
    const auto& [begin, size] = *--after;
    if (bytes.data() + bytes.size() > begin + size) return {};
    return {begin, size};
  }
};

// A regular file, open for reading; closed at the end.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)), error_(fd_ < 0 ? errno : 0) {}
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

  Status describe(const std::filesystem::path& path, struct stat& info) const {
    if (fd_ < 0) return cannot_read(path, error_);
    if (::fstat(fd_, &info) != 0) return cannot_read(path, errno);
    if (S_ISREG(info.st_mode)) return Status();
    return cannot_read(path,
                       S_ISDIR(info.st_mode) ? "it is a directory" : "it is not a regular file");
  }

 private:
  int fd_;
  int error_;
};

Status changed(const std::filesystem::path& path) {
  return Status(Code::kCorrupt, path.string() + " changed while it was read");
}

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::filesystem::path& path) {
  const OpenFile source(path);
  std::shared_ptr<MappedFile> file(new MappedFile);
  TRANSEPT_RETURN_IF_ERROR(source.describe(path, file->opened_));
  file->path_ = path;
  if (const auto size = static_cast<std::size_t>(file->opened_.st_size); size > 0) {
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, source.fd(), 0);
    if (address == MAP_FAILED) return cannot_read(path, errno);
    file->bytes_ = {static_cast<const std::byte*>(address), size};
    Mappings::all().add(file->bytes_);
  }
  return std::shared_ptr<const MappedFile>(std::move(file));
}

Result<std::shared_ptr<const MappedFile>> MappedFile::read(const std::filesystem::path& path,
                                                           std::size_t max_bytes) {
  const OpenFile source(path);
  std::shared_ptr<MappedFile> file(new MappedFile);
  TRANSEPT_RETURN_IF_ERROR(source.describe(path, file->opened_));
  file->path_ = path;
  const auto size = static_cast<std::size_t>(file->opened_.st_size);
  if (size > max_bytes) {
    return Status(Code::kCorrupt, path.string() + ": too large, " + std::to_string(size) +
                                      " bytes, for what it is: at most " +
                                      std::to_string(max_bytes) + " are read");
  }
  file->memory_ = std::make_unique_for_overwrite<std::byte[]>(size);
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got =
        ::pread(source.fd(), file->memory_.get() + done, size - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, std::strerror(errno));
    if (got == 0) return changed(path);
    done += static_cast<std::size_t>(got);
  }
  struct stat now {};
  if (::fstat(source.fd(), &now) != 0 || !same_file(file->opened_, now)) return changed(path);
  file->bytes_ = {file->memory_.get(), size};
  return std::shared_ptr<const MappedFile>(std::move(file));
}

Status MappedFile::check_unchanged() const {
  struct stat now {};
  // A file that is gone leaves what was opened as it was.
  if (::stat(path_.c_str(), &now) != 0 || same_file(opened_, now)) return Status();
  return changed(path_);
}

Result<std::shared_ptr<const MappedFile>> WeightFiles::open(const std::filesystem::path& path) {
  TRANSEPT_ASSIGN_OR_RETURN(auto file, mapped_ ? MappedFile::open(path) : MappedFile::read(path));
  files_.push_back(file);
  return file;
}

Status WeightFiles::check_unchanged() const {
  for (const auto& file : files_) TRANSEPT_RETURN_IF_ERROR(file->check_unchanged());
  return Status();
}

MappedFile::~MappedFile() {
  if (bytes_.empty() || memory_ != nullptr) return;
  Mappings::all().remove(bytes_);
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void release_pages(std::span<const std::byte> bytes) noexcept {
  if (Mappings::all().around(bytes).empty()) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(bytes.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(bytes.data() + bytes.size()) / page * page;
  // The mapping is private and never written, so dropped pages come back from the file unchanged.
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

void release_file(std::span<const std::byte> bytes) noexcept {
  release_pages(Mappings::all().around(bytes));
}

}  // namespace transept
