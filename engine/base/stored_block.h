// A block of bytes kept in a file, which is found again only whole and under the key it was stored
// with.
//
// The file: one page of header (magic, byte order, version, size, key, digest of the block; its own
// digest at the end), then the block, which so begins at a page and can be used where it is mapped.
// Every bit of the file is covered by a digest, and one that fails anything is as good as none:
// files of another version, key or byte order, torn ones and flipped bits are not told apart. A
// file is written under a name of its own (temporary_file.h), flushed to the disk and renamed, so
// that a reader sees all of it or nothing, and any number of processes may write the same one: the
// last one stays. A process that maps it keeps what it mapped.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "engine/base/digest.h"
#include "engine/base/mapped_file.h"
#include "engine/base/team.h"
#include "transept/status.h"

namespace transept {

struct StoredBlock {
  std::shared_ptr<const MappedFile> file;
  std::span<const std::byte> bytes;  // aligned to a page
};

// Errors: kNotFound when there is no such file; kCorrupt when it is not a whole block of this size
// stored with this key.
Result<StoredBlock> find_block(const std::filesystem::path& path, const Digest& key,
                               std::size_t size, Team& team);

// Makes the directory if need be. Only the user may read the file.
// Errors: kOutput, with what the system said; nothing is left behind then.
Status store_block(const std::filesystem::path& path, const Digest& key,
                   std::span<const std::byte> bytes, Team& team);

}  // namespace transept
