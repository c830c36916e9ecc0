// mgpu*: the GPU calls that upstream's gpu-to-llvm and the translation of
// gpu.binary emit, on top of the runtime's own C functions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// These functions have no way to return a failure: it is kept by the stream
// (the calling thread's default stream where the call names none) and handed
// over at its next synchronization.
#include "ArgsByPointer.h"
#include "Core/Process.h"
#include "MemRef.h"

#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

using namespace vyre::rt;
using namespace vyre::rt::support;

namespace {

/// A device image without its host functions, loaded when first launched.
struct Module {
  vyre_image_desc image = {};
  vyre_module_desc desc = {};
  std::mutex lock;

  struct Function {
    std::string name;
    void *state = nullptr;
    vyre_kernel_desc desc = {};
  };
  // By name; the nodes never move, so handles stay valid.
  std::unordered_map<std::string, std::unique_ptr<Function>> functions;
};

/// Every module ever loaded. Never shrinks: queued launches and the device's own
/// tables name the records, and programs load each of their modules once.
class Modules {
public:
  static Modules &get() {
    static auto *all = new Modules;
    return *all;
  }
  Module *add() {
    std::lock_guard<std::mutex> hold(lock);
    return list.emplace_back(std::make_unique<Module>()).get();
  }

private:
  std::mutex lock;
  std::vector<std::unique_ptr<Module>> list;
};

/// Keeps a failure of a call that cannot return one.
void keepFailure(vyre_stream stream, vyre_status code, const std::string &message) {
  Status failure(code, message);
  if (Stream *target = Process::get().resolve(stream))
    target->fail(failure);
  else
    Process::get().report(failure);
}

/// For statuses of calls that name no stream. Those that do name one have
/// already kept their failure there.
void keepIfFailed(vyre_status status, const char *what) {
  if (status != VYRE_OK)
    keepFailure(nullptr, status, std::string(what) + " failed");
}

/// ELF is a cubin, the fatbinary has its own magic, the rest is PTX text.
uint32_t imageKind(const void *data) {
  constexpr uint32_t elfMagic = 0x464c457f, fatbinMagic = 0xba55ed50;
  uint32_t magic;
  std::memcpy(&magic, data, sizeof(magic));
  if (magic == elfMagic)
    return VYRE_IMAGE_CUBIN;
  return magic == fatbinMagic ? VYRE_IMAGE_FATBIN : VYRE_IMAGE_PTX;
}

void *loadModule(const void *data, uint64_t bytes) {
  // Callers that do not know the size pass 0; four bytes exist in any image.
  if (!data || (bytes != 0 && bytes < sizeof(uint32_t))) {
    keepFailure(nullptr, VYRE_INVALID_ARGUMENT, "mgpuModuleLoad: no device image given");
    return nullptr;
  }
  Module *module = Modules::get().add();
  module->image.struct_size = sizeof(module->image);
  module->image.version = VYRE_ABI_VERSION;
  module->image.kind = imageKind(data);
  module->image.data = data;
  module->image.bytes = bytes;
  module->desc.struct_size = sizeof(module->desc);
  module->desc.version = VYRE_ABI_VERSION;
  module->desc.name = "gpu.binary";
  module->desc.images = &module->image;
  module->desc.image_count = 1;
  return module;
}

} // namespace

// ---- Modules and launches ---------------------------------------------------

VYRE_SUPPORT_EXPORT void *mgpuModuleLoad(void *data, size_t bytes) {
  return loadModule(data, bytes);
}

VYRE_SUPPORT_EXPORT void *mgpuModuleLoadJIT(void *data, int optLevel, size_t bytes) {
  (void)optLevel; // the driver's default is its highest level
  return loadModule(data, bytes);
}

VYRE_SUPPORT_EXPORT void mgpuModuleUnload(void *handle) {
  (void)handle; // see Modules; the driver's module goes with its context
}

VYRE_SUPPORT_EXPORT void *mgpuModuleGetFunction(void *handle, const char *name) {
  auto *module = static_cast<Module *>(handle);
  if (!module)
    return nullptr;
  std::lock_guard<std::mutex> hold(module->lock);
  std::unique_ptr<Module::Function> &function = module->functions[name];
  if (!function) {
    function = std::make_unique<Module::Function>();
    function->name = name;
    vyre_kernel_desc &desc = function->desc;
    desc.struct_size = sizeof(desc);
    desc.version = VYRE_ABI_VERSION;
    desc.name = function->name.c_str();
    desc.module = &module->desc;
    desc.flags = kernelArgsByPointer;
    desc.runtime_state = &function->state;
  }
  return function.get();
}

VYRE_SUPPORT_EXPORT void mgpuLaunchKernel(void *handle, intptr_t gridX, intptr_t gridY,
                                          intptr_t gridZ, intptr_t blockX, intptr_t blockY,
                                          intptr_t blockZ, int32_t sharedBytes, vyre_stream stream,
                                          void **params, void **extra, size_t paramsCount) {
  (void)paramsCount;
  auto *function = static_cast<Module::Function *>(handle);
  if (!function)
    return keepFailure(stream, VYRE_INVALID_ARGUMENT,
                       "mgpuLaunchKernel: the kernel's module could not be loaded");
  if (extra)
    return keepFailure(stream, VYRE_INVALID_ARGUMENT,
                       "mgpuLaunchKernel: extra launch options are not supported");
  vyre_launch_desc launch = {};
  launch.struct_size = sizeof(launch);
  launch.version = VYRE_ABI_VERSION;
  launch.grid_x = gridX;
  launch.grid_y = gridY;
  launch.grid_z = gridZ;
  launch.block_x = blockX;
  launch.block_y = blockY;
  launch.block_z = blockZ;
  launch.dynamic_shared_bytes = sharedBytes;
  launch.args = params;
  (void)vyreLaunch(&function->desc, &launch, stream);
}

