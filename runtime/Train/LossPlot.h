// Curves of a training run to a self-contained SVG, readable on light and dark pages.
#pragma once
#include "runtime/Support/Result.h"
#include <vector>

namespace fluxion::runtime {

struct Curve {
  std::string name;         // legend
  std::vector<double> x, y; // points that are not finite (or beyond 1e100) are left out
  bool faint = false;       // drawn thin and pale: the raw values behind a mean
};
/// One pair of axes: curves of the same unit. Several panels stand below one another and share the x axis.
struct Panel {
  std::string label; // of the y axis
  std::vector<Curve> curves;
  bool logarithmic = false; // only when all values are positive
};
struct Plot {
  std::string title, xLabel = "epoch";
  std::vector<Panel> panels;
};

std::string renderSvg(const Plot &);
Status writeSvg(const std::string &path, const Plot &); // atomically

} // namespace fluxion::runtime
