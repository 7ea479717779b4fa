// What a program looks up in the file system by name. Replaces opendir and stat of the whole
// program, so exactly one of its source files includes this.
#pragma once

#include <dirent.h>
#include <dlfcn.h>
#include <sys/stat.h>

#include <string>
#include <vector>

namespace transept {

// While it lives, the calls are recorded. One at a time, on one thread.
class CountLookups {
 public:
  CountLookups() { current_ = this; }
  ~CountLookups() { current_ = nullptr; }
  CountLookups(const CountLookups&) = delete;
  CountLookups& operator=(const CountLookups&) = delete;

  std::vector<std::string> listed;  // directories
  std::vector<std::string> asked;   // files and directories

  static void list(const char* path) {
    if (current_ != nullptr) current_->listed.emplace_back(path);
  }
  static void ask(const char* path) {
    if (current_ != nullptr) current_->asked.emplace_back(path);
  }

 private:
  static inline CountLookups* current_ = nullptr;
};

}  // namespace transept

extern "C" [[gnu::visibility("default")]] DIR* opendir(const char* path) {
  transept::CountLookups::list(path);
  static const auto real = reinterpret_cast<DIR* (*)(const char*)>(dlsym(RTLD_NEXT, "opendir"));
  return real(path);
}

extern "C" [[gnu::visibility("default")]] int stat(const char* path, struct stat* info) noexcept {
  transept::CountLookups::ask(path);
  using Stat = int (*)(const char*, struct stat*);
  static const auto real = reinterpret_cast<Stat>(dlsym(RTLD_NEXT, "stat"));
  return real(path, info);
}

// What libstdc++ calls.
extern "C" [[gnu::visibility("default")]] int stat64(const char* path,
                                                     struct stat64* info) noexcept {
  transept::CountLookups::ask(path);
  using Stat = int (*)(const char*, struct stat64*);
  static const auto real = reinterpret_cast<Stat>(dlsym(RTLD_NEXT, "stat64"));
  return real(path, info);
}
