#include "model/model_files.h"

#include <new>
#include <system_error>

#include "engine/base/listing.h"
#include "engine/base/try.h"
#include "model/sources/missing_weights.h"
#include "model/sources/sources.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

Result<ModelFiles> open(const fs::path& directory, const OpenOptions& options) {
  if (directory.empty()) {
    return Status(Code::kNotFound, "the path of the model is empty: it names no directory");
  }
  TRANSEPT_ASSIGN_OR_RETURN(const Listing listing, Listing::read(directory));
  const Source* source = source_of(listing);
  return source != nullptr ? source->open(listing, options) : explain_missing_weights(listing);
}

}  // namespace

Result<ModelFiles> open_model_files(const fs::path& directory, const OpenOptions& options) {
  // The filesystem and JSON libraries throw on exhaustion and on paths the system cannot express.
  try {
    return open(directory, options);
  } catch (const std::bad_alloc&) {
    return Status(Code::kOutOfMemory, directory.string() + ": not enough memory to open the model");
  } catch (const std::system_error& error) {
    const bool exhausted = error.code() == std::errc::not_enough_memory ||
                           error.code() == std::errc::too_many_files_open ||
                           error.code() == std::errc::too_many_files_open_in_system;
    return Status(exhausted ? Code::kOutOfMemory : Code::kNotFound,
                  directory.string() + ": " + error.what());
  } catch (const std::exception& error) {
    return Status(Code::kCorrupt, directory.string() + ": " + error.what());
  }
}

}  // namespace transept
