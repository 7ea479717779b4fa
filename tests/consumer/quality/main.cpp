// An application with the engine inside: lines on standard input, their translations on standard
// output.
#include <iostream>
#include <string>

#include "transept/translator.h"

int main(int argc, char**) {
  if (argc != 1) return 2;
  const auto translator = transept::Translator::open(MODEL);
  if (!translator.ok()) {
    std::cerr << translator.status().message() << '\n';
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) {
    const auto result = translator->translate(line);
    if (!result.ok()) {
      std::cerr << result.status().message() << '\n';
      return 1;
    }
    std::cout << result->text << '\n';
  }
}
