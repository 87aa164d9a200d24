// What the driver knows of the machine and of its own files, without loading the compiler.
#pragma once
#include <string>
#include <vector>

namespace fluxion {

std::string hostCpuName();               // "AMD EPYC 9B45": as the kernel names it
std::string hostCpuIdentity();           // name, family, stepping and feature flags: part of the cache key
std::vector<std::string> hostFeatures(); // "avx2", "fma", …: as the kernel names them
int hostThreads();                       // processors this process may use

// The GNU build id of an ELF file, in hex; empty if it has none. Two builds of a library differ in it.
std::string buildId(const std::string &path);
std::string driverLibraryPath();   // libfluxion.so, or the program it is linked into
std::string compilerLibraryPath(); // libfluxion-compiler.so beside it

// FLUXION_CACHE_DIR, else $XDG_CACHE_HOME/fluxion, else ~/.cache/fluxion; empty when there is no home.
std::string defaultCacheDirectory();

} // namespace fluxion
