#include "tools/html/markup.h"

#include <gmock/gmock.h>

#include <cmath>

namespace transept::html {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Escape, WhatHasMeaningInMarkup) {
  EXPECT_EQ(escape("a < b && \"c\" > 'd'"), "a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
  EXPECT_EQ(escape("Größe ▁Wort 🚉\t\n"), "Größe ▁Wort 🚉\t\n");
  EXPECT_EQ(escape(""), "");
}

TEST(Escape, WhatHtmlDoesNotAllow) {
  EXPECT_EQ(escape(std::string_view("\0\x01\x1b", 3)), "���");
  EXPECT_EQ(escape("\x7f\xc2\x85"), "��");  // DEL, NEL
  EXPECT_EQ(escape("\xef\xbf\xbf"), "�");   // a noncharacter
}

TEST(Escape, BytesThatAreNotUtf8) {
  EXPECT_EQ(escape("a\xff<"), "a�&lt;");
  EXPECT_EQ(escape("\xe2\x82"), "��");            // cut short
  EXPECT_EQ(escape("\xc0\xbc"), "��");            // an overlong "<"
  EXPECT_EQ(escape("\xed\xa0\x80"), "���");       // a surrogate
  EXPECT_EQ(escape("\xf4\x90\x80\x80"), "����");  // beyond Unicode
}

TEST(Text, WidthGrowsWithTheText) {
  EXPECT_EQ(text_width("", 12), 0.0);
  EXPECT_LT(text_width("iii", 12), text_width("mmm", 12));
  EXPECT_DOUBLE_EQ(text_width("駅前", 12), 24.0);
  EXPECT_DOUBLE_EQ(text_width("ab", 24), 2 * text_width("ab", 12));
}

TEST(Text, ShortenedBetweenCodePoints) {
  EXPECT_EQ(shorten("short", 12, 100), "short");
  const std::string cut = shorten("ääääääääää", 12, 40);
  EXPECT_THAT(cut, HasSubstr("…"));
  EXPECT_LE(text_width(cut, 12), 40.0);
  EXPECT_EQ(escape(cut), cut);  // still UTF-8
}

TEST(Svg, ElementsAreEscapedAndClosed) {
  Svg svg(100, 50, "A & B", "<desc>");
  svg.begin("s1");
  svg.tip("1 < 2").rect(0, 0.25, 10, -3, "fill", 0.5);
  svg.text(1, 2, "<b>", "soft", Anchor::middle);
  svg.end();
  EXPECT_EQ(
      std::move(svg).finish(),
      "<svg viewBox=\"0 0 100 50\" role=\"img\"><title>A &amp; B</title><desc>&lt;desc&gt;</desc>"
      "<g class=\"s1\"><rect class=\"fill\" x=\"0\" y=\"0.2\" width=\"10\" height=\"0\" "
      "fill-opacity=\"0.500\"><title>1 &lt; 2</title></rect>"
      "<text class=\"soft\" x=\"1\" y=\"2\" text-anchor=\"middle\">&lt;b&gt;</text></g></svg>");
}

TEST(Svg, PicturesWithoutATitleAreDecoration) {
  EXPECT_EQ(Svg(2, 3, "", "").finish(), "<svg viewBox=\"0 0 2 3\" aria-hidden=\"true\"></svg>");
}

TEST(Svg, SignsOfSeriesDiffer) {
  std::vector<std::string> pictures;
  for (std::size_t i = 0; i < 6; ++i) {
    Svg svg(9, 9, "", "");
    svg.mark(4, 4, i);
    pictures.push_back(std::move(svg).finish());
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(pictures[i], pictures[j]) << i << ' ' << j;
  }
}

TEST(Coordinate, IsATenthOfAPixel) {
  EXPECT_EQ(coordinate(1.25), "1.2");
  EXPECT_EQ(coordinate(3.0), "3");
  EXPECT_EQ(coordinate(-0.01), "0");
  EXPECT_EQ(coordinate(std::nan("")), "0");
  EXPECT_EQ(coordinate(1e300), "1000000");
}

}  // namespace
}  // namespace transept::html
