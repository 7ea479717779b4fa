#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/team.h"
#include "engine/base/try.h"
#include "model/guarded.h"
#include "model/ibm_model1.h"
#include "model/model_files.h"
#include "model/open_model.h"
#include "model/shortlist_files.h"
#include "tokenizer/utf8.h"
#include "transept/shortlist.h"

namespace transept {
namespace {

constexpr std::size_t kLongest = 512;
constexpr std::size_t kMostPairs = UINT32_MAX;

enum class Language { source, target };

// Special tokens count on both sides alike.
std::vector<std::int32_t> encode(const Tokenizer& tokenizer, Language language,
                                 std::string_view text) {
  return language == Language::source
             ? tokenizer.encode_source(text, Detail::ids_only, Specials::as_tokens).ids
             : tokenizer.encode_target(text, Detail::ids_only).ids;
}

// Pieces of a text without the special tokens, which an empty text has, too.
std::vector<std::int32_t> pieces(const Tokenizer& tokenizer, Language language,
                                 std::string_view text, std::size_t specials) {
  std::string repaired;
  std::size_t replaced = 0;
  if (utf8_valid_prefix(text) < text.size()) text = repaired = utf8_repair(text, replaced);
  std::vector<std::int32_t> ids = encode(tokenizer, language, text);
  ids.resize(ids.size() - std::min(ids.size(), specials));
  return ids;
}

Status check(const BuildShortlistOptions& options) {
  const auto invalid = [](const char* sentence) {
    return Status(Code::kInvalidArgument, sentence);
  };
  if (options.best == 0) return invalid("a shortlist of the 0 best target words is none");
  if (options.iterations == 0) return invalid("0 iterations know nothing: at least 1 is needed");
  if (!(options.threshold >= 0.0f && options.threshold < 1.0f)) {
    return invalid("the threshold of a shortlist must be at least 0 and below 1");
  }
  return Status();
}

}  // namespace

struct TRANSEPT_LOCAL ShortlistBuilder::Impl {
  Impl(ModelFiles files_in, std::size_t threads)
      : files(std::move(files_in)),
        source_specials(encode(*files.tokenizer, Language::source, "").size()),
        target_specials(encode(*files.tokenizer, Language::target, "").size()),
        team(threads - 1) {}

  Status add(std::span<const std::string> source_texts, std::span<const std::string> target_texts) {
    if (source_texts.size() != target_texts.size()) {
      return Status(Code::kInvalidArgument,
                    std::to_string(source_texts.size()) + " sentences with " +
                        std::to_string(target_texts.size()) + " translations");
    }
    std::vector<std::pair<std::vector<std::int32_t>, std::vector<std::int32_t>>> encoded(
        source_texts.size());
    std::vector<Status> failures(source_texts.size());
    team.run(source_texts.size(), [&](std::size_t i) {
      failures[i] = guarded([&] {
        encoded[i] = {pieces(*files.tokenizer, Language::source, source_texts[i], source_specials),
                      pieces(*files.tokenizer, Language::target, target_texts[i], target_specials)};
        return Status();
      });
    });
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      TRANSEPT_RETURN_IF_ERROR(failures[i]);
      const auto& [source, target] = encoded[i];
      if (source.empty() || target.empty() || source.size() > kLongest ||
          target.size() > kLongest) {
        ++left_out;
        continue;
      }
      if (sources.size() == kMostPairs) {
        return Status(Code::kInput, "more pairs of sentences than 2^32");
      }
      sources.add(source);
      targets.add(target);
    }
    return Status();
  }

  Result<std::string> build(const BuildShortlistOptions& options,
                            const std::function<bool(std::uint32_t)>& go_on) {
    TRANSEPT_RETURN_IF_ERROR(check(options));
    if (sources.size() == 0) {
      return Status(Code::kInput, "there are no pairs of sentences to learn words from");
    }
    const Architecture& sizes = files.architecture;
    auto table = train_ibm_model1(sources, targets, sizes.src_vocab, sizes.tgt_vocab,
                                  options.iterations, team, go_on);
    if (!table) return Status(Code::kCancelled, "cancelled");
    TargetLists lists;
    for (std::vector<WeightedTarget>& list : *table) {
      prune_targets(list, options.best, options.threshold);
      lists.add(list);
    }
    return options.form == ShortlistForm::text
               ? format_text_shortlist(*table, *files.tokenizer)
               : format_binary_shortlist(lists, options.first, options.best);
  }

  ModelFiles files;
  std::size_t source_specials;
  std::size_t target_specials;
  Team team;
  IdSentences sources;
  IdSentences targets;
  std::size_t left_out = 0;
};

ShortlistBuilder::ShortlistBuilder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ShortlistBuilder::ShortlistBuilder(ShortlistBuilder&&) noexcept = default;
ShortlistBuilder& ShortlistBuilder::operator=(ShortlistBuilder&&) noexcept = default;
ShortlistBuilder::~ShortlistBuilder() = default;

Result<ShortlistBuilder> ShortlistBuilder::open(const std::filesystem::path& model,
                                                std::size_t threads) {
  return guarded([&]() -> Result<ShortlistBuilder> {
    OpenOptions options;
    options.threads = threads;
    TRANSEPT_ASSIGN_OR_RETURN(const SchedulerOptions scheduling, scheduler_options(options));
    TRANSEPT_ASSIGN_OR_RETURN(ModelFiles files, open_model_files(model, options));
    if (files.tokenizer == nullptr) {
      return Status(Code::kNotFound, model.string() + ": the model directory has no tokenizer");
    }
    files.tensors.clear();
    return ShortlistBuilder(std::make_unique<Impl>(std::move(files), scheduling.threads));
  });
}

Status ShortlistBuilder::add(std::span<const std::string> sources,
                             std::span<const std::string> targets) {
  return guarded([&] { return impl_->add(sources, targets); });
}

std::size_t ShortlistBuilder::pairs() const { return impl_->sources.size(); }

std::size_t ShortlistBuilder::left_out() const { return impl_->left_out; }

Result<std::string> ShortlistBuilder::build(
    const BuildShortlistOptions& options,
    const std::function<bool(std::uint32_t iteration)>& go_on) const {
  return guarded([&] { return impl_->build(options, go_on); });
}

}  // namespace transept
