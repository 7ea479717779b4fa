// libFuzzer: a file of baselines when the first byte is '{', else a suite.
//   fuzz.regress_files -max_len=20000 model/pretrained/en-de/regression
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tools/regress/baselines.h"
#include "tools/regress/suite.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace transept::tools;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.starts_with('{')) {
    (void)parse_suite(bytes, "suite.yaml");
    return 0;
  }
  const auto baselines = parse_baselines(bytes, "baselines.json");
  // What was read is written so that it can be read again.
  if (baselines.ok() && !parse_baselines(format_baselines(*baselines), "again").ok()) std::abort();
  return 0;
}
