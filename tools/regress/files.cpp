#include "tools/regress/files.h"

#include <dlfcn.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <vector>

namespace transept::tools {
namespace {

constexpr std::size_t kChunk = 1 << 18;

#define TRANSEPT_TEXT_OF(number) #number
#define TRANSEPT_VALUE_OF(macro) TRANSEPT_TEXT_OF(macro)
constexpr char kLibrary[] = "libcrypto.so." TRANSEPT_VALUE_OF(OPENSSL_SHLIB_VERSION);

// What is used of OpenSSL, loaded with the first checksum: it is the largest library of all, and
// would take a tenth of the time and of the memory in which a sentence is translated.
struct Crypto {
  decltype(&EVP_MD_CTX_new) make = nullptr;
  decltype(&EVP_MD_CTX_free) free = nullptr;
  decltype(&EVP_sha256) sha256 = nullptr;
  decltype(&EVP_DigestInit_ex) init = nullptr;
  decltype(&EVP_DigestUpdate) update = nullptr;
  decltype(&EVP_DigestFinal_ex) finish = nullptr;
};

template <class Function>
void find(void* library, const char* name, Function*& target) {
  target = reinterpret_cast<Function*>(library != nullptr ? ::dlsym(library, name) : nullptr);
  if (target == nullptr) throw std::runtime_error(std::string(kLibrary) + " is not installed");
}

// Throws std::runtime_error where there is none.
const Crypto& crypto() {
  static const Crypto loaded = [] {
    void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    Crypto found;
    find(library, "EVP_MD_CTX_new", found.make);
    find(library, "EVP_MD_CTX_free", found.free);
    find(library, "EVP_sha256", found.sha256);
    find(library, "EVP_DigestInit_ex", found.init);
    find(library, "EVP_DigestUpdate", found.update);
    find(library, "EVP_DigestFinal_ex", found.finish);
    return found;
  }();
  return loaded;
}

class Sha256 {
 public:
  Sha256() : context_(crypto().make(), crypto().free) {
    crypto().init(context_.get(), crypto().sha256(), nullptr);
  }
  void add(std::string_view bytes) { crypto().update(context_.get(), bytes.data(), bytes.size()); }
  std::string finish() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    crypto().finish(context_.get(), digest, &size);
    std::string text = "sha256:";
    for (unsigned int i = 0; i < size; ++i) {
      constexpr char kHex[] = "0123456789abcdef";
      text += kHex[digest[i] >> 4];
      text += kHex[digest[i] & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

// Calls take(chunk) until the end; take returns whether to go on.
template <class Take>
Status read_chunks(const std::filesystem::path& path, Take take) {
  const auto cannot_read = [&](int error) {
    return Status(Code::kInput, "cannot read " + path.string() + ": " + std::strerror(error));
  };
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return cannot_read(EISDIR);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return cannot_read(errno);
  std::vector<char> chunk(kChunk);
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    if (!take(std::string_view(chunk.data(), static_cast<std::size_t>(file.gcount())))) {
      return Status();
    }
  }
  return file.bad() ? cannot_read(EIO) : Status();
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit) {
  std::string bytes;
  Status status = read_chunks(path, [&](std::string_view chunk) {
    bytes += chunk;
    return bytes.size() <= limit;
  });
  if (!status.ok()) return status;
  if (bytes.size() > limit) {
    return Status(Code::kInput,
                  path.string() + " is larger than " + std::to_string(limit >> 20) + " MiB");
  }
  return bytes;
}

std::string checksum_of(std::string_view bytes) {
  Sha256 sum;
  sum.add(bytes);
  return sum.finish();
}

Result<std::string> checksum_of_files(std::span<const std::filesystem::path> files) {
  Sha256 sum;
  for (const std::filesystem::path& path : files) {
    Status status = read_chunks(path, [&](std::string_view chunk) {
      sum.add(chunk);
      return true;
    });
    if (!status.ok()) return status;
  }
  return sum.finish();
}

}  // namespace transept::tools
