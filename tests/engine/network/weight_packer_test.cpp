// Layers packed by any number of threads, or found in a file, against the same layers packed one by
// one.

#include "engine/network/weight_packer.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/base/digest.h"
#include "engine/kernels/dispatch.h"
#include "engine/ops/linear/panel_layout.h"
#include "tests/support/random.h"
#include "tests/support/temp_path.h"
#include "tests/support/tensors.h"

namespace transept {
namespace {

namespace fs = std::filesystem;

constexpr Compute kComputes[] = {Compute::float32, Compute::bfloat16, Compute::int8, Compute::int4};

template <class T>
std::string bytes_of(const AlignedBuffer<T>& array) {
  return {reinterpret_cast<const char*>(array.data()), array.size_bytes()};
}

std::string bytes_of(const Linear& w) {
  return bytes_of(w.panels) + bytes_of(w.plain) + bytes_of(w.panels_i8) + bytes_of(w.scale_i8) +
         bytes_of(w.offset_i8) + bytes_of(w.panels_bf16) + bytes_of(w.int4.panels) +
         bytes_of(w.int4.scale) + bytes_of(w.int4.zero) + bytes_of(w.bias);
}

class WeightPackerTest : public testing::Test {
 protected:
  // Wide enough for several shares; several parts; rows and columns in another order.
  WeightPackerTest() {
    parts_ = {{tensor(1100, 1003), nullptr}};
    several_ = {{tensor(37, 24), tensor(1, 37)}, {tensor(21, 24), nullptr}};
    ordered_ = {{tensor(32, 24), tensor(1, 32)}, {tensor(32, 24), nullptr}};
    for (std::int32_t i = 0; i < 32; ++i) outputs_.push_back(i % 5 == 4 ? -1 : i * 7 % 32);
    for (std::int32_t i = 0; i < 24; ++i) inputs_.push_back(i * 5 % 24);
  }
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  std::shared_ptr<const Tensor> tensor(std::size_t rows, std::size_t cols) {
    return make_tensor(random_floats(rows * cols, seed_++, 0.6f), rows, cols);
  }

