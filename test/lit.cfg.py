# lit configuration: *.mlir and *.test files are tests, tools come from the build.
import ctypes
import os
import shutil
import sys

import lit.formats

config.name = "Vyre"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["inputs", "Inputs", "lib", "Unit", "Conformance", "Bench", "Consumer",
                   "CMakeLists.txt"]
config.test_source_root = os.path.join(config.vyre_src, "test")
config.test_exec_root = os.path.join(config.vyre_obj, "test")

path = [os.path.join(config.vyre_obj, "bin"), config.llvm_tools_dir,
        os.path.join(config.vyre_src, "test", "lib"),
        os.path.join(config.vyre_src, "tools", "scripts"), os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
# Tests see none of the user's settings, and never the user's store.
for name in [n for n in config.environment if n.startswith("VYRE_")]:
    del config.environment[name]
config.environment["VYRE_STORE"] = os.path.join(config.test_exec_root, "store.toml")
# Only the runtime and generated kernels are instrumented: what MLIR and LLVM
# keep until the end is no leak of ours, and their own locking is not seen. Out of
# memory is malloc's null, as everywhere: there is a test of what follows. By
# default every process would sleep a second at its end to catch late races.
if config.sanitize == "address":
    config.environment["ASAN_OPTIONS"] = "detect_leaks=0:allocator_may_return_null=1"
elif config.sanitize == "thread":
    config.environment["TSAN_OPTIONS"] = (
        "ignore_noninstrumented_modules=1:allocator_may_return_null=1:atexit_sleep_ms=0"
    )
if config.sanitize:
    config.available_features |= {"sanitizer", config.sanitize + "-sanitizer"}
config.environment["LLVM_LIBDIR"] = config.llvm_lib_dir

config.substitutions.append(("%vyre_src", config.vyre_src))
config.substitutions.append(("%vyre_obj", config.vyre_obj))
config.substitutions.append(("%{python}", sys.executable))

# What is said where there is no GPU can be tested only there.
try:
    driver = ctypes.CDLL("libcuda.so.1")
    gpus = ctypes.c_int(0)
    if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(gpus)) == 0 and gpus.value:
        config.available_features.add("gpu")
except OSError:
    config.available_features.add("no-cuda-driver")

if shutil.which("ptxas") or os.path.exists("/usr/local/cuda/bin/ptxas"):
    config.available_features.add("ptxas")
    config.environment["PATH"] += os.pathsep + "/usr/local/cuda/bin"
