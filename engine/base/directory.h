// What a directory holds.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace transept {

// The names of its entries in their order, without "." and "..", of the first `most` that the
// system gives; none when it cannot be read. Throws std::bad_alloc. (std::filesystem's iterators end
// the process where memory runs out.)
std::vector<std::string> entry_names(const std::filesystem::path& directory,
                                     std::size_t most = 100000);

}  // namespace transept
