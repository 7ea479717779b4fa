// The report in a browser: Chromium from Debian, without a display. Skipped where it is not
// installed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/support/files.h"
#include "tests/tools/regress/fake_program.h"
#include "tools/regress/results.h"

namespace transept::tools {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What a command prints.
std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "re"),
                                                             ::pclose);
  std::string out;
  char buffer[4096];
  for (std::size_t count; pipe && (count = std::fread(buffer, 1, sizeof buffer, pipe.get())) > 0;) {
    out.append(buffer, count);
  }
  return out;
}

// The page with a script of the test's own at its end, which acts as a reader would and leaves what
// it sees in the title.
constexpr const char* kActions = R"js(<script>
'use strict';
window.addEventListener('load', () => {
  const seen = [];
  const note = (name, value) => seen.push(`${name}=${value}`);
  const control = (name) => document.querySelector(`#browser [name=${name}]`);
  const set = (name, value) => {
    control(name).value = value;
    control(name).dispatchEvent(new Event(name === 'text' ? 'input' : 'change'));
  };
  const cards = () => document.querySelectorAll('#list article');
  const first = () => cards()[0].querySelector('b').textContent;
  try {
    note('picks', document.getElementById('picks').hidden);
    note('changed', cards().length);
    note('loss', first());
    set('order', 'gain');
    note('gain', first());
    set('show', 'all');
    set('order', 'line');
    note('page', cards().length);
    document.querySelector('.more').click();
    note('more', cards().length);
    note('end', document.querySelector('.more').hidden);
    set('text', 'QUELLE 7');
    note('found', cards().length);
    note('text', first());
    set('text', 'nowhere');
    note('none', document.querySelector('.count').textContent);
    set('text', '');
    set('show', 'flag repetition');
    note('flag', cards().length);
    note('wide', document.documentElement.scrollWidth <= window.innerWidth);
    cards()[0].querySelector('button').click();
    note('cells', cards()[0].querySelectorAll('.heat rect').length);
    note('weights', [...cards()[0].querySelectorAll('.heat title')].map((title) => title.textContent).join(', '));
    cards()[0].querySelector('button').click();
    note('closed', cards()[0].querySelectorAll('.heat').length);
    note('ground', getComputedStyle(document.body).backgroundColor);
    note('charts', document.querySelectorAll('figure svg').length > 5);
  } catch (error) {
    note('error', error);
  }
  document.title = seen.join(' | ');
});
</script>)js";

class Browser : public FakeProgram {
 protected:
  void SetUp() override {
    if (std::system("command -v chromium > /dev/null 2>&1") != 0) {
      GTEST_SKIP() << "chromium is not installed: the report is not tried in a browser";
    }
    FakeProgram::SetUp();
    std::string source, reference;
    for (int i = 0; i < 30; ++i) {
      source += "Quelle " + std::to_string(i) + " <b>\n";
      reference += "the " + std::to_string(i) + " quick brown foxes jump\n";
    }
    write("source", source);
    write("reference", reference);
    const auto translate = [](const std::string& word) {
      return [word](const std::vector<std::string>&, std::size_t line) {
        const std::string number = std::to_string(line);
        nlohmann::json out =
            line_of(line == 5 ? "the the the the"
                              : "the " + number + (line % 10 == 3 ? " " + word : "") +
                                    " quick brown foxes jump");
        out["source_tokens"] = {"Quelle", number};
        out["hypotheses"][0]["tokens"] = {"the", number, "</s>"};
        out["hypotheses"][0]["attention"] = {{1.0, 0.0}, {0.25, 0.75}, {0.5, 0.5}};
        return out;
      };
    };
    translate_ = translate("slow");
    record(suite());
    // Of the lines 4, 14 and 24 the first gains and the last loses most.
    translate_ = [later = translate("slow")](const std::vector<std::string>& arguments,
                                             std::size_t line) {
      if (line == 3) return line_of("the 3 quick brown foxes jump");
      if (line == 13) return line_of("the 13 slower quick brown foxes jump");
      if (line == 23) return line_of("something else");
      return later(arguments, line);
    };
    page_ = format_report(evaluated(suite()));
    write("report.html", page_);
    write("acted.html", page_ + kActions);
  }
  std::string chromium(const std::string& flags, const std::string& page) const {
    return output_of("HOME='" + path("home") +
                     "' timeout 60 chromium --headless --no-sandbox --disable-gpu "
                     "--disable-dev-shm-usage --hide-scrollbars " +
                     "--user-data-dir='" + path("profile") + "' " + flags + " 'file://" +
                     path(page) + "' 2>/dev/null");
  }
  std::string bytes_of(const std::string& name) const { return read_file(folder_ / name); }
  std::string page_;
};

TEST_F(Browser, FiltersOrdersSearchesAndDrawsAlignments) {
  const std::string dom = chromium("--dump-dom --window-size=1200,900", "acted.html");
  const std::size_t begin = dom.find("<title>"), end = dom.find("</title>");
  ASSERT_NE(begin, std::string::npos) << dom.substr(0, 500);
  const std::string seen = dom.substr(begin + 7, end - begin - 7);
  for (const std::string one :
       {"picks=true", "changed=3", "loss=Line 24", "gain=Line 4", "page=20", "more=30", "end=true",
        "found=1", "text=Line 8", "none=No segment is like this.", "flag=1", "wide=true", "cells=6",
        "weights=the – Quelle: 1.00, the – 5: 0.00, 5 – Quelle: 0.25, 5 – 5: 0.75, "
        "&lt;/s&gt; – Quelle: 0.50, &lt;/s&gt; – 5: 0.50",
        "closed=0", "ground=rgb(255, 255, 255)", "charts=true"}) {
    EXPECT_THAT(seen, HasSubstr(one));
  }
}

TEST_F(Browser, FitsATelephone) {
  const std::string dom = chromium("--dump-dom --window-size=500,900", "acted.html");
  EXPECT_THAT(dom, HasSubstr("wide=true"));
}

TEST_F(Browser, IsADarkPageWhereTheReaderPrefersIt) {
  chromium("--screenshot='" + path("light.png") + "' --window-size=1000,1000", "report.html");
  chromium("--screenshot='" + path("dark.png") +
               "' --window-size=1000,1000 --blink-settings=preferredColorScheme=0",
           "report.html");
  EXPECT_THAT(bytes_of("light.png"), StartsWith("\x89PNG"));
  EXPECT_THAT(bytes_of("dark.png"), StartsWith("\x89PNG"));
  EXPECT_GT(bytes_of("light.png").size(),
            20'000u);  // an empty page of this size has some 5,000 bytes
  EXPECT_NE(bytes_of("light.png"), bytes_of("dark.png"));
  const std::string dom =
      chromium("--dump-dom --blink-settings=preferredColorScheme=0", "acted.html");
  EXPECT_THAT(dom, HasSubstr("ground=rgb(20, 23, 28)"));
}

TEST_F(Browser, Prints) {
  chromium("--print-to-pdf='" + path("report.pdf") + "'", "report.html");
  EXPECT_THAT(bytes_of("report.pdf"), StartsWith("%PDF"));
  EXPECT_GT(bytes_of("report.pdf").size(), 20'000u);
}

}  // namespace
}  // namespace transept::tools
