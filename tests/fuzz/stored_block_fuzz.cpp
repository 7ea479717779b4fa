// Fuzzes the reader of packed weights: what it takes for a whole block must be the very file that storing makes.
//   build/fuzz/bin/fuzz.stored_block -max_len=5000
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "engine/base/stored_block.h"

namespace {

constexpr transept::Digest kKey = {1, 2};
constexpr std::size_t kHeader = 4096;

const std::filesystem::path& path() {
  static const std::filesystem::path made =
      std::string(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") + "/transept_fuzz_" + std::to_string(::getpid());
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static transept::Team team(0);
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  const auto found = transept::find_block(path(), kKey, size < kHeader ? 0 : size - kHeader, team);
  if (!found.ok()) return 0;
  if (!transept::store_block(path(), kKey, found->bytes, team).ok()) return 0;
  std::ifstream stored(path(), std::ios::binary);
  if (std::string(std::istreambuf_iterator<char>(stored), {}) != bytes) std::abort();
  return 0;
}
