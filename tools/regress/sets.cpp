// The sets of a suite: sources and references, line by line.
#include <algorithm>
#include <utility>

#include "tools/base/lines.h"
#include "tools/regress/evaluation_steps.h"
#include "tools/regress/files.h"

namespace transept::tools {
namespace {

Result<SetLines> load_set(const SuiteSet& set, std::vector<std::string>& notes) {
  const auto note_marks = [&](const std::vector<std::string>& text, const std::string& name) {
    if (std::string warning = warning_of_marks(text, name); !warning.empty()) {
      notes.push_back(std::move(warning));
    }
  };
  const std::string extension = set.source.extension().string();
  if (extension == ".gz" || extension == ".zst") {
    return input_error(set.source.string() +
                       " is compressed: the source of a set must be plain text");
  }
  SetLines lines;
  Result<std::vector<std::string>> source = read_lines(set.source.string());
  if (!source.ok()) return source.status();
  lines.source = *std::move(source);
  note_marks(lines.source, set.source.string());
  if (lines.source.empty()) {
    return input_error(set.source.string() + " is empty: nothing to translate");
  }

  std::vector<std::filesystem::path> files = {set.source};
  lines.references.resize(lines.source.size());
  for (const std::filesystem::path& path : set.references) {
    Result<std::vector<std::string>> reference = read_lines(path.string());
    if (!reference.ok()) return reference.status();
    note_marks(*reference, path.string());
    if (reference->size() != lines.source.size()) {
      return Status(Code::kInvalidArgument,
                    "source and reference of " + set.name + " have different numbers of lines: " +
                        set.source.string() + " has " + std::to_string(lines.source.size()) + ", " +
                        path.string() + " has " + std::to_string(reference->size()));
    }
    for (std::size_t i = 0; i < reference->size(); ++i) {
      lines.references[i].push_back(std::move((*reference)[i]));
    }
    files.push_back(path);
  }

  Result<std::string> checksum = checksum_of_files(files);
  if (!checksum.ok()) return checksum.status();
  lines.checksum = *std::move(checksum);
  if (!set.checksum.empty() && set.checksum != lines.checksum) {
    return input_error("the set " + set.name + " has changed: its checksum is " + lines.checksum +
                       ", the suite says " + set.checksum);
  }
  return lines;
}

}  // namespace

Status load_sets(Evaluation& evaluation) {
  const std::vector<std::string>& metrics = evaluation.suite.metrics;
  const bool needs_tokenizer = std::find(metrics.begin(), metrics.end(), "bleu") != metrics.end();
  for (const SuiteSet& set : evaluation.suite.sets) {
    if (needs_tokenizer) {  // what is not installed shows before anything is translated
      const auto bleu = score::make_bleu({.tokenizer = set.tokenize});
      if (!bleu.ok()) return input_error("the set " + set.name + ": " + bleu.status().message());
    }
    Result<SetLines> lines = load_set(set, evaluation.notes);
    if (!lines.ok()) return lines.status();
    evaluation.sets.push_back(*std::move(lines));
  }
  return Status();
}

}  // namespace transept::tools
