// Files of a regression run: read whole, and known by their SHA-256.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "transept/status.h"

namespace transept::tools {

// Errors: kInput, also for a file larger than `limit`.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit);

// "sha256:" and the digest in hexadecimal. Both throw std::runtime_error where OpenSSL's library is
// not installed.
std::string checksum_of(std::string_view bytes);
// Of the files one behind the other: what `cat FILE... | sha256sum` prints. Errors: kInput.
Result<std::string> checksum_of_files(std::span<const std::filesystem::path> files);

}  // namespace transept::tools
