// Everything a C++ program needs to compile and call Fluxion programs:
//   fluxion::Session session;
//   auto module = session.compileFile("logreg.flx");
//   auto step   = module->function("step");
//   auto result = step->call({{"w", view(w)}, {"b", 0.f}, {"X", view(X, {n, d})}, {"y", view(y)}, {"lam", 0.1}});
#ifndef FLUXION_FLUXION_H
#define FLUXION_FLUXION_H
#include "error.h"
#include "function.h"
#include "module.h"
#include "session.h"
#include "view.h"

namespace fluxion {
using api::Argument, api::Dimensions, api::DType, api::Error, api::Expected, api::Fields, api::Fill, api::Function, api::Module,
    api::Results, api::Session, api::SessionOptions, api::Shape, api::Tensor, api::View, api::fill, api::ones, api::random, api::view, api::zeros;
}
#endif
