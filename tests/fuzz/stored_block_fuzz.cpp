// Fuzzes the reader of stored blocks: a whole file is changed as the input says, and must then be
// found only where the changes undo each other. Three bytes of input are one change: the place, and
// what is turned over there; a last single byte cuts so many bytes off.
//   build/fuzz/bin/fuzz.stored_block -max_len=64
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/base/stored_block.h"

namespace {

constexpr transept::Digest kKey = {1, 2};
constexpr std::size_t kBlock = 300;

const std::filesystem::path& path() {
  static const std::filesystem::path made =
      std::string(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") + "/transept_fuzz_" +
      std::to_string(::getpid());
  return made;
}

const std::string& whole_file() {
  static const std::string bytes = [] {
    transept::Team alone(0);
    const std::vector<std::byte> block(kBlock, std::byte{42});
    if (!transept::store_block(path(), kKey, block, alone).ok()) std::abort();
    std::ifstream file(path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes = whole_file();
  for (; size >= 3; data += 3, size -= 3) {
    bytes[(data[0] * 256u + data[1]) % bytes.size()] ^= static_cast<char>(data[2]);
  }
  if (size == 1) bytes.resize(bytes.size() - data[0]);
  std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
  transept::Team alone(0);
  const bool found = transept::find_block(path(), kKey, kBlock, alone).ok();
  if (found != (bytes == whole_file())) std::abort();
  return 0;
}
