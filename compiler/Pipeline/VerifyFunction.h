// Verification of one function: compiles it and its derivatives as a user's program would be, and lets the reference judge.
#pragma once
#include "compiler/Driver/Plugin.h"

namespace fluxion {

// See CompilerPlugin::verify.
bool verifyFunction(CompilerPlugin &compiler, const CompileRequest &request, const VerifyOptions &options,
                    VerifyOutcome &outcome, DiagnosticText &error);

} // namespace fluxion
