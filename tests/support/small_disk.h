// SmallDisk: a file system with little room, for what happens when it is full.
#pragma once

#include <sys/mount.h>

#include <filesystem>
#include <string>
#include <utility>

namespace transept {

class SmallDisk {
 public:
  // Below the folder, until the end of this object.
  SmallDisk(std::filesystem::path folder, std::size_t bytes)
      : folder_(std::move(folder)),
        mounted_(::mount("none", folder_.c_str(), "tmpfs", 0,
                         ("size=" + std::to_string(bytes)).c_str()) == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // False where the user may not mount.
  bool is_there() const { return mounted_; }

 private:
  std::filesystem::path folder_;
  bool mounted_;
};

}  // namespace transept
