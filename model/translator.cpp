#include "transept/translator.h"

#include <string>
#include <utility>
#include <vector>

#include "engine/base/try.h"
#include "model/guarded.h"
#include "model/line_reader.h"
#include "model/open_model.h"
#include "model/prepare_line.h"
#include "model/requests.h"
#include "model/stream_impl.h"

namespace transept {
namespace {

// What is translated in one go, in what a stream may have in flight: the segments of a long text
// would take many times its memory.
constexpr std::size_t kTokensAtOnce = 4;

}  // namespace

struct TRANSEPT_LOCAL Translator::Impl {
  explicit Impl(std::shared_ptr<const OpenModel> opened)
      : model(std::move(opened)), requests(*model) {}

  const std::shared_ptr<const OpenModel> model;
  Requests requests;

  // Prepares, runs and collects `count` lines; prepare(i) gives line i.
  template <class Prepare>
  Result<std::vector<Translation>> run(std::size_t count, const TranslateOptions& options,
                                       Prepare prepare) const {
    TRANSEPT_ASSIGN_OR_RETURN(const SearchOptions search, model->search_options(options));
    const auto in_input = [count](std::size_t i, const Status& status) {
      return count == 1 ? status : status.within("input " + std::to_string(i + 1));
    };
    std::vector<PreparedLine> lines;
    lines.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      Result<PreparedLine> line = prepare(i);
      if (!line.ok()) return in_input(i, line.status());
      lines.push_back(*std::move(line));
    }

    std::vector<Result<Translation>> results(count, Status(Code::kInternal, "not translated"));
    std::vector<Segment> segments;
    std::size_t tokens = 0;
    const auto run_segments = [&] {
      if (!segments.empty()) model->scheduler->run(std::exchange(segments, {}));
      tokens = 0;
    };
    const std::size_t at_once = kTokensAtOnce * model->in_flight;
    for (std::size_t i = 0; i < count; ++i) {
      LineReader line(LineRun{*model, search, options}, std::move(lines[i]),
                      [&results, i](Result<Translation> done) { results[i] = std::move(done); });
      for (bool more = true; more;) {
        tokens += line.read(at_once - tokens);
        if (!line.status().ok()) return in_input(i, line.status());
        more = line.hand_over(segments);
        if (tokens >= at_once) run_segments();
      }
    }
    run_segments();

    std::vector<Translation> translations;
    translations.reserve(count);
    for (Result<Translation>& result : results) {
      if (!result.ok()) return result.status();
      translations.push_back(*std::move(result));
    }
    return translations;
  }
};

Translator::Translator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Translator::Translator(Translator&&) noexcept = default;
Translator& Translator::operator=(Translator&&) noexcept = default;
Translator::~Translator() = default;

Result<Translator> Translator::open(const std::filesystem::path& model,
                                    const OpenOptions& options) {
  return guarded([&]() -> Result<Translator> {
    TRANSEPT_ASSIGN_OR_RETURN(std::shared_ptr<const OpenModel> opened,
                              OpenModel::open(model, options));
    return Translator(std::make_unique<Impl>(std::move(opened)));
  });
}

Result<Translation> Translator::translate(std::string_view text,
                                          const TranslateOptions& options) const {
  return guarded([&]() -> Result<Translation> {
    const auto prepare = [&](std::size_t) { return prepare_text(*impl_->model, options, text); };
    TRANSEPT_ASSIGN_OR_RETURN(std::vector<Translation> results, impl_->run(1, options, prepare));
    return std::move(results.front());
  });
}

Result<std::vector<Translation>> Translator::translate(std::span<const std::string> texts,
                                                       const TranslateOptions& options) const {
  return guarded([&] {
    return impl_->run(texts.size(), options, [&](std::size_t i) {
      return prepare_text(*impl_->model, options, texts[i]);
    });
  });
}

Result<std::vector<Translation>> Translator::translate_ids(
    std::span<const std::vector<std::int32_t>> inputs, const TranslateOptions& options) const {
  return guarded([&] {
    return impl_->run(inputs.size(), options, [&](std::size_t i) {
      return prepare_ids(*impl_->model, options, inputs[i]);
    });
  });
}

Pending Translator::submit(Request request, Done done) const noexcept {
  return impl_->requests.submit(std::move(request), std::move(done));
}

Result<Stream> Translator::stream(const TranslateOptions& options, Stream::Deliver deliver) const {
  return guarded([&]() -> Result<Stream> {
    if (!deliver) {
      return Status(Code::kInvalidArgument, "a stream needs a function that receives its lines");
    }
    TRANSEPT_ASSIGN_OR_RETURN(SearchOptions search, impl_->model->search_options(options));
    return Stream(std::make_unique<Stream::Impl>(impl_->model, options, std::move(search),
                                                 std::move(deliver)));
  });
}

Status Translator::check_ids(std::span<const std::int32_t> ids) const {
  return guarded([&] { return check_source_ids(*impl_->model, ids); });
}

Result<std::vector<std::int32_t>> Translator::encode_target(std::string_view text) const {
  return guarded([&]() -> Result<std::vector<std::int32_t>> {
    const Tokenizer& tokenizer = *impl_->model->files.tokenizer;
    std::vector<std::int32_t> ids = tokenizer.encode_target(text, Detail::ids_only).ids;
    ids.resize(ids.size() - tokenizer.target_specials().size());
    return ids;
  });
}

std::int32_t Translator::target_id(std::string_view token) const {
  return impl_->model->files.tokenizer->target_id(token);
}

Profile Translator::profile() const {
  return impl_->model->profile != nullptr ? impl_->model->profile->read() : Profile();
}

}  // namespace transept
