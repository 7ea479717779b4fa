// What a file really is when it is not what its name says: git-lfs pointers, error pages, archives,
// pickles.
//
// Readers ask only once they have failed, so a guess costs nothing where files are good.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "transept/status.h"

namespace transept {

// What the bytes are and what to do about it, to stand behind "it is": "a git-lfs pointer in place
// of a file of 300 bytes: run `git lfs pull` ...". Empty where nothing is recognised. Reads the
// first few hundred bytes (of a file without any content: all of it).
std::string what_is(std::span<const std::byte> bytes);

// kCorrupt, "name: it is ...", where what_is() knows; else `otherwise`, which a reader found wrong.
Status wrong_file(std::span<const std::byte> bytes, std::string_view name, Status otherwise);

}  // namespace transept
