// An application that scores its own translations: the first example of transept/scorer.h.
#include "transept/scorer.h"

#include <iostream>

int main() {
  const std::vector<std::string> hypotheses = {"Wo ist der Bahnhof?", "Das Wetter ist gut."};
  const transept::score::References references = {
      {"Wo ist der Bahnhof?", "Wo finde ich den Bahnhof?"}, {"Das Wetter ist heute gut."}};
  const auto bleu = transept::score::make_bleu({});
  if (!bleu.ok()) {
    std::cerr << bleu.status().message() << '\n';
    return 1;
  }
  const auto statistics = transept::score::statistics(**bleu, hypotheses, references);
  if (!statistics.ok()) {
    std::cerr << statistics.status().message() << '\n';
    return 1;
  }
  const auto score = (*bleu)->score(statistics->total());
  std::cout << "Bahnhof: " << score.value << ' ' << score.detail << '\n';
  return score.value > 50.0 && score.value < 100.0 ? 0 : 1;
}
