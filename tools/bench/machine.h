// Machine: what the processor is and has, as the kernel tells (Linux).
#pragma once

#include <cstddef>
#include <set>
#include <string>

namespace transept::bench {

struct Machine {
  std::string name;             // "AMD EPYC 9575F"; "unknown"
  std::set<std::string> flags;  // as in /proc/cpuinfo: "avx512_vnni", ...
  std::size_t cores = 1;        // this process may use
  std::size_t l1_bytes =
      0;  // data caches of one core, and the last one, shared; 0: none or not known
  std::size_t l2_bytes = 0;
  std::size_t l3_bytes = 0;

  bool has(const std::string& flag) const { return flags.count(flag) > 0; }
};

Machine this_machine();

}  // namespace transept::bench
