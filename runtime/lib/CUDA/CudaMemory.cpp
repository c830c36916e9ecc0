// Device memory: allocation, copies, fills and page-locking.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Core/Counters.h"
#include "CudaDevice.h"

#include <algorithm>

namespace vyre::rt::cuda {

static std::string bytesText(uint64_t bytes) { return std::to_string(bytes) + " bytes"; }

Status CudaDevice::openAllocationStream() {
  std::lock_guard<std::mutex> hold(memoryLock);
  if (allocationStream)
    return {};
  VYRE_CU_TRY(cuStreamCreate, (&allocationStream, CU_STREAM_NON_BLOCKING), "on " + name());
  // Freed memory stays in the pool instead of going back at each
  // synchronization. Only speed depends on it.
  CUmemoryPool pool = nullptr;
  uint64_t keepAll = UINT64_MAX;
  if (api.cuDeviceGetDefaultMemPool && api.cuMemPoolSetAttribute &&
      api.cuDeviceGetDefaultMemPool(&pool, device) == CUDA_SUCCESS)
    (void)api.cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keepAll);
  return {};
}

Status CudaDevice::allocatePooled(CUdeviceptr &pointer, uint64_t bytes) {
  Status status = openAllocationStream();
  if (!status.ok())
    return status;
  std::string doing = "while allocating " + bytesText(bytes) + " on " + name();
  VYRE_CU_TRY(cuMemAllocAsync, (&pointer, bytes, allocationStream), doing);
  // Usable on every stream from here on; only allocations are in this stream.
  CUresult waited = api.cuStreamSynchronize(allocationStream);
  if (waited == CUDA_SUCCESS)
    return {};
  (void)api.cuMemFreeAsync(pointer, allocationStream);
  return api.check(waited, "cuStreamSynchronize", doing);
}

/// Page-locked host memory, so that copies run beside the host's work, and device
/// memory.
Status CudaDevice::allocateMirrored(void *&pointer, uint64_t bytes, Stream &stream) {
  void *onDevice = nullptr, *onHost = nullptr;
  Status status = allocate(onDevice, bytes, VYRE_MEMORY_DEVICE, stream);
  if (!status.ok())
    return status;
  CUresult made = api.cuMemHostAlloc(&onHost, bytes, CU_MEMHOSTALLOC_PORTABLE_MAPPED);
  if (made != CUDA_SUCCESS) {
    (void)free(onDevice, stream);
    return api.check(made, "cuMemHostAlloc",
                     "while allocating " + bytesText(bytes) + " of host memory for " + name());
  }
  mirrors.add(onHost, onDevice, bytes);
  pointer = onHost;
  std::lock_guard<std::mutex> hold(memoryLock);
  allocations[pointer] = Origin::Mirrored;
  return {};
}

Status CudaDevice::allocate(void *&pointer, uint64_t bytes, uint32_t kind, Stream &stream) {
  VYRE_CU_ENTER(*this);
  CUdeviceptr made = 0;
  bytes = std::max<uint64_t>(bytes, 1);
  if (kind == VYRE_MEMORY_MIRRORED)
    return allocateMirrored(pointer, bytes, stream);
  Origin origin = kind == VYRE_MEMORY_SHARED ? Origin::Managed
                  : pools                    ? Origin::Pooled
                                             : Origin::Plain;
  std::string doing = "while allocating " + bytesText(bytes) + " on " + name();
  if (origin == Origin::Managed) {
    VYRE_CU_TRY(cuMemAllocManaged, (&made, bytes, CU_MEM_ATTACH_GLOBAL), doing);
  } else if (origin == Origin::Plain) {
    VYRE_CU_TRY(cuMemAlloc, (&made, bytes), doing);
  } else {
    Status status = allocatePooled(made, bytes);
    if (!status.ok())
      return status;
  }
  pointer = reinterpret_cast<void *>(made);
  std::lock_guard<std::mutex> hold(memoryLock);
  allocations[pointer] = origin;
  return {};
}

Status CudaDevice::free(void *pointer, Stream &generic) {
  CudaStream &stream = of(generic);
  VYRE_CU_ENTER(*this);
  Origin origin;
  {
    std::lock_guard<std::mutex> hold(memoryLock);
    auto known = allocations.find(pointer);
    if (known == allocations.end())
      return {VYRE_INVALID_ARGUMENT, "a pointer is freed that is not an allocation of " + name() +
                                         ", or for the second time"};
    origin = known->second;
    allocations.erase(known);
  }
  if (origin == Origin::Pooled) {
    stream.submitted();
    VYRE_CU_TRY(cuMemFreeAsync, (address(pointer), stream.native), "on " + name());
    return {};
  }
  // These frees are not in stream order by themselves.
  Status waited = waitForStream(stream);
  if (waited.code() == VYRE_TIMEOUT && !stream.drained()) {
    // The stream is stuck, and the driver would wait for it without a limit: the
    // memory is kept until the device is closed.
    std::lock_guard<std::mutex> hold(memoryLock);
    allocations[pointer] = origin;
    return waited;
  }
  if (origin == Origin::Mirrored) {
    void *onDevice = nullptr;
    uint64_t bytes = 0;
    Status freed = mirrors.remove(pointer, onDevice, bytes) ? free(onDevice, stream) : Status();
    VYRE_CU_TRY(cuMemFreeHost, (pointer), "on " + name());
    return waited.ok() ? freed : waited;
  }
  VYRE_CU_TRY(cuMemFree, (address(pointer)), "on " + name());
  return waited;
}

