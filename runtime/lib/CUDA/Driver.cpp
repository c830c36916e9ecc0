// Loading the CUDA driver and naming its failures.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Driver.h"

#include <cstdlib>
#include <dlfcn.h>
#include <mutex>

namespace vyre::rt::cuda {

namespace {

/// cuGetProcAddress in its two forms: the second reports why it found nothing.
class SymbolSource {
public:
  explicit SymbolSource(void *library)
      : second(reinterpret_cast<Second>(dlsym(library, "cuGetProcAddress_v2"))),
        first(reinterpret_cast<First>(dlsym(library, "cuGetProcAddress"))) {}

  bool usable() const { return first || second; }

  void *find(const char *name, int version) const {
    void *address = nullptr;
    int found = 0;
    CUresult result =
        second ? second(name, &address, version, 0, &found) : first(name, &address, version, 0);
    return result == CUDA_SUCCESS ? address : nullptr;
  }

private:
  using First = CUresult (*)(const char *, void **, int, uint64_t);
  using Second = CUresult (*)(const char *, void **, int, uint64_t, int *);
  Second second;
  First first;
};

} // namespace

Status Driver::load(const std::string &library, Driver &driver) {
  void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    return {VYRE_UNAVAILABLE, "no CUDA driver: " + std::string(reason ? reason : library.c_str())};
  }
  SymbolSource source(handle);
  if (!source.usable())
    return {VYRE_UNAVAILABLE, "the CUDA driver " + library +
                                  " has no cuGetProcAddress; CUDA 11.3 or newer is needed"};
  const char *missing = nullptr;
#define VYRE_CU_OPTIONAL(name, version, parameters)                                                \
  driver.name = reinterpret_cast<decltype(driver.name)>(source.find(#name, version));
#define VYRE_CU(name, version, parameters)                                                         \
  VYRE_CU_OPTIONAL(name, version, parameters)                                                      \
  if (!driver.name && !missing)                                                                    \
    missing = #name;
#include "Driver.def"
#undef VYRE_CU
#undef VYRE_CU_OPTIONAL
  if (missing)
    return {VYRE_UNAVAILABLE,
            "the CUDA driver " + library + " lacks " + missing + "; a newer driver is needed"};
  Status initialized = driver.check(driver.cuInit(0), "cuInit", "while starting the CUDA driver");
  if (!initialized.ok())
    return {VYRE_UNAVAILABLE, initialized.message()};
  return {};
}

const Driver *Driver::get(Status &why) {
  static std::mutex lock;
  static Driver *loaded = nullptr; // never freed: threads may outlive main
  std::lock_guard<std::mutex> hold(lock);
  if (loaded)
    return loaded;
  const char *named = std::getenv("VYRE_CUDA_DRIVER");
  auto driver = std::make_unique<Driver>();
  why = load(named && *named ? named : "libcuda.so.1", *driver);
  if (!why.ok())
    return nullptr;
  return loaded = driver.release();
}

vyre_status statusCode(CUresult result) {
  switch (result) {
  case CUDA_SUCCESS:
    return VYRE_OK;
  case CUDA_ERROR_INVALID_VALUE:
  case CUDA_ERROR_INVALID_HANDLE:
  case CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED:
  case CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED:
    return VYRE_INVALID_ARGUMENT;
  case CUDA_ERROR_OUT_OF_MEMORY:
    return VYRE_OUT_OF_MEMORY;
  case CUDA_ERROR_NO_DEVICE:
  case CUDA_ERROR_INVALID_DEVICE:
  case CUDA_ERROR_NO_BINARY_FOR_GPU:
  case CUDA_ERROR_INVALID_PTX:
  case CUDA_ERROR_JIT_COMPILER_NOT_FOUND:
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
  case CUDA_ERROR_INVALID_SOURCE:
  case CUDA_ERROR_NOT_FOUND:
  case CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES:
  case CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE:
  case CUDA_ERROR_NOT_SUPPORTED:
    return VYRE_UNAVAILABLE;
  case CUDA_ERROR_LAUNCH_TIMEOUT:
    return VYRE_TIMEOUT;
  // What a running kernel can do wrong.
  case CUDA_ERROR_ILLEGAL_ADDRESS:
  case CUDA_ERROR_ASSERT:
  case CUDA_ERROR_HARDWARE_STACK_ERROR:
  case CUDA_ERROR_ILLEGAL_INSTRUCTION:
  case CUDA_ERROR_MISALIGNED_ADDRESS:
  case CUDA_ERROR_INVALID_ADDRESS_SPACE:
  case CUDA_ERROR_INVALID_PC:
  case CUDA_ERROR_LAUNCH_FAILED:
    return VYRE_KERNEL_FAILED;
  default:
    return VYRE_INTERNAL;
  }
}

Status Driver::check(CUresult result, const char *call, const std::string &doing) const {
  if (result == CUDA_SUCCESS)
    return {};
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    name = "unknown error";
  if (cuGetErrorString(result, &text) != CUDA_SUCCESS || !text)
    text = "no description";
  std::string message =
      std::string(call) + " failed: " + text + " (" + name + " " + std::to_string(result) + ")";
  if (!doing.empty())
    message += " " + doing;
  return {statusCode(result), message};
}

} // namespace vyre::rt::cuda
