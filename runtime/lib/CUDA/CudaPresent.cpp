// Host memory of unknown origin on the device: images of host ranges, copied in
// before kernels and back before the host looks.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Images lie at a fixed distance from their host addresses, in reserved device
// addresses that get memory where it is used (see PresentTable.h).
#include "Core/Counters.h"
#include "CudaDevice.h"

namespace vyre::rt::cuda {

/// How far a window of device addresses reaches around the first range in it.
/// Addresses cost nothing; only granules in use take memory.
static constexpr uint64_t windowReach = uint64_t(16) << 30;

static CUmemAllocationProp imageProperties(CUdevice device) {
  CUmemAllocationProp properties = {};
  properties.type = CU_MEM_ALLOCATION_TYPE_PINNED;
  properties.location = {CU_MEM_LOCATION_TYPE_DEVICE, device};
  return properties;
}

/// The device address for `pointer` if the device reaches its memory by itself;
/// null if it needs an image.
Status CudaDevice::passesThrough(void *pointer, int64_t low, void *&devicePointer) const {
  // The accessed bytes decide: the pointer itself may lie outside of its object.
  char *first = static_cast<char *>(pointer) + low;
  devicePointer = nullptr;
  unsigned type = 0;
  CUresult known =
      api.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address(first));
  if (known == CUDA_ERROR_INVALID_VALUE)
    return {}; // ordinary host memory, which the driver does not know
  if (known != CUDA_SUCCESS)
    return api.check(known, "cuPointerGetAttribute", "on " + name());
  devicePointer = pointer;
  if (type != CU_MEMORYTYPE_HOST)
    return {};
  CUdeviceptr mapped = 0;
  VYRE_CU_TRY(cuPointerGetAttribute, (&mapped, CU_POINTER_ATTRIBUTE_DEVICE_POINTER, address(first)),
              "for registered host memory");
  devicePointer = reinterpret_cast<void *>(mapped - low);
  return {};
}

Status CudaDevice::createImageMemory(Range host) {
  CUmemAllocationProp properties = imageProperties(device);
  CUmemHandle handle = 0;
  CUdeviceptr at = table->device(host.begin);
  uint64_t bytes = host.bytes();
  std::string doing =
      "while making " + std::to_string(bytes) + " bytes for host memory on " + name();
  VYRE_CU_TRY(cuMemCreate, (&handle, bytes, &properties, 0), doing);
  CUresult mapped = api.cuMemMap(at, bytes, 0, handle, 0);
  // The mapping keeps the memory; without one this frees it.
  CUresult released = api.cuMemRelease(handle);
  if (mapped != CUDA_SUCCESS)
    return api.check(mapped, "cuMemMap", doing);
  CUmemAccessDesc access = {properties.location, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
  CUresult opened = api.cuMemSetAccess(at, bytes, &access, 1);
  if (opened != CUDA_SUCCESS || released != CUDA_SUCCESS) {
    (void)api.cuMemUnmap(at, bytes);
    return opened != CUDA_SUCCESS ? api.check(opened, "cuMemSetAccess", doing)
                                  : api.check(released, "cuMemRelease", doing);
  }
  imageMappings.push_back({at, bytes});
  table->addMemory(host);
  return {};
}

Status CudaDevice::provideImage(Range range) {
  PresentTable::Need need = table->need(range);
  if (need.straddles)
    return {VYRE_UNAVAILABLE, "a kernel's host buffer crosses the border of two regions of device "
                              "addresses; register it with vyreHostRegister"};
  if (!need.window.empty()) {
    CUdeviceptr base = 0;
    VYRE_CU_TRY(cuMemAddressReserve, (&base, need.window.bytes(), 0, 0, 0),
                "while reserving device addresses for host memory");
    table->addWindow(need.window, base);
    need = table->need(range);
  }
  for (Range granules : need.memory) {
    Status status = createImageMemory(granules);
    if (!status.ok())
      return status;
  }
  return {};
}

Status CudaDevice::present(void *&devicePointer, void *pointer, int64_t low, int64_t high,
                           uint32_t access, Stream &generic) {
  CudaStream &stream = of(generic);
  devicePointer = pointer;
  if (low >= high)
    return {}; // the kernel touches nothing of it
  if (stream.failed())
    return stream.failure();
  VYRE_CU_ENTER(*this);
  Status status = passesThrough(pointer, low, devicePointer);
  if (!status.ok() || devicePointer)
    return status;
  if (!virtualMemory)
    return {VYRE_UNAVAILABLE, name() + " cannot map host memory of unknown origin; allocate with "
                                       "gpu.alloc or register it with vyreHostRegister"};
  std::lock_guard<std::mutex> hold(presentLock);
  if (!table) {
    CUmemAllocationProp properties = imageProperties(device);
    size_t granule = 0;
    VYRE_CU_TRY(cuMemGetAllocationGranularity, (&granule, &properties, 0), "on " + name());
    table = std::make_unique<PresentTable>(granule, windowReach);
  }
  uint64_t host = address(pointer);
  Range range = {host + low, host + high};
  status = provideImage(range);
  if (!status.ok())
    return status;
  presentUsers[stream.id] = &stream;
  bool writes = (access & 2) != 0;
  for (Range part : table->use(range, writes, stream.id)) {
    // Also for what is only written: a kernel may leave some of it untouched.
    if (status.ok())
      status = copyRun(table->device(part.begin), part.begin, part.bytes(), stream);
    if (status.ok())
      count(counters().h2dBytes, part.bytes());
    else
      table->forget(part);
  }
  devicePointer = reinterpret_cast<void *>(table->device(range.begin) - low);
  return status;
}

/// Copies back what kernels wrote and gives up all images' contents. Needs
/// presentLock and the context.
Status CudaDevice::writeBack(CudaStream &stream) {
  Status first = waitForStream(stream);
  for (auto &[id, user] : presentUsers) {
    Status status = user == &stream ? Status() : waitForStream(*user);
    if (first.ok())
      first = status;
  }
  if (!first.ok())
    return first;
  for (Range part : table->hostAccess(stream.id)) {
    Status status = copyRun(part.begin, table->device(part.begin), part.bytes(), stream);
    if (!status.ok())
      return status;
    count(counters().d2hBytes, part.bytes());
  }
  return waitForStream(stream);
}

Status CudaDevice::hostAccess(Stream &stream) {
  VYRE_CU_ENTER(*this);
  std::lock_guard<std::mutex> hold(presentLock);
  if (!table || table->idle())
    return waitForStream(of(stream));
  return writeBack(of(stream));
}

/// Before a copy that names host memory directly: host memory must be current
/// where an image stands for it, and the image is stale afterwards.
Status CudaDevice::settlePresentTable(const void *dst, const void *src, uint64_t bytes,
                                      CudaStream &stream) {
  std::lock_guard<std::mutex> hold(presentLock);
  if (!table || table->idle())
    return {};
  Range to = {address(dst), address(dst) + bytes}, from = {address(src), address(src) + bytes};
  return table->touches(to) || table->touches(from) ? writeBack(stream) : Status();
}

void CudaDevice::releaseImages() {
  for (auto [at, bytes] : imageMappings)
    (void)api.cuMemUnmap(at, bytes);
  if (table)
    for (auto &[host, window] : table->windows())
      (void)api.cuMemAddressFree(window.device, window.end - host);
}

} // namespace vyre::rt::cuda
