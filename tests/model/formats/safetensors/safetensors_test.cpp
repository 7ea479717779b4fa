#include "model/formats/safetensors/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_path.h"

namespace transept {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string write(const std::string& header, const std::string& data, std::uint64_t length) {
  const std::string path = temp_path("safetensors_test.safetensors");
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << header << data;
  return path;
}

Result<Checkpoint> read(const std::string& path) {
  WeightFiles files;
  return read_safetensors(path, files);
}

std::string error_of(const std::string& header, const std::string& data = "") {
  const auto checkpoint = read(write(header, data, header.size()));
  EXPECT_FALSE(checkpoint.ok()) << header;
  return checkpoint.status().message();
}

TEST(Safetensors, DescribesTensorsInPlace) {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"b":{"dtype":"U8","shape":[2],"data_offsets":[8,10]},)"
      R"("a":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]}}  )";
  const std::string data = {0, 0x3c, 0, 0x40, 0, 0x42, 0, 0x44, 7, 9};
  const std::string path = write(header, data, header.size());
  auto checkpoint = read(path);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_THAT(checkpoint->paths, ElementsAre(std::filesystem::path(path)));
  TensorMap& tensors = checkpoint->tensors;
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors["a"]->rows, 2u);
  EXPECT_EQ(tensors["a"]->dtype, DType::f16);
  std::vector<float> a(4);
  read_rows(*tensors["a"], 0, 2, a.data());
  EXPECT_THAT(a, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(tensors["b"]->rows, 1u);
  EXPECT_EQ(tensors["b"]->cols, 2u);
  EXPECT_THAT(tensors["b"]->origin, HasSubstr("tensor \"b\""));
}

TEST(Safetensors, RefusesWhatTheFormatForbids) {
  const std::string four(4, '\0');
  const std::string eight(8, '\0');
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", four),
              HasSubstr("expected 8 bytes"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight),
              HasSubstr("hole"));
  EXPECT_THAT(
      error_of(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
          four),
      HasSubstr("overlap"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", eight),
              HasSubstr("belong to no tensor"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})"),
              HasSubstr("exceed the file"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", four),
              HasSubstr("offsets"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", four),
              HasSubstr("offsets"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}})", four),
              HasSubstr("F8_E4M3"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1,1,1],"data_offsets":[0,4]}})", four),
              HasSubstr("two dimensions"));
  EXPECT_THAT(
      error_of(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})",
               four),
      HasSubstr("too large"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", four),
              HasSubstr("negative"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", four),
              HasSubstr("fraction"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", four),
              HasSubstr("list"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":{}}})", four),
              HasSubstr("nested"));
  EXPECT_THAT(
      error_of(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", four),
      HasSubstr("twice"));
  EXPECT_THAT(error_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{}})", four),
              HasSubstr("\"a\" occurs twice"));
  EXPECT_THAT(error_of(R"({"a":5})"), HasSubstr("number"));
  EXPECT_THAT(error_of(R"({"a":null})"), HasSubstr("null"));
  EXPECT_THAT(error_of(R"([])"), HasSubstr("malformed"));
  EXPECT_THAT(error_of(R"({"a")"), HasSubstr("JSON"));
}

TEST(Safetensors, ChecksTheHeaderLength) {
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{100'000'001}, ~std::uint64_t{0}}) {
    const Status status = read(write("{}", "", length)).status();
    EXPECT_EQ(status.code(), Code::kCorrupt) << length;
  }
  EXPECT_TRUE(read(write("{}", "", 2)).ok());
  const std::string path = temp_path("safetensors_short");
  std::ofstream(path) << "abc";
  EXPECT_EQ(read(path).status().code(), Code::kCorrupt);
}

TEST(Safetensors, AnIndexNamesFilesOfTheDirectoryOnly) {
  const std::filesystem::path folder = temp_path("safetensors_index");
  std::filesystem::create_directories(folder);
  const std::filesystem::path path = folder / "index.json";
  const auto read_index = [&](const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
    WeightFiles files;
    return read_sharded_safetensors(path, files);
  };
  const auto write_shard = [&](const char* name, const std::string& tensor) {
    const std::string header =
        "{\"" + tensor + R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
    std::filesystem::rename(write(header, "x", header.size()), folder / name);
  };
  write_shard("1.safetensors", "b");
  write_shard("2.safetensors", "a");
  const std::string index =
      R"({"weight_map":{"a":"2.safetensors","b":"1.safetensors","c":"2.safetensors"}})";
  const auto checkpoint = read_index(index);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
  EXPECT_THAT(checkpoint->paths,
              ElementsAre(path, folder / "1.safetensors", folder / "2.safetensors"));
  EXPECT_EQ(checkpoint->tensors.size(), 2u);
  write_shard("1.safetensors", "a");
  EXPECT_THAT(read_index(index).status().message(), HasSubstr("another file has a tensor"));
  std::filesystem::remove(folder / "1.safetensors");
  EXPECT_EQ(read_index(index).status().code(), Code::kNotFound);
  for (const char* name : {"../x", "/x", "a/b", "..", ""}) {
    const std::string text = R"({"weight_map":{"a":")" + std::string(name) + "\"}}";
    EXPECT_EQ(read_index(text).status().code(), Code::kCorrupt);
  }
  EXPECT_EQ(read_index("{}").status().code(), Code::kCorrupt);
  EXPECT_EQ(read_index("[").status().code(), Code::kCorrupt);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace transept
