// Programs the fake compiler knows, and folders that vanish after a test.
#pragma once
#include "compiler/Driver/State.h"
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Graph/TrainPlan.h"
#include <filesystem>
#include <gtest/gtest.h>

namespace fluxion::samples {

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fluxion-test-XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string operator/(const std::string &name) const { return path + "/" + name; }
  std::string path;
};

// axpy(a: f32, x: f32[N], y: f32[N]), pick(x: f32[N], i: i32), broken(x: f32[N]), and the training `fit` of f32[D] weights.
Module programs();
// The plan of `fit` over the files x.npy, y.npy, tx.npy, ty.npy beside the source.
TrainPlan fitPlan();

int compilations(); // of the fake compiler so far

api::Session session(const std::string &cacheDirectory = "");

} // namespace fluxion::samples