  struct Packed {
    PackedWeights weights;
    std::vector<std::string> layers;
  };
  Packed pack(Compute compute, std::size_t threads, const fs::path& directory = {}) const {
    WeightPacker packer(*runnable_kernels().front(), Gemm::native);
    Linear layers[3];
    packer.add(&layers[0], parts_, {}, {}, compute);
    packer.add(&layers[1], several_, {}, {}, compute);
    packer.add(&layers[2], ordered_, outputs_, inputs_, compute);
    Packed packed{packer.pack(threads, directory), {}};
    for (const Linear& layer : layers) packed.layers.push_back(bytes_of(layer));
    return packed;
  }
  std::vector<std::string> one_by_one(Compute compute) const {
    std::vector<LinearPart> ordered = ordered_;
    for (LinearPart& part : ordered) part.order = outputs_;
    std::vector<std::string> layers;
    for (const LinearSource& source :
         {LinearSource{parts_}, LinearSource{several_}, LinearSource{ordered, inputs_}}) {
      layers.push_back(bytes_of(pack_linear(*runnable_kernels().front(), source.parts,
                                            source.inputs, compute, Gemm::native)));
    }
    return layers;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  fs::path folder_ = temp_path("weight_packer");
  std::uint32_t seed_ = 1;
  std::vector<LinearPart> parts_, several_, ordered_;
  std::vector<std::int32_t> outputs_, inputs_;
};

TEST_F(WeightPackerTest, AnyNumberOfThreadsGivesTheSameBits) {
  for (const Compute compute : kComputes) {
    const auto expected = one_by_one(compute);
    for (const std::size_t threads : {1u, 2u, 5u}) {
      const Packed packed = pack(compute, threads);
      EXPECT_TRUE(packed.layers == expected) << static_cast<int>(compute) << ", " << threads;
      EXPECT_TRUE(packed.weights.file.empty());
    }
  }
}

TEST_F(WeightPackerTest, AFileIsMadeOnceAndHoldsTheSameBits) {
  for (const Compute compute : kComputes) {
    const auto expected = one_by_one(compute);
    const Packed made = pack(compute, 2, folder_);
    const Packed found = pack(compute, 2, folder_);
    EXPECT_FALSE(made.weights.found);
    EXPECT_TRUE(found.weights.found);
    EXPECT_EQ(made.weights.file, found.weights.file);
    EXPECT_TRUE(made.layers == expected) << static_cast<int>(compute);
    EXPECT_TRUE(found.layers == expected) << static_cast<int>(compute);
  }
  EXPECT_EQ(files(), std::size(kComputes));
}

TEST_F(WeightPackerTest, OtherWeightsOrOrdersAreNotFound) {
  pack(Compute::int8, 1, folder_);
  ordered_[1].bias = tensor(1, 32);
  EXPECT_FALSE(pack(Compute::int8, 1, folder_).weights.found);
  ordered_[1].bias = nullptr;
  std::swap(outputs_[0], outputs_[1]);
  EXPECT_FALSE(pack(Compute::int8, 1, folder_).weights.found);
  std::swap(outputs_[0], outputs_[1]);
  EXPECT_TRUE(pack(Compute::int8, 1, folder_).weights.found);

  // One bit far inside the largest matrix.
  const auto& weight = *parts_[0].weight;
  auto* bytes = const_cast<std::byte*>(weight.bytes.data());
  bytes[weight.bytes.size() - 4001] ^= std::byte{1};
  EXPECT_FALSE(pack(Compute::int8, 1, folder_).weights.found);
  bytes[weight.bytes.size() - 4001] ^= std::byte{1};
  EXPECT_TRUE(pack(Compute::int8, 1, folder_).weights.found);
}

TEST_F(WeightPackerTest, ADamagedOrForeignFileIsMadeAnew) {
  const auto expected = one_by_one(Compute::bfloat16);
  const fs::path file = pack(Compute::bfloat16, 1, folder_).weights.file;
  const fs::path other = pack(Compute::int8, 1, folder_).weights.file;
  const auto damage = [&](const auto& how) {
    how();
    const Packed again = pack(Compute::bfloat16, 1, folder_);
    EXPECT_FALSE(again.weights.found);
    EXPECT_TRUE(again.layers == expected);
    EXPECT_TRUE(pack(Compute::bfloat16, 1, folder_).weights.found);
  };
  damage([&] { fs::resize_file(file, fs::file_size(file) / 2); });
  damage([&] { fs::resize_file(file, 0); });
  damage([&] { fs::copy_file(other, file, fs::copy_options::overwrite_existing); });
  damage([&] {
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp(static_cast<std::streamoff>(fs::file_size(file) / 3)).put('x').put('y').put('z');
  });
  damage([&] { fs::remove(file); });
}

TEST_F(WeightPackerTest, WhereNothingCanBeWrittenWeightsArePackedAllTheSame) {
  fs::create_directories(folder_);
  std::ofstream(folder_ / "file") << "not a directory";
  const Packed packed = pack(Compute::int8, 2, folder_ / "file");
  EXPECT_TRUE(packed.weights.file.empty());
  EXPECT_TRUE(packed.layers == one_by_one(Compute::int8));
}

// Stored weights outlive a build: when this fails, kPackedLayout (engine/ops/linear/panel_layout.h) has to
// change with it.
TEST_F(WeightPackerTest, TheLayoutIsThatOfItsNumber) {
  std::string all;
  for (const Compute compute : kComputes) {
    for (const std::string& layer : one_by_one(compute)) all += layer;
  }
  EXPECT_EQ(kPackedLayout, 1u);
  EXPECT_EQ(digest(std::as_bytes(std::span(all))).hex(), "f83e55ca8e8ad8df7b4a603f506aaa04");
}

}  // namespace
}  // namespace transept
