# Tests that look at what the tools print: every .mlir and .flx below with a RUN line.
import os
import lit.formats

config.name = "fluxion"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".flx", ".test"]
config.excludes = ["Inputs", "benchmarks"]
config.test_source_root = os.path.join(config.fluxion_source_dir, "tests")
config.test_exec_root = os.path.join(config.fluxion_binary_dir, "tests", "lit")
bin_dir = os.path.join(config.fluxion_binary_dir, "bin")
for tool in ("fluxion-opt", "fluxion", "example-host"):
    config.substitutions.append((r"(?<![\w/.-])%s(?![\w/.-])" % tool, os.path.join(bin_dir, tool)))
config.substitutions.append((r"(?<![\w/.-])FileCheck(?![\w/.-])", os.path.join(config.llvm_tools_dir, "FileCheck")))
config.substitutions.append((r"(?<![\w/.-])not(?= )", os.path.join(config.llvm_tools_dir, "not")))
config.substitutions.append(("%examples", os.path.join(config.fluxion_source_dir, "examples")))
config.environment["FLUXION_CACHE_DIR"] = os.path.join(config.fluxion_binary_dir, "tests", "cache")
try:
    import psutil  # without it lit cannot end a test that hangs
    lit_config.maxIndividualTestTime = 120
except ImportError:
    pass
