#include "transept/inspect.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "engine/base/try.h"
#include "engine/network/network.h"
#include "engine/network/roles.h"
#include "engine/network/work.h"
#include "engine/runtime/lane.h"
#include "model/guarded.h"
#include "model/model_files.h"
#include "model/open_model.h"
#include "transept/option_table.h"
#include "transept/words.h"

namespace transept {
namespace {

std::string_view name(Activation activation) {
  switch (activation) {
    case Activation::relu: return "relu";
    case Activation::gelu: return "gelu";
    case Activation::gelu_new: return "gelu_new";
    case Activation::swish: return "swish";
    case Activation::quick_gelu: return "quick_gelu";
  }
  return "";
}

std::string_view name(Positions positions) {
  switch (positions) {
    case Positions::none: return "none";
    case Positions::sinusoid: return "sinusoid";
    case Positions::sinusoid_fairseq: return "sinusoid_fairseq";
    case Positions::learned: return "learned";
  }
  return "";
}

Property property(std::string name, std::size_t value) {
  return {std::move(name), static_cast<std::int64_t>(value)};
}
Property property(std::string name, std::string_view value) {
  return {std::move(name), std::string(value)};
}

// What mostly is the same in both stacks.
std::vector<Property> stack_properties(const Stack& stack) {
  return {property("activation", name(stack.activation)),
          {"gated", stack.gated},
          property("norm", stack.placement == NormPlacement::post ? "post" : "pre"),
          property("norm_rule", stack.norm == NormRule::layer ? "layer" : "rms"),
          {"biases", stack.biases},
          property("positions", name(stack.positions)),
          property("max_positions", stack.max_positions),
          {"embedding_scale", stack.embed_scale},
          {"embedding_norm", stack.embed_norm},
          {"final_norm", stack.final_norm}};
}

std::vector<Property> architecture_properties(const Architecture& network) {
  std::vector<Property> properties = {
      property("d_model", network.d_model),
      property("source_vocabulary", network.src_vocab),
      property("target_vocabulary", network.tgt_vocab),
  };
  for (const auto& [prefix, stack] :
       {std::pair<std::string, const Stack&>("encoder_", network.encoder),
        std::pair<std::string, const Stack&>("decoder_", network.decoder)}) {
    properties.push_back(property(prefix + "layers", stack.layers));
    properties.push_back(property(prefix + "heads", stack.heads));
    properties.push_back(property(prefix + "d_head", stack.d_head));
    properties.push_back(property(prefix + "d_ff", stack.d_ff));
  }
  const std::vector<Property> encoder = stack_properties(network.encoder);
  const std::vector<Property> decoder = stack_properties(network.decoder);
  for (std::size_t i = 0; i < encoder.size(); ++i) {
    // Where both stacks agree, once.
    if (encoder[i].value == decoder[i].value) {
      properties.push_back(encoder[i]);
    } else {
      properties.push_back({"encoder_" + encoder[i].name, encoder[i].value});
      properties.push_back({"decoder_" + decoder[i].name, decoder[i].value});
    }
  }
  properties.push_back({"output_bias", network.has_head_bias});
  return properties;
}

template <class T>
Property setting(std::string_view name, T value) {
  if constexpr (std::is_enum_v<T>) {
    return property(std::string(name), word_of(value));
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return {std::string(name), std::int64_t{value}};
  } else {
    return {std::string(name), value};
  }
}

std::vector<Property> generation_properties(const SearchOptions& search) {
  const auto integer = [](std::string name, std::int64_t value) {
    return Property{std::move(name), value};
  };
  const auto ids = [](const std::vector<std::int32_t>& list) {
    std::string text;
    for (const std::int32_t id : list) text += (text.empty() ? "" : " ") + std::to_string(id);
    return text;
  };
  std::vector<Property> properties;
  for_each_option([&](const auto& option) {
    if (option.resolved != nullptr) {
      properties.push_back(setting(option.name, search.*option.resolved));
    }
  });
  properties.push_back(integer("start_id", search.start));
  properties.push_back(property("end_ids", ids(search.end)));
  if (search.forced_bos >= 0) properties.push_back(integer("forced_first_id", search.forced_bos));
  if (!search.forced_eos.empty()) {
    properties.push_back(property("forced_last_ids", ids(search.forced_eos)));
  }
  for (const auto& sequence : search.bad_words) {
    properties.push_back(property("bad_words", ids(sequence)));
  }
  return properties;
}

// True when the two hold one table that was quantised twice, by rows and by columns, say: they differ
// by rounding alone, of 4 bits and more. Tables that were trained apart differ by more than they are.
bool quantised_copies(const Tensor& a, const Tensor& b) {
  const auto quantised = [](const Tensor& tensor) {
    return tensor.quantization.kind != Quantization::Kind::none;
  };
  if (&a == &b || a.rows != b.rows || a.cols != b.cols || !(quantised(a) || quantised(b))) {
    return false;
  }
  constexpr std::size_t kRows = 256;  // at once
  constexpr double kRounding = 0.05;  // of the sum of squares
  std::vector<float> left(kRows * a.cols);
  std::vector<float> right(kRows * a.cols);
  double squares = 0.0;
  double differences = 0.0;
  for (std::size_t row = 0; row < a.rows; row += kRows) {
    const std::size_t count = std::min(kRows, a.rows - row);
    read_rows(a, row, count, left.data());
    read_rows(b, row, count, right.data());
    for (std::size_t i = 0; i < count * a.cols; ++i) {
      const double difference = double{left[i]} - double{right[i]};
      squares += double{left[i]} * double{left[i]};
      differences += difference * difference;
    }
  }
  return differences <= kRounding * squares;
}

// Numbers in tables that are a quantised copy of another one.
std::size_t copied_numbers(const TensorMap& tensors) {
  std::size_t copied = 0;
  std::vector<const Tensor*> tables;
  for (const std::string& role :
       {weight_of(decoder_groups().embed), weight_of(encoder_groups().embed), weight_of(kHead)}) {
    const auto found = tensors.find(role);
    if (found == tensors.end()) continue;
    const Tensor* table = found->second.get();
    if (std::find(tables.begin(), tables.end(), table) != tables.end()) continue;
    const bool copy = std::any_of(tables.begin(), tables.end(), [&](const Tensor* other) {
      return quantised_copies(*other, *table);
    });
    if (copy) copied += table->elements();
    tables.push_back(table);
  }
  return copied;
}

std::vector<Property> splitting_properties(const ModelFiles& files) {
  return {property("split", word_of(files.single_sentences ? Split::sentences : Split::long_lines)),
          property("max_source", files.max_source), property("usual_segment", files.usual_segment)};
}

// Names every tensor once, and says which roles share one.
void describe_tensors(const TensorMap& tensors, ModelInfo& info) {
  std::map<const Tensor*, std::string> owners;
  for (const auto& [role, tensor] : tensors) {
    TensorInfo& one = info.tensors.emplace_back();
    one.role = role;
    one.type = dtype_name(tensor->dtype);
    one.rows = tensor->rows;
    one.cols = tensor->cols;
    one.bytes = tensor->bytes.size();
    one.origin = tensor->origin;
    const auto [owner, is_first] = owners.try_emplace(tensor.get(), role);
    if (is_first) {
      info.parameters += tensor->elements();
    } else {
      one.shared_with = owner->second;
    }
  }
  info.parameters -= copied_numbers(tensors);
}

// Encoder buffers, cross-attention keys and values, and those of translations as long as their
// sources, when as many tokens are on their way as the scheduler admits: long lines; short ones
// need a fraction.
std::size_t estimate_working_bytes(const Architecture& network, const SearchOptions& search,
                                   const SchedulerOptions& scheduling) {
  const std::size_t buffers = std::min(scheduling.batch_tokens, kEncodeTokens) *
                              (6 * network.d_model + network.encoder.d_ff);
  const std::size_t keys_and_values =
      2 * network.decoder.layers * network.decoder.heads * network.decoder.d_head;
  const std::size_t caches = scheduling.batch_tokens * keys_and_values * (1 + search.beam);
  return scheduling.threads * (buffers + caches) * sizeof(float);
}

}  // namespace

Result<ModelInfo> inspect(const std::filesystem::path& model, const OpenOptions& options) {
  return guarded([&]() -> Result<ModelInfo> {
    TRANSEPT_ASSIGN_OR_RETURN(const SchedulerOptions scheduling, scheduler_options(options));
    TRANSEPT_ASSIGN_OR_RETURN(const ModelFiles files, open_model_files(model, options));
    TRANSEPT_ASSIGN_OR_RETURN(
        const auto network,
        Network::build(files.architecture, files.tensors, options.compute, options.gemm,
                       scheduling.threads, options.packed_cache, kept_table_bytes(options)));
    TRANSEPT_RETURN_IF_ERROR(files.weight_files.check_unchanged());

    ModelInfo info;
    info.family = files.family;
    info.format = files.format;
    info.variant = files.variant;
    info.source_language = files.source_language;
    for (const std::filesystem::path& path : files.paths) {
      std::error_code ignored;
      info.files.push_back({path, std::filesystem::file_size(path, ignored)});
    }
    info.architecture = architecture_properties(files.architecture);
    describe_tensors(files.tensors, info);
    info.tokenizer =
        files.tokenizer != nullptr ? files.tokenizer->describe() : "none: takes ids only";
    info.generation = generation_properties(files.defaults);
    info.splitting = splitting_properties(files);
    info.languages = files.languages.codes();
    info.notes = files.warnings;
    info.notes.insert(info.notes.end(), files.notes.begin(), files.notes.end());
    info.compute = word_of(network->compute());
    info.weights = network->weight_forms();
    info.packed_file = network->packed().file;
    info.packed_found = network->packed().found;
    info.weight_bytes = network->weight_bytes();
    info.work = work_of(*network);
    info.working_bytes = estimate_working_bytes(files.architecture, files.defaults, scheduling);
    return info;
  });
}

}  // namespace transept
