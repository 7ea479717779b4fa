#include "engine/base/file_kind.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <utility>

namespace transept {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kHead = 1024;

struct Signature {
  std::string_view bytes;
  std::size_t at;
  std::string_view what;
};

constexpr Signature kSignatures[] = {
    {"\x1f\x8b"sv, 0, "a gzip archive: unpack it (gunzip, or tar xzf for a .tar.gz)"},
    {"BZh"sv, 0, "a bzip2 archive: unpack it (bunzip2, or tar xjf)"},
    {"\xfd"
     "7zXZ\0"sv,
     0, "an xz archive: unpack it (unxz, or tar xJf)"},
    {"\x28\xb5\x2f\xfd"sv, 0, "a Zstandard archive: unpack it (unzstd)"},
    {"7z\xbc\xaf\x27\x1c"sv, 0, "a 7-Zip archive: unpack it"},
    {"Rar!"sv, 0, "a RAR archive: unpack it"},
    {"ustar"sv, 257, "a tar archive: unpack it (tar xf)"},
    {"GGUF"sv, 0, "a GGUF file of llama.cpp: use the model's safetensors or ONNX files"},
    {"\x89HDF"sv, 0,
     "an HDF5 file of Keras or TensorFlow: use the model's safetensors or ONNX files"},
    {"\x93NUMPY"sv, 0, "a NumPy array"},
    {"%PDF"sv, 0, "a PDF document"},
    {"\xff\xfe"sv, 0, "text in UTF-16: save it as UTF-8"},
    {"\xfe\xff"sv, 0, "text in UTF-16: save it as UTF-8"},
};

constexpr std::string_view kPickle =
    "a Python pickle, which may run programs and is not read: save the model as safetensors "
    "(save_pretrained) or export it to ONNX (optimum-cli export onnx)";

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBom = "\xef\xbb\xbf";
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

bool starts_like(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == static_cast<char>(std::tolower(static_cast<unsigned char>(b)));
         });
}

std::string git_lfs(std::string_view head) {
  std::string size;
  if (const std::size_t at = head.find("\nsize "); at != head.npos) {
    for (std::size_t i = at + 6; i < head.size() && head[i] >= '0' && head[i] <= '9'; ++i) {
      size += head[i];
    }
  }
  return "a git-lfs pointer in place of a file" +
         (size.empty() || size.size() > 20 ? "" : " of " + size + " bytes") +
         ": run `git lfs pull` in its directory, or download the file itself";
}

// A ZIP archive is told by its first member.
std::string zip(std::string_view head) {
  constexpr std::size_t kNameLength = 26, kName = 30;
  std::string_view name;
  if (head.size() > kName) {
    std::uint16_t length = 0;
    std::memcpy(&length, head.data() + kNameLength, sizeof length);
    name = head.substr(kName, length);
  }
  if (name.ends_with("/data.pkl") || name.ends_with("/.format_version") ||
      name.ends_with("/version") || name.ends_with("/byteorder")) {
    return std::string(kPickle);
  }
  if (name.ends_with(".npy")) return "a NumPy archive (.npz)";
  return "a ZIP archive: unpack it (unzip)";
}

bool is_pickle(std::string_view head) {
  return head.size() >= 3 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5 &&
         (head[1] < 4 || head[2] == '\x95');
}

// Bodies of a server's answer that were saved as if they were the file.
std::string server_answer(std::string_view text) {
  for (const std::string_view answer :
       {"entry not found"sv, "repository not found"sv, "not found"sv, "invalid username"sv,
        "access to "sv, "404"sv, "403"sv, "401"sv, "{\"error\""sv, "{\"detail\""sv}) {
    if (!starts_like(text, answer) || text.size() >= kHead) continue;
    constexpr std::size_t kShown = 60;
    std::string shown(text.substr(0, std::min(kShown, text.find_first_of("\r\n"))));
    for (char& c : shown) {
      if (c == '"') c = '\'';
    }
    return "a server's answer (\"" + shown +
           "\") in place of the file: the download failed, fetch it again";
  }
  return "";
}

}  // namespace

std::string what_is(std::span<const std::byte> bytes) {
  if (bytes.empty()) return "empty: the copy or download did not succeed, fetch it again";
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min(bytes.size(), kHead));
  if (head.starts_with("version https://git-lfs.") ||
      head.starts_with("version http://git-media.")) {
    return git_lfs(head);
  }
  if (head.starts_with("PK\x03\x04")) return zip(head);
  for (const Signature& signature : kSignatures) {
    if (head.size() >= signature.at && head.substr(signature.at).starts_with(signature.bytes)) {
      return std::string(signature.what);
    }
  }
  if (is_pickle(head)) return std::string(kPickle);
  const std::string_view text = trimmed(head);
  if (starts_like(text, "<!doctype") || starts_like(text, "<html") || starts_like(text, "<head") ||
      starts_like(text, "<?xml") || starts_like(text, "<error")) {
    return "a web page in place of the file: the download gave an error or login page, fetch it "
           "again";
  }
  if (text.empty()) return "empty but for white space: fetch it again";
  if (std::string answer = server_answer(text); !answer.empty()) return answer;
  if (std::all_of(head.begin(), head.end(), [](char c) { return c == '\0'; }) &&
      std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; })) {
    return "nothing but zero bytes: the copy or download did not finish, fetch it again";
  }
  return "";
}

Status wrong_file(std::span<const std::byte> bytes, std::string_view name, Status otherwise) {
  std::string what = what_is(bytes);
  if (what.empty()) return otherwise;
  return Status(Code::kCorrupt, std::string(name) + ": it is " + what);
}

}  // namespace transept
