// Carries the precompiled header; see MlirUmbrella.h.
