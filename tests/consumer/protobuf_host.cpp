// An application that uses protobuf itself and translates as well: the two must not disturb each
// other.
#include <google/protobuf/struct.pb.h>

#include <iostream>
#include <string>

#include "transept/translator.h"

int main() {
  google::protobuf::Struct before;
  (*before.mutable_fields())["question"].set_string_value("Where is the station?");

  const auto translator = transept::Translator::open("model/pretrained/en-de");
  if (!translator.ok()) {
    std::cerr << translator.status().message() << '\n';
    return 1;
  }
  const auto result = translator->translate(before.fields().at("question").string_value());
  if (!result.ok()) {
    std::cerr << result.status().message() << '\n';
    return 1;
  }

  google::protobuf::Struct after;
  if (!after.ParseFromString(before.SerializeAsString())) return 1;
  (*after.mutable_fields())["answer"].set_string_value(result->text);
  std::cout << after.fields().at("question").string_value() << " -> "
            << after.fields().at("answer").string_value() << '\n';
}
