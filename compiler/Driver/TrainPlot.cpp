// The picture of a training: a panel for each metric.
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/TrainRun.h"
#include <algorithm>

namespace fluxion {

// The mean over a window of a thirtieth of the curve, narrower towards the ends so that it stays centred.
static runtime::Curve smoothed(const runtime::Curve &raw) {
  runtime::Curve mean;
  mean.x = raw.x;
  std::vector<double> sums(1, 0);
  for (double value : raw.y) sums.push_back(sums.back() + value);
  size_t half = raw.y.size() / 60;
  for (size_t i = 0; i < raw.y.size(); ++i) {
    size_t reach = std::min({half, i, raw.y.size() - 1 - i}), low = i - reach, high = i + reach + 1;
    mean.y.push_back((sums[high] - sums[low]) / double(high - low));
  }
  return mean;
}

// A panel for each metric of the step; an evaluation of the same name stands in it, the others follow.
api::Expected<void> TrainRun::plot() {
  runtime::Plot picture;
  picture.title = plan.name;
  auto inEpochs = [&](runtime::Curve curve) {
    for (double &at : curve.x) at = batching.epochsAt(at);
    return curve;
  };
  for (size_t i = 0; i < plan.metrics.size(); ++i) {
    runtime::Curve raw, mean;
    curves.points(i, raw.x, raw.y);
    bool noisy = raw.x.size() > 64 && plan.metrics[i] != "rate";
    std::string each = curves.stepsPerPoint() == 1 ? "each step" : "each " + std::to_string(curves.stepsPerPoint()) + " steps";
    raw.name = noisy ? each : plan.metrics[i];
    raw.faint = noisy;
    mean = smoothed(raw);
    mean.name = plan.metrics[i];
    runtime::Panel panel{plan.metrics[i], {inEpochs(std::move(raw))}, plan.metrics[i] == "loss"};
    if (noisy) panel.curves.push_back(inEpochs(std::move(mean)));
    picture.panels.push_back(std::move(panel));
  }
  for (size_t i = 0; i < plan.evalMetrics.size(); ++i) {
    runtime::Curve curve;
    curve.name = "test " + plan.evalMetrics[i];
    curves.evaluations(i, curve.x, curve.y);
    auto same = std::find(plan.metrics.begin(), plan.metrics.end(), plan.evalMetrics[i]);
    if (same == plan.metrics.end()) picture.panels.push_back({curve.name, {}, false});
    auto &panel = same == plan.metrics.end() ? picture.panels.back() : picture.panels[size_t(same - plan.metrics.begin())];
    panel.curves.push_back(inEpochs(std::move(curve)));
  }
  auto written = runtime::writeSvg(options.plot, picture);
  if (!written) return errorOf(written.error());
  return {};
}

} // namespace fluxion
