// A regression run as the XML that CI systems read: JUnit's, in the form its Ant task writes.
#include <pugixml.hpp>
#include <sstream>
#include <string>

#include "tools/base/numbers.h"
#include "tools/base/printable.h"
#include "tools/regress/results.h"
#include "tools/scorer/text.h"

namespace transept::tools {
namespace {

// XML 1.0 has no way to write most control characters, nor U+FFFE and U+FFFF; paths may hold what is
// not UTF-8.
std::string writable(std::string_view bytes) {
  const std::string text = valid_utf8(bytes);
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = i;
    const char32_t code = score::next_code_point(text, i);
    const bool control = code < 0x20 && code != U'\t' && code != U'\n';
    if (control || code == 0xFFFE || code == 0xFFFF) {
      out += "\xEF\xBF\xBD";
    } else {
      out.append(text, begin, i - begin);
    }
  }
  return out;
}

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(writable(value).c_str());
}

class Document {
 public:
  explicit Document(const Evaluation& evaluation) {
    document_.append_child(pugi::node_declaration).append_attribute("version").set_value("1.0");
    document_.first_child().append_attribute("encoding").set_value("UTF-8");
    suites_ = document_.append_child("testsuites");
    set(suites_, "name", evaluation.suite.name);
  }

  void begin(const std::string& name, const std::string& time) {
    suite_ = suites_.append_child("testsuite");
    tests_ = failures_ = skipped_ = 0;
    set(suite_, "name", name);
    set(suite_, "timestamp", time.substr(0, 19));
  }

  pugi::xml_node add_case(const std::string& where, const std::string& name, double seconds) {
    ++tests_;
    pugi::xml_node test = suite_.append_child("testcase");
    set(test, "classname", where);
    set(test, "name", name);
    set(test, "time", fixed(seconds, 3));
    return test;
  }

  void fail(pugi::xml_node test, const std::string& message) {
    ++failures_;
    pugi::xml_node failure = test.append_child("failure");
    set(failure, "type", "regression");
    set(failure, "message", message);
    failure.text().set(writable(message).c_str());
  }

  void skip(pugi::xml_node test, const std::string& message) {
    ++skipped_;
    set(test.append_child("skipped"), "message", message);
  }

  void end() {
    set(suite_, "tests", std::to_string(tests_));
    set(suite_, "failures", std::to_string(failures_));
    set(suite_, "errors", "0");
    set(suite_, "skipped", std::to_string(skipped_));
  }

  std::string text() const {
    std::ostringstream stream;
    document_.save(stream, "  ", pugi::format_default, pugi::encoding_utf8);
    return stream.str();
  }

 private:
  pugi::xml_document document_;
  pugi::xml_node suites_, suite_;
  std::size_t tests_ = 0, failures_ = 0, skipped_ = 0;
};

void add_result(const CombinationResult& result, Document& document) {
  const std::string where = result.of.model + "." + result.of.set;
  for (const MetricResult& metric : result.metrics) {
    pugi::xml_node test =
        document.add_case(where, result.of.setting + ": " + metric.name, result.translated.seconds);
    if (metric.verdict == Verdict::regression) {
      document.fail(test, metric.name + " " + fixed(metric.score, 2) + ", was " +
                              fixed(*metric.baseline, 2) + "; tolerance " + metric.allowance);
    } else if (metric.verdict == Verdict::fresh) {
      document.skip(test, "no baseline is recorded");
    }
    test.append_child("system-out")
        .text()
        .set(writable(metric.signature + " = " + fixed(metric.score, 4) +
                      (metric.baseline ? ", baseline " + fixed(*metric.baseline, 4) : ""))
                 .c_str());
  }
  for (const std::string& failure : result.failures) {
    document.fail(document.add_case(where, result.of.setting + ": " + failure, 0.0), failure);
  }
}

}  // namespace

std::string format_junit(const Evaluation& evaluation) {
  Document document(evaluation);
  document.begin(evaluation.suite.name, evaluation.record.time);
  for (const CombinationResult& result : evaluation.results) add_result(result, document);
  for (const ComparisonResult& one : evaluation.comparisons) {
    pugi::xml_node test = document.add_case(
        one.model + "." + one.set, one.setting + " beside " + one.with + ": " + one.allowance, 0.0);
    if (!one.ok) document.fail(test, one.what + ", " + one.allowance);
  }
  document.end();
  return document.text();
}

}  // namespace transept::tools
