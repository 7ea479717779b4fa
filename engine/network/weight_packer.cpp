#include "engine/network/weight_packer.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <span>
#include <utility>

#include "engine/base/log.h"
#include "engine/base/mapped_file.h"
#include "engine/base/page_block.h"
#include "engine/base/stored_block.h"
#include "engine/base/temporary_file.h"
#include "engine/ops/linear/panel_layout.h"
#include "transept/version.h"

namespace transept {
namespace {

// Below this a thread takes longer to start than to pack its share.
constexpr std::size_t kBytesAThread = std::size_t{1} << 20;
// Pages of the files that a thread reads before they are given back: they count beside the weights.
constexpr std::size_t kReadAThread = std::size_t{512} << 10;

// Raw bytes of numbers, one after the other, for a digest.
class Description {
 public:
  template <class T>
  void add(std::span<const T> numbers) {
    add_number(numbers.size());
    const auto bytes = std::as_bytes(numbers);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void add_number(std::uint64_t number) {
    const auto bytes = std::as_bytes(std::span(&number, 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void add_tensor(const Tensor& t) {
    for (const std::size_t number :
         {static_cast<std::size_t>(t.dtype), t.rows, t.cols, std::size_t{t.transposed}, t.stride,
          static_cast<std::size_t>(t.quantization.kind), t.quantization.group}) {
      add_number(number);
    }
    add(std::span<const float>(t.quantization.scale));
    add(std::span<const std::int32_t>(t.quantization.zero));
    add(std::span<const float>(t.quantization.zero_float));
  }
  Digest result() const { return digest(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// Throws what a part threw, once all have ended.
template <class Part>
void run_throwing(Team& team, std::size_t parts, const Part& part) {
  std::mutex mutex;
  std::exception_ptr error;
  team.run(parts, [&](std::size_t i) {
    try {
      part(i);
    } catch (...) {
      const std::lock_guard lock(mutex);
      error = std::current_exception();
    }
  });
  if (error) std::rethrow_exception(error);
}

}  // namespace

Status holds_no_numbers(const Tensor& tensor) {
  return Status(Code::kCorrupt,
                tensor.origin + ": it holds NaN, with which no translation can be computed");
}

void WeightPacker::add(Linear* to, std::vector<LinearPart> parts, Order outputs, Order inputs,
                       Compute compute) {
  Layer& layer = layers_.emplace_back(
      Layer{to, std::move(parts), std::move(outputs), std::move(inputs), compute});
  for (LinearPart& part : layer.parts) part.order = layer.outputs;
}

std::size_t WeightPacker::measure() const {
  ArrayPlace nowhere = ArrayPlace::nowhere();
  for (const Layer& layer : layers_) place_linear(source(layer), nowhere);
  return nowhere.used();
}

void WeightPacker::place(std::byte* block) {
  ArrayPlace place = ArrayPlace::in(block);
  for (const Layer& layer : layers_) *layer.to = place_linear(source(layer), place);
}

// All pages of the files, not only those of what was read last: whoever needs one of them now gets
// it back from the system's cache, and a call for each tensor would cost more than that.
void WeightPacker::release_files() const {
  std::set<const void*> owners;
  for (const Layer& layer : layers_) {
    for (const LinearPart& part : layer.parts) {
      if (owners.insert(part.weight->owner.get()).second) release_file(part.weight->bytes);
    }
  }
}

Status WeightPacker::pack_all(Team& team) {
  struct Work {
    const Layer* layer;
    LinearShare share;
    std::size_t bytes;  // of the file, about
  };
  std::vector<Work> work;
  // What was read to find and compare the weights. The first write fills huge pages of the block.
  release_files();
  for (const Layer& layer : layers_) {
    pack_edges(source(layer), *layer.to);
    for (const LinearShare& share : linear_shares(source(layer))) {
      const Tensor& t = *layer.parts[share.part].weight;
      work.push_back(
          {&layer, share, (share.last - share.first) * t.cols * dtype_bits(t.dtype) / 8});
    }
  }
  const std::size_t most_read = team.size() * kReadAThread;
  std::atomic<std::size_t> read = 0;
  std::atomic<const Tensor*> with_nan = nullptr;
  run_throwing(team, work.size(), [&](std::size_t i) {
    const Work& w = work[i];
    if (!pack_share(kernels_, source(*w.layer), w.share, *w.layer->to)) {
      with_nan = w.layer->parts[w.share.part].weight.get();
    }
    if (read.fetch_add(w.bytes) + w.bytes < most_read) return;
    read = 0;
    release_files();
  });
  return with_nan == nullptr ? Status() : holds_no_numbers(*with_nan);
}

Digest WeightPacker::key(Team& team) const {
  Description all;
  all.add(std::span<const char>(TRANSEPT_VERSION, sizeof TRANSEPT_VERSION));
  for (const std::size_t number : {std::size_t{kPackedLayout}, kPanel, kDepthGroup, layers_.size(),
                                   static_cast<std::size_t>(gemm_)}) {
    all.add_number(number);
  }
  std::vector<std::span<const std::byte>> bytes;
  for (const Layer& layer : layers_) {
    all.add_number(static_cast<std::size_t>(layer.compute));
    all.add(std::span<const std::int32_t>(layer.outputs));
    all.add(std::span<const std::int32_t>(layer.inputs));
    all.add_number(layer.parts.size());
    for (const LinearPart& part : layer.parts) {
      for (const Tensor* tensor : {part.weight.get(), part.bias.get()}) {
        all.add_number(tensor != nullptr);
        if (tensor == nullptr) continue;
        all.add_tensor(*tensor);
        bytes.push_back(tensor->bytes);
      }
    }
  }
  for (const Digest& d : digest_long(bytes, team, release_pages)) {
    all.add_number(d.low);
    all.add_number(d.high);
  }
  return all.result();
}

PackedWeights WeightPacker::pack(std::size_t threads, const std::filesystem::path& directory) {
  const std::size_t size = measure();
  Team team(std::min(threads, size / kBytesAThread + 1) - 1);
  PackedWeights packed;
  Digest name;
  if (!directory.empty()) {
    remove_abandoned(directory);
    name = key(team);
    packed.file = directory / (name.hex() + ".packed");
    const Result<StoredBlock> stored = find_block(packed.file, name, size, team);
    if (stored.ok()) {
      // Nothing writes to a layer that has been packed.
      place(const_cast<std::byte*>(stored->bytes.data()));
      packed.memory = stored->file;
      packed.found = true;
      return packed;
    }
    if (stored.status().code() != Code::kNotFound) {
      log(LogLevel::kInfo, "packed weights are made anew: " + stored.status().message());
    }
  }
  const auto block = std::make_shared<PageBlock>(size);
  place(block->bytes().data());
  packed.status = pack_all(team);
  packed.memory = block;
  if (packed.file.empty() || !packed.status.ok()) return packed;
  if (const Status status = store_block(packed.file, name, block->bytes(), team); !status.ok()) {
    log(LogLevel::kWarning, "packed weights are not kept: " + status.message());
    packed.file.clear();
  }
  return packed;
}

}  // namespace transept
