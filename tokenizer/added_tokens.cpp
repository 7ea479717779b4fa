#include "tokenizer/added_tokens.h"

#include <algorithm>
#include <utility>

#include "engine/base/try.h"
#include "tokenizer/utf8.h"

namespace transept {
namespace {

// A token that the text may be in the middle of.
struct Match {
  std::size_t start = 0;
  PieceTrie::Cursor cursor;
};

std::string_view character_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  return rest.substr(0, utf8_first(rest).length);
}

bool advance(const PieceTrie& trie, PieceTrie::Cursor& cursor, std::string_view character) {
  PieceTrie::Cursor next = cursor;
  for (const char byte : character) {
    if (!trie.advance(next, byte)) return false;
  }
  cursor = next;
  return true;
}

// A token to cut out of the text, and before which position no other one is looked for.
struct Cut {
  std::size_t start = 0;
  std::size_t end = 0;
  std::size_t skip = 0;
};

// `cut` is complete before the character at its end. A match that began no later wins if it can be
// completed as well, and each is made as long as possible.
Cut lengthen(const PieceTrie& trie, const std::vector<Match>& matches, std::string_view text,
             Cut cut) {
  const std::size_t current = cut.end;
  for (const Match& match : matches) {
    if (match.start > cut.start) break;
    // Earlier matches have already taken the current character, this one has not.
    std::size_t at = current;
    if (match.start < cut.start) at += character_at(text, current).size();
    cut.end = at;
    PieceTrie::Cursor ahead = match.cursor;
    while (true) {
      if (trie.id(ahead) >= 0) cut = {match.start, at, at};
      if (at >= text.size()) break;
      const std::string_view next = character_at(text, at);
      if (!advance(trie, ahead, next)) break;
      at += next.size();
    }
  }
  return cut;
}

}  // namespace

Result<AddedTokens> AddedTokens::build(const std::vector<AddedToken>& tokens) {
  AddedTokens result;
  std::map<std::string_view, std::size_t> by_content;
  for (const AddedToken& token : tokens) {
    if (token.content.empty() || token.content.find('\0') != std::string::npos) {
      return Status(Code::kCorrupt, "the added token with the id " + std::to_string(token.id) +
                                        (token.content.empty() ? " is empty" : " has a NUL byte"));
    }
    const auto [place, is_new] = by_content.emplace(token.content, result.tokens_.size());
    if (is_new) {
      result.tokens_.push_back(token);
    } else {
      result.tokens_[place->second] = token;
    }
  }
  std::vector<PieceTrie::Entry> entries;
  for (std::size_t i = 0; i < result.tokens_.size(); ++i) {
    entries.push_back({result.tokens_[i].content, static_cast<std::int32_t>(i)});
    result.by_id_.emplace(result.tokens_[i].id, i);
  }
  TRANSEPT_ASSIGN_OR_RETURN(result.trie_, PieceTrie::build(std::move(entries)));
  return result;
}

const AddedToken* AddedTokens::find(std::string_view content) const {
  const std::int32_t place = trie_.find(content);
  return place < 0 ? nullptr : &tokens_[static_cast<std::size_t>(place)];
}

const AddedToken* AddedTokens::find(std::int32_t id) const {
  const auto place = by_id_.find(id);
  return place == by_id_.end() ? nullptr : &tokens_[place->second];
}

// Where tokens begin and end, ascending. This follows Trie.split step by step, because which of two
// overlapping tokens wins depends on it: the one that is complete first, made longer where
// possible, unless one that began earlier can be completed as well.
std::vector<std::size_t> AddedTokens::boundaries(std::string_view text) const {
  std::vector<std::size_t> found;
  std::vector<Match> matches;  // by start, ascending
  std::size_t skip = 0;
  std::size_t current = 0;
  while (current < text.size()) {
    const std::string_view character = character_at(text, current);
    if (current < skip) {
      current += character.size();
      continue;
    }
    bool complete = false;
    std::vector<bool> failed(matches.size(), false);
    for (std::size_t i = 0; i < matches.size() && !complete; ++i) {
      if (trie_.id(matches[i].cursor) >= 0) {
        const Cut cut = lengthen(trie_, matches, text, {matches[i].start, current, skip});
        skip = cut.skip;
        found.push_back(cut.start);
        found.push_back(cut.end);
        complete = true;
      } else {
        failed[i] = !advance(trie_, matches[i].cursor, character);
      }
    }
    if (complete) {
      matches.clear();
    } else {
      std::size_t kept = 0;
      for (std::size_t i = 0; i < matches.size(); ++i) {
        if (!failed[i]) matches[kept++] = matches[i];
      }
      matches.resize(kept);
    }
    PieceTrie::Cursor root;
    if (current >= skip && advance(trie_, root, character)) matches.push_back({current, root});
    current += character.size();
  }
  for (const Match& match : matches) {
    if (trie_.id(match.cursor) >= 0) {
      found.push_back(match.start);
      found.push_back(text.size());
      break;
    }
  }
  return found;
}

std::vector<AddedTokens::Part> AddedTokens::split(std::string_view text) const {
  std::vector<Part> parts;
  std::vector<std::size_t> ends = boundaries(text);
  ends.push_back(text.size());
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    if (end <= begin) continue;
    parts.push_back({begin, end, find(text.substr(begin, end - begin))});
    begin = end;
  }

  for (std::size_t i = 0; i < parts.size(); ++i) {
    const AddedToken* token = parts[i].token;
    if (token == nullptr) continue;
    Part* left = i > 0 && parts[i - 1].begin < parts[i - 1].end ? &parts[i - 1] : nullptr;
    Part* right = i + 1 < parts.size() ? &parts[i + 1] : nullptr;
    const auto view = [text](const Part& part) {
      return text.substr(part.begin, part.end - part.begin);
    };
    const bool joins_left = left != nullptr && view(*left).back() != ' ';
    const bool joins_right = right != nullptr && view(*right).front() != ' ';
    if (token->rstrip && right != nullptr) {
      right->begin = right->end - strip_left(view(*right)).size();
    }
    if (token->lstrip && left != nullptr) left->end = left->begin + strip_right(view(*left)).size();
    if (token->single_word && joins_left) {
      left->end = parts[i].end;
      left->token = nullptr;
      parts[i].begin = parts[i].end;
    } else if (token->single_word && joins_right) {
      right->begin = parts[i].begin;
      right->token = nullptr;
      parts[i].end = parts[i].begin;
    }
  }
  std::erase_if(parts, [](const Part& part) { return part.begin >= part.end; });
  // Stripping may have left exactly a token of what was joined.
  for (Part& part : parts) part.token = find(text.substr(part.begin, part.end - part.begin));
  return parts;
}

}  // namespace transept
