// Choosing, loading and looking up device code.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaKernels.h"

#include "CudaDevice.h"

#include <algorithm>

namespace vyre::rt::cuda {

/// Smaller is better; -1: the chip cannot take the image.
static int rankOf(const vyre_image_desc &image, int sm) {
  int built = static_cast<int>(image.sm);
  switch (image.kind) {
  case VYRE_IMAGE_CUBIN:
    if (built == 0 || built == sm)
      return 0;
    // Machine code runs on later chips of the same generation only.
    return built / 10 == sm / 10 && built < sm ? sm - built : -1;
  case VYRE_IMAGE_FATBIN:
    return 1000;
  case VYRE_IMAGE_PTX:
    return built <= sm ? 2000 + (sm - built) : -1;
  default:
    return -1;
  }
}

std::vector<const vyre_image_desc *> rankImages(const vyre_module_desc &desc, int sm) {
  std::vector<const vyre_image_desc *> ranked;
  for (uint64_t i = 0; i < desc.image_count; ++i)
    if (desc.images[i].data && rankOf(desc.images[i], sm) >= 0)
      ranked.push_back(&desc.images[i]);
  std::sort(ranked.begin(), ranked.end(), [sm](auto *a, auto *b) {
    return std::make_pair(rankOf(*a, sm), a) < std::make_pair(rankOf(*b, sm), b);
  });
  return ranked;
}

static std::string describe(const vyre_image_desc &image) {
  const char *kind = image.kind == VYRE_IMAGE_PTX     ? "PTX"
                     : image.kind == VYRE_IMAGE_CUBIN ? "cubin"
                                                      : "fat binary";
  return image.sm ? std::string(kind) + " for sm_" + std::to_string(image.sm) : kind;
}

Status KernelCache::tryImage(const vyre_module_desc &desc, const vyre_image_desc &image,
                             CUmodule &module) {
  const Driver &api = device.driver();
  const void *data = image.data;
  std::string text;
  if (image.kind == VYRE_IMAGE_PTX && image.bytes > 0 &&
      static_cast<const char *>(data)[image.bytes - 1] != '\0') {
    text.assign(static_cast<const char *>(data), image.bytes);
    data = text.c_str();
  }
  char log[4096] = {};
  int options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES,
                   CU_JIT_GENERATE_LINE_INFO};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log)), reinterpret_cast<void *>(1)};
  CUresult result = api.cuModuleLoadDataEx(&module, data, 3, options, values);
  log[sizeof(log) - 1] = '\0';
  std::string doing =
      "while loading the " + describe(image) + " of module '" + (desc.name ? desc.name : "?") + "'";
  if (log[0])
    doing += std::string("; the driver says: ") + log;
  return api.check(result, "cuModuleLoadDataEx", doing);
}

Status KernelCache::load(const vyre_module_desc &desc, int sm, CUmodule &module) {
  auto known = modules.find(&desc);
  if (known != modules.end()) {
    module = known->second;
    return {};
  }
  Status failure(VYRE_UNAVAILABLE, "module '" + std::string(desc.name ? desc.name : "?") +
                                       "' has no device code that sm_" + std::to_string(sm) +
                                       " can run; compile it for this chip or with PTX");
  bool first = true;
  for (const vyre_image_desc *image : rankImages(desc, sm)) {
    Status tried = tryImage(desc, *image, module);
    if (tried.ok()) {
      modules.emplace(&desc, module);
      return {};
    }
    std::string message =
        first ? tried.message() : std::string(failure.message()) + "; then " + tried.message();
    failure = {tried.code(), message};
    first = false;
    // A broken context fails whatever is tried next.
    if (tried.code() == VYRE_KERNEL_FAILED || tried.code() == VYRE_OUT_OF_MEMORY)
      break;
  }
  return failure;
}

Status KernelCache::find(const vyre_kernel_desc &desc, int sm, const CudaKernel *&kernel) {
  {
    std::shared_lock<std::shared_mutex> hold(lock);
    auto known = kernels.find(&desc);
    if (known != kernels.end()) {
      kernel = known->second.get();
      return {};
    }
  }
  std::string name = desc.name ? desc.name : "?";
  if (!desc.module || !desc.name)
    return {VYRE_UNAVAILABLE,
            "kernel '" + name + "' was compiled for the host only; compile for cuda or fat"};
  std::unique_lock<std::shared_mutex> hold(lock);
  auto &slot = kernels[&desc];
  if (!slot) {
    const Driver &api = device.driver();
    auto made = std::make_unique<CudaKernel>();
    CUmodule module = nullptr;
    Status status = load(*desc.module, sm, module);
    std::string doing = "while looking up kernel '" + name + "'";
    if (status.ok())
      status = api.check(api.cuModuleGetFunction(&made->function, module, desc.name),
                         "cuModuleGetFunction", doing);
    // Loaded in full now: loading later may have to wait for a resident kernel.
    if (status.ok() && api.cuFuncLoad)
      status = api.check(api.cuFuncLoad(made->function), "cuFuncLoad", doing);
    if (status.ok())
      status =
          api.check(api.cuFuncGetAttribute(&made->maxThreads,
                                           CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, made->function),
                    "cuFuncGetAttribute", doing);
    // What a kernel's static shared memory leaves of the usual limit.
    int shared = 0;
    if (status.ok())
      status =
          api.check(api.cuFuncGetAttribute(&shared, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                                           made->function),
                    "cuFuncGetAttribute", doing);
    made->allowedShared = shared;
    if (!status.ok()) {
      kernels.erase(&desc);
      return status;
    }
    slot = std::move(made);
  }
  kernel = slot.get();
  return {};
}

Status KernelCache::allowShared(const CudaKernel &kernel, int64_t bytes) const {
  const Driver &api = device.driver();
  std::lock_guard<std::mutex> hold(kernel.lock);
  if (bytes <= kernel.allowedShared)
    return {};
  if (bytes > INT32_MAX)
    return {VYRE_INVALID_ARGUMENT,
            "a launch asks for " + std::to_string(bytes) + " bytes of shared memory"};
  VYRE_CU_TRY(
      cuFuncSetAttribute,
      (kernel.function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, static_cast<int>(bytes)),
      "for " + std::to_string(bytes) + " bytes of dynamic shared memory");
  kernel.allowedShared = bytes;
  return {};
}

void KernelCache::unload() {
  std::unique_lock<std::shared_mutex> hold(lock);
  for (auto &[desc, module] : modules)
    (void)device.driver().cuModuleUnload(module);
  modules.clear();
  kernels.clear();
}

} // namespace vyre::rt::cuda