VYRE_SUPPORT_EXPORT void mgpuLaunchClusterKernel(void *handle, intptr_t, intptr_t, intptr_t,
                                                 intptr_t, intptr_t, intptr_t, intptr_t, intptr_t,
                                                 intptr_t, int32_t, vyre_stream stream, void **,
                                                 void **, size_t) {
  auto *function = static_cast<Module::Function *>(handle);
  keepFailure(stream, VYRE_UNAVAILABLE,
              "kernel '" + (function ? function->name : std::string("?")) +
                  "' asks for thread block clusters, which this runtime does not launch");
}

// ---- Streams and events -----------------------------------------------------

VYRE_SUPPORT_EXPORT vyre_stream mgpuStreamCreate() { return vyreStreamCreate(); }
VYRE_SUPPORT_EXPORT void mgpuStreamDestroy(vyre_stream stream) { vyreStreamDestroy(stream); }
VYRE_SUPPORT_EXPORT void mgpuStreamSynchronize(vyre_stream stream) { (void)vyreStreamSync(stream); }
VYRE_SUPPORT_EXPORT void mgpuStreamWaitEvent(vyre_stream stream, vyre_event event) {
  (void)vyreStreamWaitEvent(stream, event);
}
VYRE_SUPPORT_EXPORT vyre_event mgpuEventCreate() { return vyreEventCreate(); }
VYRE_SUPPORT_EXPORT void mgpuEventDestroy(vyre_event event) { vyreEventDestroy(event); }
VYRE_SUPPORT_EXPORT void mgpuEventSynchronize(vyre_event event) {
  keepIfFailed(vyreEventSync(event), "mgpuEventSynchronize");
}
VYRE_SUPPORT_EXPORT void mgpuEventRecord(vyre_event event, vyre_stream stream) {
  (void)vyreEventRecord(event, stream);
}

// ---- Memory -------------------------------------------------------------------

VYRE_SUPPORT_EXPORT void *mgpuMemAlloc(uint64_t bytes, vyre_stream stream, bool isHostShared) {
  return vyreAlloc(bytes, isHostShared ? VYRE_MEMORY_SHARED : VYRE_MEMORY_DEVICE, stream);
}
VYRE_SUPPORT_EXPORT void mgpuMemFree(void *pointer, vyre_stream stream) {
  (void)vyreFree(pointer, stream);
}
VYRE_SUPPORT_EXPORT void mgpuMemcpy(void *dst, void *src, size_t bytes, vyre_stream stream) {
  (void)vyreMemcpy(dst, src, bytes, stream);
}
VYRE_SUPPORT_EXPORT void mgpuMemset32(void *dst, unsigned value, size_t count, vyre_stream stream) {
  (void)vyreMemset(dst, value, 4, count, stream);
}
VYRE_SUPPORT_EXPORT void mgpuMemset16(void *dst, unsigned short value, size_t count,
                                      vyre_stream stream) {
  (void)vyreMemset(dst, value, 2, count, stream);
}

VYRE_SUPPORT_EXPORT void mgpuMemHostRegister(void *pointer, uint64_t bytes) {
  keepIfFailed(vyreHostRegister(pointer, bytes), "mgpuMemHostRegister");
}
VYRE_SUPPORT_EXPORT void mgpuMemHostUnregister(void *pointer) {
  keepIfFailed(vyreHostUnregister(pointer), "mgpuMemHostUnregister");
}

/// First byte that the descriptor's elements occupy, and their span in `bytes`.
static char *memrefBytes(int64_t rank, void *descriptor, int64_t elementBytes, uint64_t &bytes) {
  MemRefView<char> view(rank, descriptor);
  ElementRange range = reach(view);
  bytes = static_cast<uint64_t>(range.high - range.low) * elementBytes;
  return view.data + (view.offset + range.low) * elementBytes;
}

VYRE_SUPPORT_EXPORT void mgpuMemHostRegisterMemRef(int64_t rank, void *descriptor,
                                                   int64_t elementBytes) {
  uint64_t bytes;
  char *first = memrefBytes(rank, descriptor, elementBytes, bytes);
  if (bytes > 0)
    mgpuMemHostRegister(first, bytes);
}
VYRE_SUPPORT_EXPORT void mgpuMemHostUnregisterMemRef(int64_t rank, void *descriptor,
                                                     int64_t elementBytes) {
  uint64_t bytes;
  char *first = memrefBytes(rank, descriptor, elementBytes, bytes);
  if (bytes > 0)
    mgpuMemHostUnregister(first);
}

// ---- Device -------------------------------------------------------------------

VYRE_SUPPORT_EXPORT void mgpuSetDefaultDevice(int32_t device) {
  Device *current = Process::get().device();
  // The host device stands for every GPU; switching GPUs in mid-program would
  // leave memory and streams behind.
  if (!current || current->isHost() || current->name() == "cuda:" + std::to_string(device))
    return;
  keepFailure(nullptr, VYRE_UNAVAILABLE,
              "gpu.set_default_device " + std::to_string(device) + ": this process uses " +
                  current->name() + "; select the device with VYRE_DEVICE=cuda:N");
}

/// nvgpu.tma.create.descriptor: only kernels that use the tensor memory
/// accelerator ask for it. There is no descriptor to give.
VYRE_SUPPORT_EXPORT void *mgpuTensorMapEncodeTiledMemref(int64_t, void *, int32_t, int32_t, int32_t,
                                                         int32_t, int32_t, int64_t *) {
  keepFailure(nullptr, VYRE_UNAVAILABLE,
              "tensor maps (nvgpu.tma.create.descriptor) are not supported by this runtime");
  return nullptr;
}
