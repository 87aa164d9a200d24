// libfluxion-compiler.so, loaded when it is first needed and kept until the process ends.
#pragma once
#include "compiler/Driver/Plugin.h"
#include "compiler/Driver/include/fluxion/error.h"

namespace fluxion {

// The compiler, or why there is none (E0716). Thread-safe; the answer never changes within a process.
api::Expected<CompilerPlugin *> compilerLibrary();

// The compiler in that file, if it is one of this build.
api::Expected<CompilerPlugin *> openCompiler(const std::string &path);

} // namespace fluxion
