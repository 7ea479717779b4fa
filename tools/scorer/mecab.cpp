#include "tools/scorer/mecab.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <system_error>

#include "tools/scorer/text.h"

namespace transept::score {
namespace {

// mecab.h of MeCab 0.996, the part used here; the layout is part of its ABI.
struct DictionaryInfo {
  const char* filename;
  const char* charset;
  unsigned int size;
  int type;
  unsigned int lsize, rsize;
  unsigned short version;
  DictionaryInfo* next;
};
struct Tagger;

struct Library {
  Tagger* (*create)(const char* arguments) = nullptr;
  void (*destroy)(Tagger*) = nullptr;
  const char* (*parse)(Tagger*, const char* text, std::size_t size) = nullptr;
  const DictionaryInfo* (*dictionary_info)(Tagger*) = nullptr;
  const char* (*version)() = nullptr;
};

// Entries of the IPA dictionary: as published, and with the one entry Debian adds (whose scores agree).
constexpr unsigned kEntries = 392126;
constexpr unsigned kDebianEntries = 392127;

Result<Library> load_library() {
  // Never closed: taggers live as long as the metrics that use them.
  void* const handle = dlopen("libmecab.so.2", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return Status(Code::kUnsupported,
                  "tokenizer ja-mecab needs libmecab.so.2, which is not installed (Debian: libmecab2, "
                  "mecab-ipadic-utf8)");
  }
  Library library;
  const auto find = [handle](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, name));
    return function != nullptr;
  };
  if (!find(library.create, "mecab_new2") || !find(library.destroy, "mecab_destroy") ||
      !find(library.parse, "mecab_sparse_tostr2") ||
      !find(library.dictionary_info, "mecab_dictionary_info") ||
      !find(library.version, "mecab_version")) {
    return Status(Code::kUnsupported, "libmecab.so.2 lacks functions of MeCab 0.996");
  }
  return library;
}

Result<std::string> find_dictionary() {
  const char* const chosen = std::getenv("TRANSEPT_MECAB_DICTIONARY");
  std::error_code error;
  for (const char* folder : {chosen, "/var/lib/mecab/dic/ipadic-utf8"}) {
    if (folder != nullptr && std::filesystem::exists(std::filesystem::path(folder) / "dicrc", error)) {
      return std::string(folder);
    }
    if (folder != nullptr && folder == chosen) {
      return Status(Code::kUnsupported, "TRANSEPT_MECAB_DICTIONARY: no dictionary of MeCab in " +
                                            std::string(folder));
    }
  }
  return Status(Code::kUnsupported,
                "tokenizer ja-mecab needs the IPA dictionary of MeCab (Debian: mecab-ipadic-utf8; "
                "elsewhere name its folder in TRANSEPT_MECAB_DICTIONARY)");
}

class Mecab {
 public:
  Mecab(Library library, Tagger* tagger) : library_(library), tagger_(tagger) {}
  Mecab(const Mecab&) = delete;
  Mecab& operator=(const Mecab&) = delete;
  ~Mecab() { library_.destroy(tagger_); }

  std::string operator()(std::string_view line) {
    line = strip(line);
    const std::lock_guard lock(mutex_);
    const char* const words = library_.parse(tagger_, line.data(), line.size());
    return words == nullptr ? std::string(line) : std::string(words);
  }

 private:
  Library library_;
  Tagger* tagger_;
  std::mutex mutex_;
};

}  // namespace

Result<JapaneseTokenizer> load_mecab() {
  const Result<Library> library = load_library();
  if (!library.ok()) return library.status();
  const Result<std::string> folder = find_dictionary();
  if (!folder.ok()) return folder.status();

  // Without a configuration file of its own MeCab would look for the system's.
  const std::filesystem::path own = std::filesystem::path(*folder) / "mecabrc";
  std::error_code error;
  const std::string configuration =
      std::filesystem::exists(own, error) ? own.string() : std::string("/dev/null");
  Tagger* const tagger = library->create(
      ("-r " + configuration + " -d " + *folder + " -Owakati").c_str());
  if (tagger == nullptr) {
    return Status(Code::kUnsupported, "MeCab cannot open the dictionary in " + *folder);
  }
  const auto mecab = std::make_shared<Mecab>(*library, tagger);
  const DictionaryInfo* const info = library->dictionary_info(tagger);
  if (info == nullptr || info->next != nullptr ||
      (info->size != kEntries && info->size != kDebianEntries)) {
    return Status(Code::kUnsupported,
                  "the dictionary in " + *folder + " is not the IPA dictionary of MeCab alone");
  }
  return JapaneseTokenizer{[mecab](std::string_view line) { return (*mecab)(line); },
                           "ja-mecab-" + std::string(library->version()) + "-IPA"};
}

}  // namespace transept::score
