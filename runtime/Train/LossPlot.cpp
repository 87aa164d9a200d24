// Curves to SVG: panels below one another, axes with round ticks, a legend with the last values. Colours come from a
// style sheet with a dark variant, so that the file reads well on either page; programs that know no media queries show
// the light one.
#include "runtime/Train/LossPlot.h"
#include "runtime/Support/AtomicFile.h"
#include "runtime/Train/Progress.h"
#include <algorithm>
#include <cmath>
#include <cstdio>

namespace fluxion::runtime {

namespace {

constexpr double width = 760, panelHeight = 250, left = 74, right = 24, top = 56, gap = 62, bottom = 54;
constexpr size_t colours = 6;

constexpr const char *styleSheet = R"(<style>
text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #33373d }
.title { font-size: 16px; font-weight: 600 } .tick { font-size: 11.5px; fill: #5d646e }
.page { fill: #ffffff } .grid { stroke: #e6e8eb; stroke-width: 1 } .axis { stroke: #9aa1aa; stroke-width: 1; fill: none }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round } .faint { stroke-width: 1; opacity: 0.35 }
.c0 { stroke: #2f6fd0 } .c1 { stroke: #d9702b } .c2 { stroke: #25916a } .c3 { stroke: #9a4fc4 } .c4 { stroke: #c53d4d } .c5 { stroke: #7a6a18 }
.d0 { fill: #2f6fd0 } .d1 { fill: #d9702b } .d2 { fill: #25916a } .d3 { fill: #9a4fc4 } .d4 { fill: #c53d4d } .d5 { fill: #7a6a18 }
@media (prefers-color-scheme: dark) {
text { fill: #d9dde3 } .tick { fill: #9fa7b2 } .page { fill: #15181d } .grid { stroke: #2a2f37 } .axis { stroke: #5d6672 }
.c0 { stroke: #6ea8ff } .c1 { stroke: #ffa266 } .c2 { stroke: #55c99b } .c3 { stroke: #c78bea } .c4 { stroke: #ff7b8a } .c5 { stroke: #d3c155 }
.d0 { fill: #6ea8ff } .d1 { fill: #ffa266 } .d2 { fill: #55c99b } .d3 { fill: #c78bea } .d4 { fill: #ff7b8a } .d5 { fill: #d3c155 }
}
</style>
)";

struct Point {
  double x, y;
};

struct Axis {
  double low = INFINITY, high = -INFINITY;
  bool logarithmic = false;
  double from = 0, to = 1; // pixels
  std::vector<double> ticks;

  void include(double value) { low = std::min(low, value), high = std::max(high, value); }
  double scale(double value) const { return logarithmic ? std::log10(value) : value; }
  double pixel(double value) const {
    return from + (scale(value) - scale(low)) / (scale(high) - scale(low)) * (to - from);
  }
  void roundLinear(int wanted, bool extend);
  void roundLogarithmic();
};

/// The smallest of 1, 2, 5 times a power of ten that is not below the value.
double roundStep(double value) {
  double power = std::pow(10, std::floor(std::log10(value)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= value * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

/// Ticks at multiples of a round step; with `extend`, the axis ends on ticks.
void Axis::roundLinear(int wanted, bool extend) {
  if (!(low <= high)) low = 0, high = 1; // no point at all
  double least = std::max(std::fabs(low), std::fabs(high)) * 1e-9;
  if (high - low <= least) {
    double margin = low == 0 ? 1 : std::fabs(low) * 0.5;
    low -= margin, high += margin;
  }
  double step = roundStep((high - low) / wanted);
  if (extend) low = std::floor(low / step + 1e-9) * step, high = std::ceil(high / step - 1e-9) * step;
  for (double i = std::ceil(low / step - 1e-9); i * step <= high + step * 1e-9 && ticks.size() < 100; ++i)
    ticks.push_back(i * step);
}

void Axis::roundLogarithmic() {
  if (high <= low) low /= 2, high *= 2;
  double decades = std::log10(high / low);
  for (double exponent = std::floor(std::log10(low)); exponent <= std::ceil(std::log10(high)) && ticks.size() < 100;
       ++exponent)
    for (double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && decades > 3) continue;
      double tick = factor * std::pow(10, exponent);
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push_back(tick);
    }
}

std::string escape(const std::string &text) {
  std::string out;
  for (char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
  return out;
}

template <class... Values> void print(std::string &out, const char *format, Values... values) {
  char text[512];
  snprintf(text, sizeof text, format, values...);
  out += text;
}

/// Shortest label that shows the tick at the precision of its step.
std::string tickLabel(double value, const std::vector<double> &ticks, bool logarithmic) {
  char text[32];
  double step = ticks.size() > 1 ? ticks[1] - ticks[0] : std::fabs(value), largest = 0;
  for (double tick : ticks) largest = std::max(largest, std::fabs(tick));
  if (std::fabs(value) < step * 1e-6 && !logarithmic) return "0";
  if (logarithmic || largest >= 1e5 || largest < 1e-3)
    snprintf(text, sizeof text, "%.3g", value);
  else
    snprintf(text, sizeof text, "%.*f", std::clamp(int(std::ceil(-std::log10(step) - 1e-9)), 0, 9), value);
  return text;
}

std::vector<Point> finitePoints(const Curve &curve, bool positiveOnly) {
  std::vector<Point> points;
  for (size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i)
    // A comparison with NaN is false; beyond 1e100 a difference of two values might overflow.
    if (std::fabs(curve.x[i]) < 1e100 && std::fabs(curve.y[i]) < 1e100 && (!positiveOnly || curve.y[i] > 1e-100))
      points.push_back({curve.x[i], curve.y[i]});
  return points;
}

/// Of many points, the least and the greatest of each of some hundred groups: looks the same, and the file stays small.
std::vector<Point> thinned(std::vector<Point> points) {
  constexpr size_t groups = 700;
  if (points.size() <= 3 * groups) return points;
  std::vector<Point> kept = {points.front()};
  for (size_t g = 0; g < groups; ++g) {
    auto begin = points.begin() + ptrdiff_t(g * points.size() / groups),
         end = points.begin() + ptrdiff_t((g + 1) * points.size() / groups);
    auto [least, greatest] = std::minmax_element(begin, end, [](Point a, Point b) { return a.y < b.y; });
    kept.push_back(*std::min(least, greatest)), kept.push_back(*std::max(least, greatest));
  }
  kept.push_back(points.back());
  return kept;
}

void drawAxes(std::string &svg, const Axis &x, const Axis &y, const Panel &panel, bool last,
              const std::string &xLabel) {
  for (double tick : y.ticks) {
    print(svg, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n", x.from, x.to, y.pixel(tick),
          y.pixel(tick));
    print(svg, "<text class=\"tick\" text-anchor=\"end\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", x.from - 8,
          y.pixel(tick) + 4, tickLabel(tick, y.ticks, y.logarithmic).c_str());
  }
  for (double tick : x.ticks) {
    print(svg, "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n", x.pixel(tick), x.pixel(tick),
          y.from, y.from + 4);
    print(svg, "<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", x.pixel(tick),
          y.from + 18, tickLabel(tick, x.ticks, false).c_str());
  }
  print(svg, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", x.from, y.to, y.from, x.to);
  double middle = (y.from + y.to) / 2;
  print(svg, "<text text-anchor=\"middle\" transform=\"translate(20 %.1f) rotate(-90)\">", middle);
  svg += escape(panel.label) + "</text>\n";
  if (last) {
    print(svg, "<text text-anchor=\"middle\" x=\"%.1f\" y=\"%.1f\">", (x.from + x.to) / 2, y.from + 40);
    svg += escape(xLabel) + "</text>\n";
  }
}

void drawCurve(std::string &svg, const std::vector<Point> &points, const Curve &curve, size_t colour, const Axis &x,
               const Axis &y) {
  if (points.empty()) return;
  print(svg, "<path class=\"curve c%zu%s\" d=\"", colour, curve.faint ? " faint" : "");
  for (size_t i = 0; i < points.size(); ++i)
    print(svg, "%s%.1f %.1f", i ? "L" : "M", x.pixel(points[i].x), y.pixel(points[i].y));
  svg += "\"/>\n";
  if (curve.faint || points.size() > 60) return;
  for (Point point : points)
    print(svg, "<circle class=\"d%zu\" r=\"2.6\" cx=\"%.1f\" cy=\"%.1f\"/>\n", colour, x.pixel(point.x),
          y.pixel(point.y));
}

/// Names with their last values in a row above the panel.
void drawLegend(std::string &svg, const Panel &panel, const std::vector<std::vector<Point>> &points, size_t firstColour,
                double y) {
  double at = left;
  for (size_t c = 0; c < panel.curves.size(); ++c) {
    std::string text = panel.curves[c].name;
    if (!points[c].empty() && !panel.curves[c].faint) text += "  " + formatNumber(points[c].back().y);
    // A pale curve's sample is a broad band, or it could not be seen.
    print(svg, "<path class=\"curve c%zu\"%s d=\"M%.1f %.1fh18\"/>\n", (firstColour + c) % colours,
          panel.curves[c].faint ? " style=\"stroke-width:6;opacity:.4\"" : "", at, y - 4);
    print(svg, "<text x=\"%.1f\" y=\"%.1f\" xml:space=\"preserve\">", at + 24, y);
    svg += escape(text) + "</text>\n";
    at += 24 + 7.2 * double(text.size()) + 22;
  }
}

} // namespace

std::string renderSvg(const Plot &plot) {
  double height = top + bottom + double(std::max<size_t>(1, plot.panels.size())) * (panelHeight + gap) - gap;
  std::string svg;
  print(svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
        "role=\"img\">\n",
        width, height, width, height);
  svg += "<title>" + escape(plot.title) + "</title>\n" + styleSheet;
  print(svg, "<rect class=\"page\" width=\"%.0f\" height=\"%.0f\" rx=\"8\"/>\n", width, height);
  print(svg, "<text class=\"title\" x=\"%.0f\" y=\"26\">", left);
  svg += escape(plot.title) + "</text>\n";

  Axis x;
  for (const Panel &panel : plot.panels)
    for (const Curve &curve : panel.curves)
      for (Point point : finitePoints(curve, panel.logarithmic)) x.include(point.x);
  x.from = left, x.to = width - right;
  x.roundLinear(12, false);

  size_t colour = 0;
  for (size_t p = 0; p < plot.panels.size(); ++p) {
    const Panel &panel = plot.panels[p];
    Axis y;
    std::vector<std::vector<Point>> points;
    for (const Curve &curve : panel.curves) {
      points.push_back(thinned(finitePoints(curve, panel.logarithmic)));
      for (Point point : points.back()) y.include(point.y);
    }
    y.to = top + double(p) * (panelHeight + gap), y.from = y.to + panelHeight;
    y.logarithmic = panel.logarithmic && y.low <= y.high;
    y.logarithmic ? y.roundLogarithmic() : y.roundLinear(5, true);
    drawAxes(svg, x, y, panel, p + 1 == plot.panels.size(), plot.xLabel);
    for (bool faint : {true, false}) // pale curves below the others
      for (size_t c = 0; c < panel.curves.size(); ++c)
        if (panel.curves[c].faint == faint) drawCurve(svg, points[c], panel.curves[c], (colour + c) % colours, x, y);
    drawLegend(svg, panel, points, colour, y.to - 10);
    colour += panel.curves.size();
  }
  return svg + "</svg>\n";
}

Status writeSvg(const std::string &path, const Plot &plot) { return writeFileAtomically(path, renderSvg(plot)); }

} // namespace fluxion::runtime
