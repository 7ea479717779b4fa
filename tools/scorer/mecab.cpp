#include "tools/scorer/mecab.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string_view>
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

// What a tokenizer is made of.
struct Kind {
  std::string_view name;
  std::string_view signature_end;
  const char* library_variable;
  const char* dictionary_variable;
  std::array<const char*, 2> dictionary_folders;
  // Entries of the dictionary: as published, and as packaged with the same scores.
  std::array<unsigned, 2> entries;
  std::string_view version_part;  // of the library that goes with the dictionary
  std::string_view needs;         // what to install
};
constexpr std::array<Kind, 2> kKinds = {{
    {"ja-mecab",
     "-IPA",
     "TRANSEPT_MECAB_LIBRARY",
     "TRANSEPT_MECAB_DICTIONARY",
     {"/var/lib/mecab/dic/ipadic-utf8", "/usr/lib/mecab/dic/ipadic-utf8"},
     {392126, 392127},  // Debian adds one
     "",
     "MeCab and its IPA dictionary (Debian: libmecab2, mecab-ipadic-utf8)"},
    {"ko-mecab",
     "-KO",
     "TRANSEPT_MECAB_KO_LIBRARY",
     "TRANSEPT_MECAB_KO_DICTIONARY",
     {"/usr/local/lib/mecab/dic/mecab-ko-dic", "/usr/lib/mecab/dic/mecab-ko-dic"},
     {811795, 811795},
     "ko",
     "MeCab-ko and mecab-ko-dic"},
}};

const Kind* kind_of(std::string_view name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [name](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : &*found;
}

// "tokenizer ja-mecab needs ...: why".
Status missing(const Kind& kind, const std::string& why) {
  return Status(Code::kUnsupported, "tokenizer " + std::string(kind.name) + " needs " +
                                        std::string(kind.needs) + ": " + why);
}

Result<Library> load_library(const Kind& kind) {
  const char* const chosen = std::getenv(kind.library_variable);
  const char* const file = chosen != nullptr ? chosen : "libmecab.so.2";
  // Never closed: taggers live as long as the metrics that use them.
  void* const handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return missing(kind, "cannot load " + std::string(file) + "; elsewhere it is named by " +
                             kind.library_variable);
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
    return missing(kind, std::string(file) + " lacks functions of MeCab 0.996");
  }
  if (std::string_view(library.version()).find(kind.version_part) == std::string_view::npos) {
    return missing(kind, std::string(file) + " is MeCab " + library.version() +
                             "; another one is named by " + kind.library_variable);
  }
  return library;
}

Result<std::string> find_dictionary(const Kind& kind) {
  const auto has_dictionary = [](const char* folder) {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::path(folder) / "dicrc", error);
  };
  if (const char* const chosen = std::getenv(kind.dictionary_variable)) {
    if (has_dictionary(chosen)) return std::string(chosen);
    return Status(Code::kUnsupported,
                  std::string(kind.dictionary_variable) + ": no dictionary of MeCab in " + chosen);
  }
  for (const char* folder : kind.dictionary_folders) {
    if (has_dictionary(folder)) return std::string(folder);
  }
  return missing(
      kind, std::string("no dictionary in the usual places; elsewhere its folder is named by ") +
                kind.dictionary_variable);
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

bool is_mecab_tokenizer(std::string_view name) { return kind_of(name) != nullptr; }

Result<MecabTokenizer> load_mecab(std::string_view name) {
  const Kind& kind = *kind_of(name);
  const Result<Library> library = load_library(kind);
  if (!library.ok()) return library.status();
  const Result<std::string> folder = find_dictionary(kind);
  if (!folder.ok()) return folder.status();

  // Without a configuration file of its own MeCab would look for the system's.
  const std::filesystem::path own = std::filesystem::path(*folder) / "mecabrc";
  std::error_code error;
  const std::string configuration =
      std::filesystem::exists(own, error) ? own.string() : std::string("/dev/null");
  Tagger* const tagger =
      library->create(("-r " + configuration + " -d " + *folder + " -Owakati").c_str());
  if (tagger == nullptr) return missing(kind, "MeCab cannot open the dictionary in " + *folder);
  const auto mecab = std::make_shared<Mecab>(*library, tagger);
  const DictionaryInfo* const info = library->dictionary_info(tagger);
  if (info == nullptr || info->next != nullptr ||
      std::find(kind.entries.begin(), kind.entries.end(), info->size) == kind.entries.end()) {
    return missing(kind, "the dictionary in " + *folder + " is another one");
  }
  return MecabTokenizer{
      [mecab](std::string_view line) { return (*mecab)(line); },
      std::string(name) + "-" + library->version() + std::string(kind.signature_end)};
}

}  // namespace transept::score
