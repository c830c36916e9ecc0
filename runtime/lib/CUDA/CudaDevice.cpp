// Opening a GPU, its properties, and adoption of a caller's context.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaDevice.h"
#include "Nvtx.h"

namespace vyre::rt::cuda {

CudaDevice::Current::Current(const CudaDevice &device) : device(device) {
  const Driver &api = device.api;
  CUcontext wanted = device.context.load(std::memory_order_acquire), now = nullptr;
  outcome = api.check(api.cuCtxGetCurrent(&now), "cuCtxGetCurrent");
  if (!outcome.ok() || now == wanted)
    return;
  outcome = api.check(api.cuCtxPushCurrent(wanted), "cuCtxPushCurrent",
                      "while entering the context of " + device.name());
  pushed = outcome.ok();
}

CudaDevice::Current::~Current() {
  CUcontext popped = nullptr;
  // Nothing to do about a failure: the thread keeps our context.
  if (pushed)
    (void)device.api.cuCtxPopCurrent(&popped);
}

Status CudaDevice::attribute(int which, int &value) const {
  return api.check(api.cuDeviceGetAttribute(&value, which, device), "cuDeviceGetAttribute",
                   "while asking for property " + std::to_string(which) + " of " + name());
}

Status CudaDevice::readProperties() {
  char text[256] = {};
  VYRE_CU_TRY(cuDeviceGetName, (text, sizeof(text) - 1, device), "for " + name());
  gpuName = text;
  int major = 0, minor = 0, cooperates = 0, pooled = 0, maps = 0;
  struct {
    int which;
    int *value;
  } wanted[] = {{CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &major},
                {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &minor},
                {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &processors},
                {CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH, &cooperates},
                {CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, &pooled},
                {CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED, &maps}};
  for (auto &property : wanted) {
    Status status = attribute(property.which, *property.value);
    if (!status.ok())
      return status;
  }
  sm = major * 10 + minor;
  cooperative = cooperates && api.cuLaunchKernelEx;
  pools = pooled && api.cuMemAllocAsync && api.cuMemFreeAsync;
  virtualMemory = maps && api.cuMemGetAllocationGranularity && api.cuMemAddressReserve &&
                  api.cuMemAddressFree && api.cuMemCreate && api.cuMemRelease && api.cuMemMap &&
                  api.cuMemUnmap && api.cuMemSetAccess;
  return {};
}

Status CudaDevice::open(const Driver &driver, int ordinal, std::unique_ptr<Device> &result) {
  std::unique_ptr<CudaDevice> made(new CudaDevice(driver, ordinal));
  const Driver &api = driver;
  VYRE_CU_TRY(cuDeviceGet, (&made->device, ordinal), "for " + made->name());
  Status status = made->readProperties();
  if (!status.ok())
    return status;
  CUcontext primary = nullptr;
  VYRE_CU_TRY(cuDevicePrimaryCtxRetain, (&primary, made->device), "for " + made->name());
  made->context = primary;
  made->ownsContext = true;
  result = std::move(made);
  return {};
}

CudaDevice::~CudaDevice() {
  if (!context)
    return;
  {
    Current current(*this);
    if (current.status().ok()) {
      // A broken context frees everything by itself, so failures do not matter.
      releaseImages();
      barriers.release();
      queues->release();
      for (auto &[pointer, origin] : allocations)
        (void)(origin == Origin::Mirrored ? api.cuMemFreeHost(pointer)
                                          : api.cuMemFree(address(pointer)));
      if (allocationStream)
        (void)api.cuStreamDestroy(allocationStream);
      kernels.unload();
    }
  }
  if (ownsContext)
    (void)api.cuDevicePrimaryCtxRelease(device);
}

std::string CudaDevice::adapterId() const {
  std::string id = "cuda-sm_" + std::to_string(sm) + "-";
  for (char c : gpuName)
    id += c == ' ' ? '-' : c;
  return id;
}

Status CudaDevice::adoptContext(void *native) {
  auto adopted = static_cast<CUcontext>(native);
  if (!adopted)
    return {VYRE_INVALID_ARGUMENT, "no CUDA context given to adopt"};
  if (adopted == context.load())
    return {};
  if (uint32_t count = handles.load())
    return {VYRE_INVALID_ARGUMENT,
            "adopt the CUDA context before the runtime makes streams, events and recorded graphs "
            "in another one; it has " +
                std::to_string(count) + " of them"};
  {
    std::lock_guard<std::mutex> hold(memoryLock);
    std::lock_guard<std::mutex> holdTable(presentLock);
    if (!allocations.empty() || table || barriers.used() || queues->used())
      return {VYRE_INVALID_ARGUMENT,
              "adopt the CUDA context before the runtime allocates memory in another one"};
  }
  CUcontext popped = nullptr;
  CUdevice theirs = -1;
  VYRE_CU_TRY(cuCtxPushCurrent, (adopted), "while adopting a context");
  CUresult asked = api.cuCtxGetDevice(&theirs);
  VYRE_CU_TRY(cuCtxPopCurrent, (&popped), "while adopting a context");
  if (asked != CUDA_SUCCESS)
    return api.check(asked, "cuCtxGetDevice", "while adopting a context");
  if (theirs != device)
    return {VYRE_INVALID_ARGUMENT, "the adopted context belongs to another GPU than " + name() +
                                       "; select its GPU with VYRE_DEVICE=cuda:N"};
  {
    VYRE_CU_ENTER(*this);
    kernels.unload();
    if (allocationStream)
      (void)api.cuStreamDestroy(allocationStream);
    allocationStream = nullptr;
  }
  context = adopted;
  if (ownsContext)
    VYRE_CU_TRY(cuDevicePrimaryCtxRelease, (device), "while adopting a context");
  ownsContext = false;
  return {};
}

Status CudaDevice::adoptStream(void *nativeStream, StreamRef &stream) {
  auto made = std::make_shared<CudaStream>(*this);
  made->native = static_cast<CUstream>(nativeStream);
  // The caller may have put work there that we have not counted.
  made->submitted();
  std::lock_guard<std::mutex> hold(streamsLock);
  streams.insert(made.get());
  stream = std::move(made);
  return {};
}

bool CudaDevice::marksRanges() { return bool(NvtxRanges::get()); }
void CudaDevice::rangePush(const char *label) { (void)NvtxRanges::get().push(label); }
void CudaDevice::rangePop() { (void)NvtxRanges::get().pop(); }

} // namespace vyre::rt::cuda

namespace vyre::rt {

int cudaDeviceCount(std::string &why) {
  Status status;
  const cuda::Driver *driver = cuda::Driver::get(status);
  int count = 0;
  if (driver)
    status = driver->check(driver->cuDeviceGetCount(&count), "cuDeviceGetCount");
  if (!status.ok()) {
    why = status.message();
    return 0;
  }
  if (count == 0)
    why = "the CUDA driver shows no GPU";
  return count;
}

Status createCudaDevice(int ordinal, std::unique_ptr<Device> &device) {
  Status status;
  const cuda::Driver *driver = cuda::Driver::get(status);
  return driver ? cuda::CudaDevice::open(*driver, ordinal, device) : status;
}

} // namespace vyre::rt
