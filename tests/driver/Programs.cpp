// Graphs for the fake compiler: their types are what matters, it computes by name.
#include "Programs.h"
#include "compiler/Driver/CompilerLibrary.h"
#include <cstdlib>
#include <dlfcn.h>

namespace fluxion::samples {

// Before anything asks for a compiler.
static const int chosen = setenv("FLUXION_COMPILER", FAKE_COMPILER, 1);

static void fitFunctions(Module &module, DiagnosticSink &sink) {
  Dim B = Dim::named("B"), D = Dim::named("D");
  {
    GraphBuilder b(module, "fit.init", sink);
    Value key = b.parameter("key", i64());
    b.dimension("D");
    b.result(b.randomNormal(key, f32({D})), "p.w");
    b.result(b.constant(Weak::rational(0), f32()), "p.b");
    b.result(b.constant(Weak::rational(0), i64()), "t");
    b.finish();
  }
  for (bool step : {true, false}) {
    GraphBuilder b(module, step ? "fit.step" : "fit.eval", sink);
    Value w = b.parameter("p.w", f32({D})), bias = b.parameter("p.b", f32());
    Value t = step ? b.parameter("t", i64()) : Value();
    Value x = b.parameter("x", f32({B, D})), y = b.parameter("y", f32({B}));
    Value error = b.matmul(x, w) + bias - y;
    if (step) {
      b.donate(0), b.result(w, "p.w");
      b.donate(1), b.result(bias, "p.b");
      b.donate(2), b.result(t, "t");
    }
    b.result(b.mean(error * error), step ? "loss" : "");
    if (step) b.result(bias, "rate");
    b.finish();
  }
}

Module programs() {
  Module module;
  DiagnosticSink sink;
  Dim N = Dim::named("N");
  auto source = std::make_shared<SourceFile>(SourceFile{"pick.flx", "fn pick(x: f32[N], i: i32) -> f32 {\n  x[i]\n}\n"});
  module.sources.push_back(source);
  {
    GraphBuilder b(module, "axpy", sink);
    Value a = b.parameter("a", f32()), x = b.parameter("x", f32({N})), y = b.parameter("y", f32({N}));
    b.result(a * x + y);
    b.finish();
  }
  {
    GraphBuilder b(module, "pick", sink);
    Value x = b.parameter("x", f32({N})), i = b.parameter("i", i32());
    b.result(b.gather(x, i, 0));
    b.finish();
  }
  {
    GraphBuilder b(module, "scaled", sink);
    Value x = b.parameter("x", f32({N})), by = b.parameter("by", f32());
    b.function().parameters[1].defaultValue = Weak::rational(1, 10);
    b.result(x * by);
    b.finish();
  }
  {
    GraphBuilder b(module, "broken", sink);
    b.result(b.parameter("x", f32({N})));
    b.finish();
  }
  fitFunctions(module, sink);
  EXPECT_FALSE(sink.hasErrors()) << render(sink);
  return module;
}

TrainPlan fitPlan() {
  Dim B = Dim::named("B"), D = Dim::named("D");
  TrainPlan plan;
  plan.name = "fit";
  plan.initFunction = "fit.init", plan.stepFunction = "fit.step", plan.evalFunction = "fit.eval";
  plan.data = {DataSource::Format::Npy, {{"x", f32({B, D}), "x.npy", ""}, {"y", f32({B}), "y.npy", ""}}, {}};
  plan.test = {DataSource::Format::Npy, {{"x", f32({B, D}), "tx.npy", ""}, {"y", f32({B}), "ty.npy", ""}}, {}};
  plan.batchDimension = "B", plan.batch = 16, plan.shuffle = true, plan.epochs = 6, plan.seed = 7;
  plan.parameterLeaves = 2, plan.stateLeaves = 3;
  plan.metrics = {"loss", "rate"}, plan.evalMetrics = {"loss"};
  return plan;
}

int compilations() {
  EXPECT_TRUE(compilerLibrary()); // it is loaded
  void *fake = dlopen(FAKE_COMPILER, RTLD_LAZY | RTLD_NOLOAD);
  auto count = fake ? reinterpret_cast<int (*)()>(dlsym(fake, "fake_compilations")) : nullptr;
  return count ? count() : -1;
}

api::Session session(const std::string &cacheDirectory) {
  api::SessionOptions options;
  options.cache = !cacheDirectory.empty();
  options.cacheDirectory = cacheDirectory;
  return api::Session(options);
}

} // namespace fluxion::samples
