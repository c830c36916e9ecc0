// A stand-in for libcuda.so.1 with the entry points that the runtime uses.
// Every call is logged and can be made to fail; work is done when a call
// returns. This part: look-up, devices, contexts, streams and events.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeState.h"

#include <cstdlib>
#include <cstring>
#include <iterator>
#include <set>

namespace fakecuda {

FakeCuda state;
std::recursive_mutex lock;

/// The thread's stack of contexts. It has no destructor: as with the real
/// driver, a thread's last calls may come from its other objects' destructors.
static thread_local struct {
  CUcontext entries[16];
  size_t count;
} contexts;

CUresult enter(const char *name) {
  Hold hold(lock);
  state.calls.push_back(name);
  const char *wish = std::getenv("FAKE_CUDA_FAIL");
  if (!wish)
    return CUDA_SUCCESS;
  std::string text = wish;
  size_t colon = text.find(':');
  if (text.substr(0, colon) != name)
    return CUDA_SUCCESS;
  return colon == std::string::npos ? 999 : std::atoi(text.c_str() + colon + 1);
}

template <typename T> static T handle() { return reinterpret_cast<T>(std::malloc(1)); }
template <typename T> static void release(T thing) {
  std::free(const_cast<void *>(static_cast<const void *>(thing)));
}

CUresult cuInit(unsigned) {
  ENTER(cuInit);
  return CUDA_SUCCESS;
}
CUresult cuDriverGetVersion(int *version) {
  ENTER(cuDriverGetVersion);
  *version = 13000;
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult, const char **text) {
  ENTER(cuGetErrorName);
  *text = "CUDA_ERROR_FAKE";
  return CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult, const char **text) {
  ENTER(cuGetErrorString);
  *text = "planted failure";
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetCount(int *count) {
  ENTER(cuDeviceGetCount);
  *count = state.devices;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  ENTER(cuDeviceGet);
  if (ordinal < 0 || ordinal >= state.devices)
    return CUDA_ERROR_INVALID_DEVICE;
  *device = ordinal;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetName(char *name, int length, CUdevice) {
  ENTER(cuDeviceGetName);
  std::strncpy(name, "Fake GPU", length);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice) {
  ENTER(cuDeviceGetAttribute);
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT:
    *value = state.processors;
    break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR:
    *value = state.chip[0];
    break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR:
    *value = state.chip[1];
    break;
  case CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH:
    *value = 1;
    break;
  case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED:
    *value = state.memoryPools;
    break;
  case CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED:
    *value = state.virtualMemory;
    break;
  default:
    return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}

// ---- Contexts -----------------------------------------------------------------

static char primaryContext;
CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice) {
  ENTER(cuDevicePrimaryCtxRetain);
  *context = reinterpret_cast<CUcontext>(&primaryContext);
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease(CUdevice) {
  ENTER(cuDevicePrimaryCtxRelease);
  return CUDA_SUCCESS;
}
CUresult cuCtxPushCurrent(CUcontext context) {
  ENTER(cuCtxPushCurrent);
  if (contexts.count == std::size(contexts.entries))
    return CUDA_ERROR_OUT_OF_MEMORY;
  contexts.entries[contexts.count++] = context;
  return CUDA_SUCCESS;
}
CUresult cuCtxPopCurrent(CUcontext *context) {
  ENTER(cuCtxPopCurrent);
  if (contexts.count == 0)
    return CUDA_ERROR_INVALID_CONTEXT;
  *context = contexts.entries[--contexts.count];
  return CUDA_SUCCESS;
}
CUresult cuCtxGetCurrent(CUcontext *context) {
  ENTER(cuCtxGetCurrent);
  *context = contexts.count ? contexts.entries[contexts.count - 1] : nullptr;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetDevice(CUdevice *device) {
  ENTER(cuCtxGetDevice);
  *device = 0;
  return CUDA_SUCCESS;
}

// ---- Streams and events: all work is done when a call returns ---------------------

static std::set<CUstream> destroyed;
CUresult cuStreamCreate(CUstream *stream, unsigned) {
  ENTER(cuStreamCreate);
  Hold hold(lock);
  *stream = handle<CUstream>();
  destroyed.erase(*stream);
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy(CUstream stream) {
  Hold hold(lock);
  destroyed.insert(stream);
  release(stream);
  ENTER(cuStreamDestroy);
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream stream) {
  ENTER(cuStreamSynchronize);
  if (state.synchronizing)
    state.synchronizing();
  Hold hold(lock);
  return destroyed.count(stream) ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}
static CUresult query(void *stream) {
  if (state.running && state.running(stream))
    return CUDA_ERROR_NOT_READY;
  Hold hold(lock);
  auto stuck = state.stuck.find(stream);
  if (stuck == state.stuck.end())
    return CUDA_SUCCESS;
  if (!stuck->second || *stuck->second == 0)
    return CUDA_ERROR_NOT_READY;
  state.stuck.erase(stuck);
  return CUDA_SUCCESS;
}
CUresult cuStreamQuery(CUstream stream) {
  ENTER(cuStreamQuery);
  return query(stream);
}
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned) {
  ENTER(cuStreamWaitEvent);
  return CUDA_SUCCESS;
}
CUresult cuEventCreate(CUevent *event, unsigned) {
  ENTER(cuEventCreate);
  *event = handle<CUevent>();
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy(CUevent event) {
  release(event);
  ENTER(cuEventDestroy);
  return CUDA_SUCCESS;
}
static std::map<CUevent, CUstream> recordedOn;
CUresult cuEventRecord(CUevent event, CUstream stream) {
  ENTER(cuEventRecord);
  Hold hold(lock);
  recordedOn[event] = stream;
  return CUDA_SUCCESS;
}
CUresult cuEventQuery(CUevent event) {
  ENTER(cuEventQuery);
  Hold hold(lock);
  return query(recordedOn[event]);
}
CUresult cuEventSynchronize(CUevent) {
  ENTER(cuEventSynchronize);
  return CUDA_SUCCESS;
}

} // namespace fakecuda

extern "C" __attribute__((visibility("default"))) FakeCuda *fakeCuda() { return &fakecuda::state; }

extern "C" __attribute__((visibility("default"))) fakecuda::CUresult
cuGetProcAddress_v2(const char *name, void **address, int, uint64_t, int *found) {
  *address = nullptr;
  const char *hidden = std::getenv("FAKE_CUDA_HIDE");
  if (hidden && std::strcmp(hidden, name) == 0)
    return fakecuda::CUDA_ERROR_NOT_FOUND;
#define VYRE_CU(function, version, parameters)                                                     \
  if (std::strcmp(name, #function) == 0)                                                           \
    *address = reinterpret_cast<void *>(fakecuda::function);
#define VYRE_CU_OPTIONAL(function, version, parameters) VYRE_CU(function, version, parameters)
#include "CUDA/Driver.def"
#undef VYRE_CU
#undef VYRE_CU_OPTIONAL
  *found = *address ? 0 : 1;
  return *address ? fakecuda::CUDA_SUCCESS : fakecuda::CUDA_ERROR_NOT_FOUND;
}
