#include "model/open_model.h"

#include <sched.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "engine/base/log.h"
#include "engine/base/try.h"
#include "engine/kernels/kernel_table.h"
#include "engine/search/resolve.h"
#include "model/id_tokenizer.h"
#include "model/language_prefix.h"
#include "model/shortlist_files.h"
#include "tokenizer/language_code.h"

namespace transept {
namespace {

// Cores this process may use: fewer than the machine has where an affinity mask or a container says
// so.
std::size_t usable_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<std::size_t>(CPU_COUNT(&set));
  }
  return std::max(1u, std::thread::hardware_concurrency());
}

// What was opened, for users who ask (-v); details: the files read.
void log_opened(const ModelFiles& files, const Network& network, std::size_t threads) {
  log(LogLevel::kInfo, files.family + ", " + files.format + " " + files.variant + ", " +
                           network.kernels().name + " kernels, " + std::to_string(threads) +
                           (threads == 1 ? " thread" : " threads"));
  if (const PackedWeights& packed = network.packed(); !packed.file.empty()) {
    log(LogLevel::kInfo, "packed weights " + std::string(packed.found ? "found in " : "kept in ") +
                             packed.file.string());
  }
  for (const std::string& warning : files.warnings) log(LogLevel::kWarning, warning);
  for (const std::string& note : files.notes) log(LogLevel::kInfo, note);
  for (const std::filesystem::path& path : files.paths) {
    log(LogLevel::kDebug, "read " + path.string());
  }
}

constexpr std::size_t kDefaultBatchTokens = 2048;
constexpr std::size_t kMaxThreads = 1024;
// Far above any use; with it no sum of what is in flight overflows.
constexpr std::size_t kMaxBatchTokens = std::size_t{1} << 32;
// Batches of work that a stream may have waiting for each thread, so that none runs dry while the
// first line of a stream is a long one.
constexpr std::size_t kBatchesInFlight = 16;

}  // namespace

Result<SearchOptions> OpenModel::search_options(const TranslateOptions& request) const {
  if (!request.text.text_language.empty() && !is_language_code(request.text.text_language)) {
    return Status(Code::kInvalidArgument,
                  "\"" + request.text.text_language +
                      "\" is not the code of a language: two or three letters are expected, with "
                      "script and region as need be (en, deu, de_DE, deu_Latn, zh-Hans)");
  }
  TRANSEPT_ASSIGN_OR_RETURN(SearchOptions search, resolve(files.defaults, request, files.unk_id));
  search.scores = request.returns.scores;
  TRANSEPT_RETURN_IF_ERROR(target_language(files, request).status());
  return search;
}

std::string_view OpenModel::text_language(const TranslateOptions& request) const {
  return request.text.text_language.empty() ? files.source_language : request.text.text_language;
}

std::size_t kept_table_bytes(const OpenOptions& options) {
  // Without a mapping the whole file would stay in memory for the sake of a table in it.
  return options.mapping ? kKeptTableBytes : SIZE_MAX;
}

Result<SchedulerOptions> scheduler_options(const OpenOptions& options) {
  SchedulerOptions scheduling;
  scheduling.threads = options.threads > 0 ? options.threads : usable_cores();
  scheduling.batch_tokens = options.batch_tokens > 0 ? options.batch_tokens : kDefaultBatchTokens;
  if (scheduling.threads > kMaxThreads) {
    return Status(Code::kInvalidArgument, std::to_string(options.threads) +
                                              " threads are too many, at most " +
                                              std::to_string(kMaxThreads) + " are allowed");
  }
  if (scheduling.batch_tokens > kMaxBatchTokens) {
    return Status::sentence(Code::kInvalidArgument,
                            {OptionName{"batch_tokens"}, " ", std::to_string(options.batch_tokens),
                             ": at most ", std::to_string(kMaxBatchTokens)});
  }
  if (const std::size_t cores = usable_cores(); scheduling.threads > cores) {
    log(LogLevel::kInfo, std::to_string(scheduling.threads) + " threads are more than the " +
                             std::to_string(cores) + (cores == 1 ? " core" : " cores") +
                             " this process may use: they will take turns");
  }
  return scheduling;
}

Result<std::shared_ptr<const OpenModel>> OpenModel::open(const std::filesystem::path& directory,
                                                         const OpenOptions& options) {
  TRANSEPT_ASSIGN_OR_RETURN(SchedulerOptions scheduling, scheduler_options(options));
  const auto model = std::make_shared<OpenModel>();
  TRANSEPT_ASSIGN_OR_RETURN(model->files, open_model_files(directory, options));
  TRANSEPT_ASSIGN_OR_RETURN(
      model->network,
      Network::build(model->files.architecture, model->files.tensors, options.compute, options.gemm,
                     scheduling.threads, options.packed_cache, kept_table_bytes(options)));
  TRANSEPT_RETURN_IF_ERROR(model->files.weight_files.check_unchanged());
  model->files.tensors.clear();
  model->files.weight_files = WeightFiles();
  log_opened(model->files, *model->network, scheduling.threads);
  if (model->files.tokenizer == nullptr) {
    model->reads_text = false;
    model->files.tokenizer = make_id_tokenizer(model->files.architecture, model->files.defaults);
  }
  if (!options.shortlist.file.empty()) {
    const Architecture& sizes = model->files.architecture;
    const ShortlistWords words{*model->files.tokenizer, sizes.src_vocab, sizes.tgt_vocab};
    TRANSEPT_ASSIGN_OR_RETURN(model->shortlist,
                              read_shortlist(words, options.shortlist, options.mapping));
  }
  model->in_flight = kBatchesInFlight * scheduling.threads * scheduling.batch_tokens;
  if (options.profile) model->profile = std::make_unique<ProfileTotals>();
  scheduling.profile = model->profile.get();
  model->scheduler = std::make_unique<Scheduler>(model->network, scheduling);
  return std::shared_ptr<const OpenModel>(model);
}

}  // namespace transept
