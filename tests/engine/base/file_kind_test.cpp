#include "engine/base/file_kind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace transept {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string of(const std::string& bytes) {
  return what_is(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

// The first member's header of a ZIP archive.
std::string zip_of(const std::string& member) {
  std::string head("PK\x03\x04", 4);
  head.resize(30);
  head[26] = static_cast<char>(member.size());
  return head + member + std::string(100, 'x');
}

TEST(FileKind, GitLfsPointersSayTheSizeOfTheFile) {
  EXPECT_THAT(
      of("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 298763541\n"),
      AllOf(HasSubstr("git-lfs pointer"), HasSubstr("298763541 bytes"), HasSubstr("git lfs pull")));
  EXPECT_THAT(of("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git-lfs pointer"));
}

TEST(FileKind, WhatDownloadsLeave) {
  EXPECT_THAT(of("<!DOCTYPE html>\n<html><body>404"), HasSubstr("web page"));
  EXPECT_THAT(of("\xEF\xBB\xBF\n  <HTML lang=en>"), HasSubstr("web page"));
  EXPECT_THAT(of("<?xml version='1.0'?><Error><Code>AccessDenied"), HasSubstr("web page"));
  EXPECT_THAT(of("Entry not found"), HasSubstr("a server's answer (\"Entry not found\")"));
  EXPECT_THAT(of("{\"error\":\"Repository not found\"}"), HasSubstr("server's answer"));
  EXPECT_THAT(of(""), HasSubstr("empty"));
  EXPECT_THAT(of(" \r\n\t\n"), HasSubstr("empty but for white space"));
  EXPECT_THAT(of(std::string(100'000, '\0')), HasSubstr("zero bytes"));
}

TEST(FileKind, ArchivesAreToBeUnpacked) {
  EXPECT_THAT(of(zip_of("opus/source.spm")), AllOf(HasSubstr("ZIP"), HasSubstr("unzip")));
  EXPECT_THAT(of("\x1F\x8B\x08"), HasSubstr("gunzip"));
  EXPECT_THAT(of("BZh91AY"), HasSubstr("bzip2"));
  EXPECT_THAT(of(std::string("\xFD"
                             "7zXZ\0",
                             6)),
              HasSubstr("xz"));
  EXPECT_THAT(of("\x28\xB5\x2F\xFD"), HasSubstr("Zstandard"));
  EXPECT_THAT(of("7z\xBC\xAF\x27\x1C"), HasSubstr("7-Zip"));
  EXPECT_THAT(of("config.json" + std::string(246, '\0') + "ustar"), HasSubstr("tar xf"));
}

TEST(FileKind, PicklesAreToBeSavedOtherwise) {
  for (const std::string& bytes :
       {zip_of("archive/data.pkl"), zip_of("pytorch_model/data.pkl"), zip_of("archive/byteorder"),
        std::string("\x80\x02\x8A\x0Al\xFC\x9C"), std::string("\x80\x04\x95 123")}) {
    EXPECT_THAT(of(bytes), AllOf(HasSubstr("Python pickle"), HasSubstr("safetensors")));
  }
  EXPECT_THAT(of(zip_of("encoder_l1_W.npy")), HasSubstr("NumPy archive"));
}

TEST(FileKind, OtherToolsFiles) {
  EXPECT_THAT(of("GGUF\x03"), HasSubstr("llama.cpp"));
  EXPECT_THAT(of("\x89HDF\r\n"), HasSubstr("Keras"));
  EXPECT_THAT(of(std::string("\xFF\xFE{\0", 4)), HasSubstr("UTF-16"));
}

TEST(FileKind, WhatItDoesNotKnowItDoesNotName) {
  for (const char* bytes :
       {"{\"a\": 1}", "PK", "\x80", "\x08\x07\x12", "versions", "BZ", "some text"}) {
    EXPECT_EQ(of(bytes), "") << bytes;
  }
  const Status otherwise(Code::kUnsupported, "f: something else");
  EXPECT_EQ(wrong_file({}, "f", otherwise).code(), Code::kCorrupt);
  const std::string good = "{}";
  EXPECT_EQ(wrong_file(std::as_bytes(std::span(good)), "f", otherwise).message(),
            "f: something else");
}

}  // namespace
}  // namespace transept