// True if the bytes lie in the GPU's own memory. Managed memory does not count:
// nobody can say where it is.
bool CudaDevice::onDevice(const void *pointer) const {
  unsigned type = 0;
  if (api.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address(pointer)) !=
          CUDA_SUCCESS ||
      type != CU_MEMORYTYPE_DEVICE)
    return false;
  unsigned managed = 0;
  return api.cuPointerGetAttribute(&managed, CU_POINTER_ATTRIBUTE_IS_MANAGED, address(pointer)) !=
             CUDA_SUCCESS ||
         !managed;
}

CopyDirection CudaDevice::directionOf(const void *dst, const void *src) const {
  bool to = onDevice(dst), from = onDevice(src);
  if (to == from)
    return CopyDirection::Within;
  return to ? CopyDirection::ToDevice : CopyDirection::ToHost;
}

void CudaDevice::countCopy(CopyDirection direction, uint64_t bytes) {
  if (direction == CopyDirection::ToDevice)
    count(counters().h2dBytes, bytes);
  else if (direction == CopyDirection::ToHost)
    count(counters().d2hBytes, bytes);
}

Status CudaDevice::copyRun(CUdeviceptr dst, CUdeviceptr src, uint64_t bytes, CudaStream &stream) {
  stream.submitted();
  VYRE_CU_TRY(cuMemcpyAsync, (dst, src, bytes, stream.native),
              "while copying " + bytesText(bytes) + " on " + name());
  return {};
}

Status CudaDevice::copy(void *dst, const void *src, uint64_t bytes, Stream &generic) {
  CudaStream &stream = of(generic);
  if (stream.failed())
    return stream.failure();
  VYRE_CU_ENTER(*this);
  Status status = settlePresentTable(dst, src, bytes, stream);
  if (!status.ok())
    return status;
  countCopy(directionOf(dst, src), bytes);
  return copyRun(address(dst), address(src), bytes, stream);
}

Status CudaDevice::fill(void *dst, uint64_t value, uint32_t elementBytes, uint64_t count,
                        Stream &generic) {
  CudaStream &stream = of(generic);
  if (stream.failed())
    return stream.failure();
  VYRE_CU_ENTER(*this);
  CUdeviceptr to = address(dst);
  auto low = static_cast<uint32_t>(value), high = static_cast<uint32_t>(value >> 32);
  std::string doing = "while filling " + std::to_string(count) + " elements on " + name();
  stream.submitted();
  if (elementBytes == 1) {
    VYRE_CU_TRY(cuMemsetD8Async, (to, static_cast<unsigned char>(value), count, stream.native),
                doing);
  } else if (elementBytes == 2) {
    VYRE_CU_TRY(cuMemsetD16Async, (to, static_cast<unsigned short>(value), count, stream.native),
                doing);
  } else if (elementBytes == 4) {
    VYRE_CU_TRY(cuMemsetD32Async, (to, low, count, stream.native), doing);
  } else if (low == high) {
    VYRE_CU_TRY(cuMemsetD32Async, (to, low, count * 2, stream.native), doing);
  } else {
    // The driver fills 32 bits at most: each half is a column of its own.
    VYRE_CU_TRY(cuMemsetD2D32Async, (to, 8, low, 1, count, stream.native), doing);
    VYRE_CU_TRY(cuMemsetD2D32Async, (to + 4, 8, high, 1, count, stream.native), doing);
  }
  return {};
}

Status CudaDevice::registerHost(void *pointer, uint64_t bytes) {
  VYRE_CU_ENTER(*this);
  if (!pointer || bytes == 0)
    return {VYRE_INVALID_ARGUMENT, "an empty host range cannot be registered"};
  std::lock_guard<std::mutex> hold(memoryLock);
  auto known = registered.find(pointer);
  if (known == registered.end()) {
    VYRE_CU_TRY(cuMemHostRegister, (pointer, bytes, CU_MEMHOSTREGISTER_PORTABLE_MAPPED),
                "while registering " + bytesText(bytes) + " of host memory");
    registered[pointer] = {bytes, 1};
    return {};
  }
  // A longer range cannot take its place: kernels may be using the first.
  if (bytes > known->second.bytes)
    return {VYRE_INVALID_ARGUMENT, bytesText(bytes) + " of host memory are registered of which " +
                                       bytesText(known->second.bytes) +
                                       " already are; register the whole range first"};
  ++known->second.count;
  return {};
}

Status CudaDevice::unregisterHost(void *pointer) {
  VYRE_CU_ENTER(*this);
  std::lock_guard<std::mutex> hold(memoryLock);
  auto known = registered.find(pointer);
  if (known != registered.end() && --known->second.count > 0)
    return {};
  if (known != registered.end())
    registered.erase(known);
  VYRE_CU_TRY(cuMemHostUnregister, (pointer), "while giving up registered host memory");
  return {};
}

} // namespace vyre::rt::cuda
