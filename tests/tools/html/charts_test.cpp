// What the pictures show; how they look is for eyes (tests/data/html/gallery.json).
#include "tools/html/charts.h"

#include <gmock/gmock.h>

#include <cmath>
#include <regex>

namespace transept::html {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Attribute `name` of every element that matches `element`.
std::vector<double> attributes(const std::string& svg, const std::string& element,
                               const std::string& name) {
  std::vector<double> values;
  const std::regex one("<" + element + "[^>]* " + name + "=\"([-0-9.]+)\"");
  for (std::sregex_iterator it(svg.begin(), svg.end(), one), end; it != end; ++it) {
    values.push_back(std::stod((*it)[1]));
  }
  return values;
}

TEST(LineChart, PointsLieOnTheirScales) {
  LineChart chart{.title = "t", .x = {.scale = ScaleKind::log2}};
  chart.series.push_back({.name = "a", .points = {{1, 0}, {2, 10}, {4, 20}}});
  const Figure figure = draw(chart);
  const std::vector<double> x = attributes(figure.svg, "circle", "cx");
  const std::vector<double> y = attributes(figure.svg, "circle", "cy");
  ASSERT_EQ(x.size(), 3u);
  EXPECT_NEAR(x[1] - x[0], x[2] - x[1], 0.11);
  EXPECT_NEAR(y[0] - y[1], y[1] - y[2], 0.11);
  EXPECT_GT(y[0], y[1]);  // upwards
  EXPECT_TRUE(figure.legend.empty());
  EXPECT_EQ(figure.numbers.rows.size(), 3u);
}

TEST(LineChart, MissingValuesLeaveAGap) {
  LineChart chart{.title = "t"};
  chart.series.push_back({.name = "a", .points = {{0, 1}, {1, 2}, {2, kNone}, {3, 2}, {4, 1}}});
  const Figure figure = draw(chart);
  std::smatch curve;
  ASSERT_TRUE(std::regex_search(figure.svg, curve, std::regex("class=\"curve\" d=\"([^\"]+)\"")));
  const std::string data = curve[1];
  EXPECT_EQ(std::count(data.begin(), data.end(), 'M'), 2);
  EXPECT_EQ(attributes(figure.svg, "circle", "cx").size(), 4u);
  EXPECT_EQ(figure.numbers.rows[2].back().text, "–");
}

TEST(LineChart, SpreadIsABandOrWhiskers) {
  LineChart chart{.title = "t"};
  chart.series.push_back({.name = "a", .points = {{0, 1, 0.5, 1.5}, {1, 2, 1.5, 2.5}}});
  EXPECT_THAT(draw(chart).svg, HasSubstr("class=\"band\""));
  chart.series[0].style = Style::points;
  EXPECT_THAT(draw(chart).svg, HasSubstr("class=\"whisker\""));
}

TEST(BarChart, LengthsAreInProportion) {
  BarChart chart{.title = "t", .categories = {"a", "b"}};
  chart.series.push_back({.values = {10, 30}});
  for (const bool horizontal : {false, true}) {
    chart.horizontal = horizontal;
    const auto lengths =
        attributes(draw(chart).svg, "rect class=\"fill\"", horizontal ? "width" : "height");
    ASSERT_EQ(lengths.size(), 2u);
    EXPECT_NEAR(lengths[1] / lengths[0], 3.0, 0.02);
  }
}

TEST(BarChart, StackedPartsFollowEachOther) {
  BarChart chart{.title = "t", .categories = {"a"}, .stacked = true, .horizontal = true};
  for (const double value : {20.0, 50.0, 30.0}) {
    chart.series.push_back({.name = "part", .values = {value}});
  }
  const Figure figure = draw(chart);
  const auto begin = attributes(figure.svg, "rect class=\"fill\"", "x");
  const auto width = attributes(figure.svg, "rect class=\"fill\"", "width");
  ASSERT_EQ(begin.size(), 3u);
  EXPECT_NEAR(begin[0] + width[0] + 1, begin[1], 0.2);  // a pixel between neighbours
  EXPECT_NEAR(begin[1] + width[1] + 1, begin[2], 0.2);
  EXPECT_EQ(figure.numbers.rows[0].back().text, "100");
  EXPECT_EQ(figure.legend.size(), 3u);
}

TEST(BarChart, NegativeBarsHangFromZero) {
  BarChart chart{.title = "t", .categories = {"up", "down"}};
  chart.series.push_back({.values = {1, -1}});
  const Figure figure = draw(chart);
  const auto y = attributes(figure.svg, "rect class=\"fill\"", "y");
  const auto height = attributes(figure.svg, "rect class=\"fill\"", "height");
  ASSERT_EQ(y.size(), 2u);
  EXPECT_NEAR(y[0] + height[0], y[1], 0.11);
}

TEST(Histogram, CountsEveryValueOnce) {
  Histogram chart{.title = "t", .bins = 4};
  chart.samples.push_back({.values = {0, 1, 1, 2, 3, 4, 4, 4, kNone}});
  const Figure figure = draw(chart);
  ASSERT_EQ(figure.numbers.rows.size(), 4u);
  EXPECT_EQ(figure.numbers.rows[0][0].text, "0 to 1");
  EXPECT_EQ(figure.numbers.rows[0][1].text, "1");
  EXPECT_EQ(figure.numbers.rows[1][1].text, "2");
  EXPECT_EQ(figure.numbers.rows[2][1].text, "1");
  EXPECT_EQ(figure.numbers.rows[3][1].text, "4");  // the last bin has its upper end
}

TEST(BoxChart, Quartiles) {
  BoxChart chart{.title = "t"};
  chart.rows.push_back({"a", {4, 1, 3, 2, 5}});
  const Figure figure = draw(chart);
  EXPECT_EQ(figure.numbers.rows[0][2].text, "2");
  EXPECT_EQ(figure.numbers.rows[0][3].text, "3");
  EXPECT_EQ(figure.numbers.rows[0][4].text, "4");
}

TEST(IntervalChart, ARowEach) {
  IntervalChart chart{.title = "t"};
  chart.rows = {{"a", 1, 0.5, 1.5, 0}, {"b", -1, kNone, kNone, 1}};
  const Figure figure = draw(chart);
  EXPECT_EQ(attributes(figure.svg, "line class=\"whisker\"", "x1").size(), 3u);  // bar and two ends
  EXPECT_EQ(figure.numbers.rows[1][2].text, "–");
}

TEST(Heatmap, ShadesAndSigns) {
  Heatmap chart{
      .title = "t", .rows = {"r"}, .columns = {"a", "b", "c"}, .values = {{-1, kNone, 0.5}}};
  const Figure figure = draw(chart);
  const auto shades = attributes(figure.svg, "rect class=\"cell\"", "fill-opacity");
  ASSERT_EQ(shades.size(), 1u);  // the full one has none, the missing one is not drawn
  EXPECT_NEAR(shades[0], 0.04 + 0.96 * 0.5, 1e-3);
  EXPECT_EQ(attributes(figure.svg, "rect class=\"cell\"", "x").size(), 2u);
}

TEST(Roofline, KernelsAreHeldAgainstTheirRoof) {
  Roofline chart{.title = "t", .peaks = {{"fma", 100}}, .bandwidths = {{"L2", 10}, {"DRAM", 5}}};
  chart.kernels = {{"bound by memory", 2, 10}, {"bound by arithmetic", 50, 75}};
  const Figure figure = draw(chart);
  EXPECT_EQ(figure.numbers.rows[0].back().text, "50 %");
  EXPECT_EQ(figure.numbers.rows[1].back().text, "75 %");
}

TEST(Charts, NothingToShow) {
  for (const Figure& figure :
       {draw(LineChart{.title = "t"}), draw(BarChart{.title = "t"}), draw(Histogram{.title = "t"}),
        draw(IntervalChart{.title = "t"}), draw(BoxChart{.title = "t"}),
        draw(Heatmap{.title = "t"}), draw(Roofline{.title = "t"})}) {
    EXPECT_THAT(figure.svg, HasSubstr("no data"));
  }
}

TEST(Charts, NamesAreEscaped) {
  BarChart chart{.title = "<t>", .caption = "<c>", .categories = {"<a>"}};
  chart.series = {{.name = "<s>", .values = {1}}, {.name = "<s2>", .values = {2}}};
  const std::string html = markup(draw(chart));
  for (const char* raw : {"<t>", "<c>", "<a>", "<s>"}) EXPECT_THAT(html, Not(HasSubstr(raw)));
}

}  // namespace
}  // namespace transept::html
