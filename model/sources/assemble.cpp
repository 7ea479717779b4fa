#include "model/sources/assemble.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <utility>

#include "engine/base/try.h"
#include "engine/network/roles.h"

namespace transept {
namespace {

void note_quantised(ModelFiles& files) {
  std::set<std::string> types;
  for (const auto& [role, tensor] : files.tensors) {
    if (tensor->quantization.kind != Quantization::Kind::none) {
      types.emplace(dtype_name(tensor->dtype));
    }
  }
  if (types.empty()) return;
  std::string names;
  for (const std::string& type : types) names += (names.empty() ? "" : ", ") + type;
  files.notes.push_back("weights are stored as " + names);
}

// Ids must mean the same to both: a vocabulary of another size belongs to another model. Where
// source and target vocabularies differ, both tables may have the larger size.
Status check_vocabulary(const std::filesystem::path& directory, const Tokenizer& tokenizer,
                        const Architecture& architecture, bool shared) {
  struct Side {
    const char* name;
    std::size_t ids, rows;
  };
  for (const Side& side : {Side{"source", tokenizer.source_vocab(), architecture.src_vocab},
                           Side{"target", tokenizer.target_vocab(), architecture.tgt_vocab}}) {
    if (side.ids > side.rows || (shared && side.ids != side.rows)) {
      return Status(Code::kCorrupt, directory.string() + ": the " + side.name + " vocabulary has " +
                                        std::to_string(side.ids) + " ids, the model " +
                                        std::to_string(side.rows));
    }
  }
  return Status();
}

}  // namespace

std::string content_of(const Architecture& architecture, const TensorMap& tensors) {
  std::map<DType, std::size_t> elements;
  for (const Role& role : roles_of(architecture)) {
    const auto tensor = tensors.find(role.name);
    if (role.kind == Role::Kind::matrix && role.phase != Phase::output && tensor != tensors.end()) {
      elements[tensor->second->dtype] += tensor->second->elements();
    }
  }
  const auto most =
      std::max_element(elements.begin(), elements.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  switch (most == elements.end() ? DType::f32 : most->first) {
    case DType::f16: return "fp16";
    case DType::bf16: return "bf16";
    case DType::i8:
    case DType::u8: return "q8";
    case DType::i4:
    case DType::u4: return "q4";
    case DType::i2:
    case DType::u2: return "q2";
    case DType::nf4:
    case DType::fp4: return "bnb4";
    default: return "fp32";
  }
}

Status take_network(const Family& family, FamilyConfig config, ModelFiles& files) {
  TRANSEPT_RETURN_IF_ERROR(check_weights(config.architecture, files.tensors));
  files.family = family.name;
  files.architecture = config.architecture;
  files.defaults = std::move(config.defaults);
  files.pad_id = config.pad_id;
  files.single_sentences = family.sentences.single;
  files.usual_segment = family.sentences.usual_tokens;
  files.warnings = std::move(config.warnings);
  files.notes = std::move(config.notes);
  note_quantised(files);
  return Status();
}

Status take_tokenizer(const Family& family, const Listing& listing, bool shared,
                      ModelFiles& files) {
  TRANSEPT_ASSIGN_OR_RETURN(files.tokenizer, family.open_tokenizer(listing));
  if (files.tokenizer == nullptr) return Status();
  TRANSEPT_RETURN_IF_ERROR(
      check_vocabulary(listing.path(), *files.tokenizer, files.architecture, shared));
  if (family.languages != nullptr) files.languages = family.languages(*files.tokenizer);
  return Status();
}

}  // namespace transept
