// Finding a profiler: the part of NVTX that its header-only version 3 compiles
// into programs, as far as two functions need it. Names follow NVTX.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Nvtx.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <iterator>

namespace vyre::rt::cuda {

namespace {

using NvtxFunctionPointer = void (*)();

/// How many functions each module of NVTX has, the unused number 0 counted.
constexpr unsigned moduleSizes[] = {0, 16, 9, 15, 7, 16, 7};
constexpr unsigned mostFunctions = 16;
enum { NVTX_CB_MODULE_CORE = 1 };
enum { NVTX_CBID_CORE_RangePushA = 9, NVTX_CBID_CORE_RangePop = 11 };
enum : uint32_t { NVTX_ETID_CALLBACKS = 1, NVTX_ETID_VERSIONINFO = 3 };

/// What the profiler fills in; most of it nobody calls here.
NvtxFunctionPointer functions[std::size(moduleSizes)][mostFunctions];
NvtxFunctionPointer *slots[std::size(moduleSizes)][mostFunctions];

int getModuleFunctionTable(int module, NvtxFunctionPointer ***table, unsigned *size) {
  if (module <= 0 || module >= static_cast<int>(std::size(moduleSizes)))
    return 0;
  for (unsigned i = 0; i < mostFunctions; ++i)
    slots[module][i] = &functions[module][i];
  if (table)
    *table = slots[module];
  if (size)
    *size = moduleSizes[module];
  return 1;
}

struct NvtxExportTableCallbacks {
  size_t structSize;
  int (*getModuleFunctionTable)(int module, NvtxFunctionPointer ***table, unsigned *size);
} callbacks = {sizeof(callbacks), getModuleFunctionTable};

struct NvtxExportTableVersionInfo {
  size_t structSize;
  uint32_t version, reserved;
  void (*setInjectionNvtxVersion)(uint32_t version);
} versionInfo = {sizeof(versionInfo), 3, 0, [](uint32_t) {}};

const void *getExportTable(uint32_t id) {
  if (id == NVTX_ETID_CALLBACKS)
    return &callbacks;
  return id == NVTX_ETID_VERSIONINFO ? &versionInfo : nullptr;
}

template <typename F> F find(void *library, const char *name) {
  return reinterpret_cast<F>(dlsym(library, name));
}

/// Lets the injected profiler fill in the functions.
NvtxRanges inject(const char *path) {
  void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (!library)
    return {};
  using Initialize = int (*)(const void *(*getExportTable)(uint32_t id));
  auto initialize = find<Initialize>(library, "InitializeInjectionNvtx2");
  if (!initialize || !initialize(getExportTable))
    return {};
  auto *core = functions[NVTX_CB_MODULE_CORE];
  return {reinterpret_cast<int (*)(const char *)>(core[NVTX_CBID_CORE_RangePushA]),
          reinterpret_cast<int (*)()>(core[NVTX_CBID_CORE_RangePop])};
}

NvtxRanges load() {
  NvtxRanges found;
  const char *injected = std::getenv("NVTX_INJECTION64_PATH");
  if (injected && *injected)
    found = inject(injected);
  if (!found)
    if (void *library = dlopen("libnvToolsExt.so.1", RTLD_NOW | RTLD_LOCAL))
      found = {find<int (*)(const char *)>(library, "nvtxRangePushA"),
               find<int (*)()>(library, "nvtxRangePop")};
  return found ? found : NvtxRanges();
}

} // namespace

const NvtxRanges &NvtxRanges::get() {
  static const NvtxRanges ranges = load();
  return ranges;
}

} // namespace vyre::rt::cuda
