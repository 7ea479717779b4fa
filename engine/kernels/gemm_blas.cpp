#include "engine/kernels/gemm_blas.h"

#include <cblas.h>
#include <dlfcn.h>

#include <mutex>
#include <string>

namespace transept {
namespace {

struct Blas {
  decltype(&cblas_sgemm) sgemm = nullptr;
  decltype(&openblas_set_num_threads) set_threads = nullptr;
  decltype(&openblas_get_num_threads) get_threads = nullptr;
};

template <class Function>
void find(void* library, const char* name, Function*& target) {
  target = reinterpret_cast<Function*>(dlsym(library, name));
}

const Blas& blas() {
  static const Blas loaded = [] {
    Blas found;
    // Left open for good: its threads would not survive being unloaded.
    if (void* library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL); library != nullptr) {
      find(library, "cblas_sgemm", found.sgemm);
      find(library, "openblas_set_num_threads", found.set_threads);
      find(library, "openblas_get_num_threads", found.get_threads);
    }
    return found;
  }();
  return loaded;
}

// Keeps OpenBLAS on one thread while any product runs. Its setting is one for the process, so
// overlapping products share one change and the last to leave restores what the host had.
class SingleThread {
 public:
  SingleThread() {
    const std::lock_guard lock(mutex());
    if (users()++ == 0) {
      host_setting() = blas().get_threads();
      blas().set_threads(1);
    }
  }
  ~SingleThread() {
    const std::lock_guard lock(mutex());
    if (--users() == 0) blas().set_threads(host_setting());
  }
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex m;
    return m;
  }
  static int& users() {
    static int count = 0;
    return count;
  }
  static int& host_setting() {
    static int threads = 1;
    return threads;
  }
};

}  // namespace

Status load_blas() {
  const Blas& b = blas();
  if (b.sgemm == nullptr || b.set_threads == nullptr || b.get_threads == nullptr) {
    return Status::sentence(Code::kUnsupported,
                            {OptionName{"gemm"}, " openblas: libopenblas.so.0 is not installed"});
  }
  return {};
}

void blas_multiply(const float* x, std::size_t rows, const float* w, std::size_t cols,
                   std::size_t depth, float* y, std::size_t ldy) noexcept {
  const SingleThread guard;
  const auto integer = [](std::size_t n) { return static_cast<blasint>(n); };
  blas().sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, integer(rows), integer(cols),
               integer(depth), 1.0f, x, integer(depth), w, integer(depth), 0.0f, y, integer(ldy));
}

}  // namespace transept
