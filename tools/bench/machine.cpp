#include "tools/bench/machine.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace transept::bench {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "48K", "2M" as in sysfs; 0 for anything else.
std::size_t size_of(const std::string& text) {
  std::istringstream in(text);
  std::size_t number = 0;
  char unit = 0;
  if (!(in >> number)) return 0;
  in >> unit;
  return number * (unit == 'K' ? 1024 : unit == 'M' ? 1024 * 1024 : 1);
}

void read_caches(Machine& machine) {
  const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index";
  for (int i = 0; i < 8; ++i) {
    const std::string cache = folder + std::to_string(i) + '/';
    const std::string level = first_line(cache + "level");
    if (level.empty() || first_line(cache + "type") == "Instruction") continue;
    const std::size_t bytes = size_of(first_line(cache + "size"));
    if (level == "1") machine.l1_bytes = bytes;
    if (level == "2") machine.l2_bytes = bytes;
    if (level == "3") machine.l3_bytes = bytes;
  }
}

}  // namespace

Machine this_machine() {
  Machine machine;
  machine.name = "unknown";
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string value = line.substr(colon + 2);
    if (line.starts_with("model name")) machine.name = value;
    if (!line.starts_with("flags")) continue;
    std::istringstream words(value);
    for (std::string word; words >> word;) machine.flags.insert(word);
    break;  // the first core stands for all
  }
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    machine.cores = std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&set)));
  }
  read_caches(machine);
  return machine;
}

}  // namespace transept::bench
