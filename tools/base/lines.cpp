#include "tools/base/lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "tools/base/printable.h"
#include "tools/scorer/text.h"

namespace transept::tools {
namespace {

constexpr std::size_t kChunk = 1 << 16;
constexpr std::size_t kReserved = 1 << 24;  // at most: a file may be sparse

constexpr std::string_view kMark = "\xEF\xBB\xBF";

Status cannot_read(const std::string& path, const std::string& why) {
  return Status(Code::kInput, "cannot read " + path + ": " + why);
}

Status system_error(const std::string& path) { return cannot_read(path, std::strerror(errno)); }

class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool ok() const { return fd_ >= 0; }

  // Bytes in all, of a regular file; otherwise 0.
  std::size_t size() const {
    struct stat info {};
    const bool known = ::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode);
    return known ? static_cast<std::size_t>(info.st_size) : 0;
  }
  // Bytes read, 0 at the end, below 0 with errno set.
  ssize_t read(char* out, std::size_t size) {
    ssize_t count;
    do {
      count = ::read(fd_, out, size);
    } while (count < 0 && errno == EINTR);
    return count;
  }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }

 private:
  int fd_;
};

Result<std::string> read_plain(File& file, const std::string& path) {
  std::string bytes;
  bytes.reserve(std::min(file.size(), kReserved));
  std::array<char, kChunk> chunk;
  while (true) {
    const ssize_t count = file.read(chunk.data(), chunk.size());
    if (count < 0) return system_error(path);
    if (count == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(count));
  }
}

Result<std::string> read_gzip(File& file, const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzdopen(file.release(), "rb"), gzclose);
  if (!stream) return cannot_read(path, "out of memory");
  std::string bytes;
  std::array<char, kChunk> chunk;
  while (true) {
    const int count = gzread(stream.get(), chunk.data(), static_cast<unsigned>(chunk.size()));
    if (count > 0) bytes.append(chunk.data(), static_cast<std::size_t>(count));
    if (count == static_cast<int>(chunk.size())) continue;
    // Less than asked for: the end, or damage.
    int error = Z_OK;
    gzerror(stream.get(), &error);
    if (count < 0 || error != Z_OK) return cannot_read(path, "damaged or cut off gzip data");
    return bytes;
  }
}

Result<std::string> read_zstd(File& file, const std::string& path) {
  const std::unique_ptr<ZSTD_DStream, std::size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                             ZSTD_freeDStream);
  if (!stream) return cannot_read(path, "out of memory");
  std::string bytes;
  std::array<char, kChunk> compressed, chunk;
  std::size_t missing = 0;  // of a frame that has begun
  while (true) {
    const ssize_t count = file.read(compressed.data(), compressed.size());
    if (count < 0) return system_error(path);
    if (count == 0) break;
    ZSTD_inBuffer in = {compressed.data(), static_cast<std::size_t>(count), 0};
    while (in.pos < in.size) {
      ZSTD_outBuffer out = {chunk.data(), chunk.size(), 0};
      missing = ZSTD_decompressStream(stream.get(), &out, &in);
      if (ZSTD_isError(missing) != 0) return cannot_read(path, ZSTD_getErrorName(missing));
      bytes.append(chunk.data(), out.pos);
    }
  }
  // What the decoder holds back because the output was full.
  while (missing != 0) {
    ZSTD_inBuffer in = {nullptr, 0, 0};
    ZSTD_outBuffer out = {chunk.data(), chunk.size(), 0};
    missing = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(missing) != 0 || (missing != 0 && out.pos == 0)) {
      return cannot_read(path, "damaged or cut off zstd data");
    }
    bytes.append(chunk.data(), out.pos);
  }
  return bytes;
}

Result<std::vector<std::string>> to_lines(std::string_view bytes, const std::string& name) {
  if (is_utf16(bytes.substr(0, bytes.find('\n')))) return cannot_read(name, std::string(kUtf16));
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    const std::size_t invalid = score::find_invalid_utf8(line);
    if (invalid != std::string_view::npos) {
      return cannot_read(name, "line " + std::to_string(lines.size() + 1) +
                                   " is not UTF-8 at byte " + std::to_string(invalid + 1));
    }
    lines.emplace_back(score::strip_right(line));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  return lines;
}

}  // namespace

Result<std::vector<std::string>> read_lines(const std::string& path) {
  File file(path);
  if (!file.ok()) return system_error(path);
  const Result<std::string> bytes = path.ends_with(".gz")    ? read_gzip(file, path)
                                    : path.ends_with(".zst") ? read_zstd(file, path)
                                                             : read_plain(file, path);
  if (!bytes.ok()) return bytes.status();
  return to_lines(*bytes, path);
}

Result<std::vector<std::string>> read_lines(std::istream& stream, const std::string& name) {
  std::string bytes;
  std::array<char, kChunk> chunk;
  while (stream.read(chunk.data(), chunk.size()), stream.gcount() > 0) {
    bytes.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return cannot_read(name, "reading failed");
  return to_lines(bytes, name);
}

std::string warning_of_marks(const std::vector<std::string>& lines, const std::string& name) {
  const auto is_marked = [](const std::string& line) { return line.find(kMark) != line.npos; };
  const auto first = std::find_if(lines.begin(), lines.end(), is_marked);
  if (first == lines.end()) return "";
  const auto count = std::count_if(first, lines.end(), is_marked);
  return name + ", line " + std::to_string(first - lines.begin() + 1) +
         (count > 1 ? " and " + std::to_string(count - 1) + " more" : "") +
         ": a byte-order mark (U+FEFF) counts as part of the text";
}

std::vector<std::string> split_tabs(std::string_view line) {
  std::vector<std::string> fields;
  while (true) {
    const std::size_t tab = line.find('\t');
    fields.emplace_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

}  // namespace transept::tools
