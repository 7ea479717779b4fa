// Input, models and flags that are wrong: one line on stderr, nothing on stdout, the documented
// code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/files.h"
#include "tests/tools/support/expect_failure.h"
#include "tests/tools/support/process.h"

namespace transept::testing_support {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A copy of the Marian fixture that a test may damage.
class BadModel : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) / (std::string("transept-model-") + test->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    for (const char* name : {"config.json", "generation_config.json", "encoder_model.onnx",
                             "decoder_model_merged.onnx", "source.spm", "target.spm", "vocab.json",
                             "tokenizer_config.json", "special_tokens_map.json"}) {
      fs::copy_file(fs::path(TRANSEPT_TEST_DATA) / "fixtures/marian" / name, folder_ / name);
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string read(const std::string& name) const { return read_file(folder_ / name); }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void replace(const std::string& name, const std::string& what, const std::string& by) const {
    std::string text = read(name);
    const std::size_t at = text.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    write(name, text.replace(at, what.size(), by));
  }
  void expect_refused(const std::vector<std::string>& said) const {
    expect_failure(run({"translate", "--model", folder_, "Hello."}), 5, said);
    expect_failure(run({"inspect", folder_}), 5, said);
  }

  fs::path folder_;
};

TEST_F(BadModel, TheCopyItselfIsGood) {
  const Outcome outcome = run({"translate", "--model", folder_, "Hello."});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(BadModel, MissingDirectory) {
  expect_failure(run({"translate", "--model", folder_ / "none", "Hello."}), 5, {"none"});
  expect_failure(run({"translate", "--model", "no-such-name", "Hello."}), 5, {"no-such-name"});
}

TEST_F(BadModel, MissingFileOfASetIsNamed) {
  for (const char* name : {"config.json", "encoder_model.onnx", "source.spm", "vocab.json"}) {
    const std::string bytes = read(name);
    fs::remove(folder_ / name);
    expect_refused({name});
    write(name, bytes);
  }
}

TEST_F(BadModel, WithoutATokenizerIdsAreTranslatedAndTextIsNot) {
  const Outcome before =
      run({"translate", "--model", folder_, "--input", "ids", "--format", "jsonl", "5 6 0"});
  for (const char* name : {"source.spm", "target.spm", "vocab.json"}) fs::remove(folder_ / name);
  expect_failure(run({"translate", "--model", folder_, "Hello."}), 5, {"no tokenizer"});
  const Outcome after =
      run({"translate", "--model", folder_, "--input", "ids", "--format", "jsonl", "5 6 0"});
  EXPECT_EQ(after.code, 0) << after.err;
  const std::string ids = before.out.substr(before.out.find("\"ids\":"), 20);
  EXPECT_THAT(after.out, HasSubstr(ids));
}

TEST_F(BadModel, EmptyDirectory) {
  for (const auto& entry : fs::directory_iterator(folder_)) fs::remove(entry.path());
  expect_refused({folder_});
}

TEST_F(BadModel, TruncatedGraph) {
  const std::string bytes = read("encoder_model.onnx");
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
    write("encoder_model.onnx", bytes.substr(0, size));
    expect_refused({"encoder_model.onnx"});
  }
}

TEST_F(BadModel, NotAGraphAtAll) {
  write("encoder_model.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  expect_refused({"encoder_model.onnx"});
}

TEST_F(BadModel, UnknownFamily) {
  replace("config.json", "\"marian\"", "\"gpt2\"");
  expect_refused({"gpt2"});
}

TEST_F(BadModel, BrokenConfiguration) {
  write("config.json", "{\"model_type\": ");
  expect_refused({"config.json"});
}

TEST_F(BadModel, VocabularyAndModelThatDisagree) {
  write("vocab.json", "{\"</s>\": 0, \"<unk>\": 1, \"\xE2\x96\x81the\": 2, \"<pad>\": 3}");
  expect_refused({"vocab"});
}

TEST_F(BadModel, SizesThatDisagreeWithTheConfiguration) {
  replace("config.json", "\"d_model\": ", "\"d_model\": 1");
  expect_refused({});
}

TEST_F(BadModel, UnknownVariant) {
  expect_failure(run({"translate", "--model", folder_, "--variant", "q3", "Hello."}), 2, {"q3"});
}

TEST(BadInput, MissingOrUnreadableFile) {
  expect_failure(run({"translate", "-i", "/no/such/file"}), 3, {"/no/such/file"});
  expect_failure(run({"translate", "-i", "/"}), 3, {"Is a directory"});
}

TEST(BadInput, IdsThatAreNone) {
  expect_failure(run({"translate", "--input", "ids"}, {.input = "5 0\n5 x 0\n"}), 3,
                 {"line 2", "x is not an id"});
  expect_failure(run({"translate", "--input", "ids"}, {.input = "5 0\n\n5 9999999 0\n"}), 3,
                 {"line 3", "9999999"});
  expect_failure(run({"translate", "--input", "ids", "-1"}), 3, {"line 1", "-1"});
  expect_failure(run({"translate", "--input", "ids", "99999999999999999999"}), 3, {"line 1"});
}

TEST(BadInput, InvalidUtf8IsReplacedAndCountedOnce) {
  const Outcome outcome = run({"translate", "--format", "jsonl"},
                              {.input = "Hello \xFF\xFE.\nGood morning!\nSee \xC3 you\xE2\x82.\n"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 3);
  EXPECT_THAT(outcome.err, AllOf(StartsWith("transept: warning: 2 lines"), HasSubstr("U+FFFD")));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
  EXPECT_EQ(run({"translate", "--quiet", "Hello \xFF."}).err, "");
}

TEST(BadInput, InvalidUtf8AmongTokensIsCountedToo) {
  const Outcome outcome =
      run({"translate", "--input", "tokens"}, {.input = "\xFF\n\xE2\x96\x81the\n"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, StartsWith("transept: warning: 1 line "));
}

TEST(BadInput, AMessageIsOneLineWhateverItQuotes) {
  expect_failure(run({"translate", "--model", "no\nsuch\x1B model", "Hello."}), 5,
                 {"no\\nsuch? model"});
}

TEST(BadInput, NulBytesAreCharacters) {
  const Outcome outcome =
      run({"translate"}, {.input = std::string("Hello\0World\n\0\nThank you.\n", 25)});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 3);
}

TEST(BadInput, VeryLongLines) {
  // Without a blank, and with nothing but blanks: neither may take more than time in proportion.
  const std::string model = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian";
  const Outcome outcome = run(
      {"translate", "--model", model, "--beam", "1", "--max-length", "3"},
      {.input = std::string(1 << 20, 'a') + "\n" + std::string(1 << 20, ' ') + "\nThank you.\n"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 3);
}

TEST(BadInput, Utf16IsSaidToBeThat) {
  const std::string little("\xFF\xFEH\0i\0\n\0", 8);
  const std::string big("\xFE\xFF\0H\0i\0\n", 8);
  const std::string without_mark("H\0i\0!\0\n\0H\0", 10);
  for (const std::string& input : {little, big, without_mark}) {
    expect_failure(run({"translate"}, {.input = input}), 3,
                   {"cannot read standard input: it is UTF-16, not UTF-8"});
  }
  const std::string path = testing::TempDir() + "transept-utf16";
  std::ofstream(path, std::ios::binary) << little;
  expect_failure(run({"translate", "--bad-words", path, "Hello."}), 3, {path, "UTF-16"});
  expect_failure(run({"shortlist", path, path}), 3, {path, "UTF-16"});
  expect_failure(run({"bench", "--quick", "-i", path}), 3, {path, "UTF-16"});
  // A NUL here and there is a character.
  EXPECT_EQ(run({"translate"}, {.input = std::string("a\0b\0\n", 5)}).code, 3);
  EXPECT_EQ(run({"translate"}, {.input = std::string("ab\0c\n", 5)}).code, 0);
}

TEST(BadInput, AByteOrderMarkAtTheHeadIsNoText) {
  const std::string mark = "\xEF\xBB\xBF";
  for (const char* form : {"text", "tokens", "ids"}) {
    const std::vector<std::string> words = {"translate", "--input", form, "--format", "jsonl"};
    const std::string line = form == std::string("ids") ? "5 6 0\n" : "\xE2\x96\x81the\n";
    EXPECT_EQ(run(words, {.input = mark + line}).out, run(words, {.input = line}).out) << form;
  }
}

TEST(BadInput, MessagesHoldNothingATerminalWouldObey) {
  // ESC, the CSI of 8-bit terminals as U+009B and as a byte.
  expect_failure(run({"translate", "--model",
                      "no\x1B[31m\xC2\x9B"
                      "31m\x9B"
                      "31m",
                      "Hello."}),
                 5,
                 {"no?[31m?31m\xEF\xBF\xBD"
                  "31m"});
  expect_failure(run({"translate", "-i", "/none/\x1B]0;x\x07"}), 3, {"/none/?]0;x?"});
}

TEST_F(BadModel, AWrongVariantIsAnsweredWithWhatInspectSays) {
  const std::string fixture = std::string(TRANSEPT_TEST_DATA) + "/fixtures/marian-fp16";
  EXPECT_THAT(run({"inspect", fixture}).out, HasSubstr("onnx, fp16\n"));
  expect_failure(run({"translate", "--model", fixture, "--variant", "q3", "Hello."}), 2,
                 {"it has: fp16 (files without a suffix)"});
  expect_failure(run({"translate", "--variant", "q3", "Hello."}), 2,
                 {"it has: q8 (files without a suffix)"});
  expect_failure(run({"translate", "--model", folder_, "--variant", "q3", "Hello."}), 2,
                 {"it has: fp32 (files without a suffix)"});
}

TEST_F(BadModel, ExternalDataOfAWrongLengthNamesTheLength) {
  const fs::path external = fs::path(TRANSEPT_TEST_DATA) / "fixtures/marian-external";
  for (const char* name : {"encoder_model.onnx", "encoder_model.onnx_data",
                           "decoder_model_merged.onnx", "decoder_model_merged.onnx_data"}) {
    fs::copy_file(external / name, folder_ / name, fs::copy_options::overwrite_existing);
  }
  ASSERT_EQ(run({"translate", "--model", folder_, "Hello."}).code, 0);
  std::string bytes = read("encoder_model.onnx");
  const std::size_t key = bytes.find("length");
  ASSERT_NE(key, std::string::npos);
  // An entry is key (6 bytes), a tag, the size of the digits, the digits.
  char& digit = bytes[key + 8];
  ASSERT_TRUE(digit >= '1' && digit <= '9');
  digit = digit == '1' ? '2' : '1';
  write("encoder_model.onnx", bytes);
  expect_refused({"encoder_model.onnx", "external data has length ", "its shape and type need "});
}

TEST_F(BadModel, SettingsOfAFileAreNamedAsTheFileNamesThem) {
  write("generation_config.json",
        "{\"num_beams\": 2, \"num_return_sequences\": 3, \"max_length\": 20}");
  expect_refused({"generation_config.json: num_return_sequences 3 is above num_beams 2"});
  write("generation_config.json", "{\"num_beams\": 2, \"max_length\": 20, \"min_length\": 30}");
  expect_refused({"generation_config.json: min_length ", " is above max_length "});
}

}  // namespace
}  // namespace transept::testing_support
