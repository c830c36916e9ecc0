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
  presentUsers[stream.id].stream = stream.shared_from_this();
  stream.asked.store(true);
  bool writes = (access & 2) != 0;
  std::vector<Range> stale = table->use(range, writes, stream.id), copied;
  status = waitForOthersCopies(range, stream);
  for (Range part : stale) {
    // Also for what is only written: a kernel may leave some of it untouched.
    if (status.ok())
      status = copyRun(table->device(part.begin), part.begin, part.bytes(), stream);
    if (!status.ok())
      break;
    copied.push_back(part);
    count(counters().h2dBytes, part.bytes());
  }
  if (status.ok())
    status = noteCopies(copied, stream);
  if (!status.ok()) // nobody can know when the bytes are there, if ever
    for (Range part : stale)
      table->forget(part, stream.id);
  devicePointer = reinterpret_cast<void *>(table->device(range.begin) - low);
  return status;
}

/// Orders `stream` after copies into `range` that other streams have under way.
/// Needs presentLock and the context.
Status CudaDevice::waitForOthersCopies(Range range, CudaStream &stream) {
  for (auto &[id, user] : presentUsers) {
    if (id == stream.id || !user.copies.overlaps(range) || user.followers.count(stream.id))
      continue;
    stream.submitted();
    VYRE_CU_TRY(cuStreamWaitEvent, (stream.native, user.copied, 0),
                "for host memory that another stream copies to " + name());
    user.followers.insert(stream.id);
  }
  return {};
}

/// Remembers what `stream` has just got to copy. Needs presentLock and the context.
Status CudaDevice::noteCopies(const std::vector<Range> &copied, CudaStream &stream) {
  if (copied.empty())
    return {};
  PresentUser &user = presentUsers[stream.id];
  std::string doing = "for copies of host memory to " + name();
  if (!user.copied)
    VYRE_CU_TRY(cuEventCreate, (&user.copied, CU_EVENT_DISABLE_TIMING), doing);
  VYRE_CU_TRY(cuEventRecord, (user.copied, stream.native), doing);
  user.followers.clear();
  for (Range part : copied)
    user.copies.add(part);
  return {};
}

/// `stream` goes away; the context must be current.
void CudaDevice::forgetUser(CudaStream &stream) {
  std::lock_guard<std::mutex> hold(presentLock);
  if (table)
    table->removeUser(stream.id);
  auto user = presentUsers.find(stream.id);
  if (user == presentUsers.end())
    return;
  if (user->second.copied)
    (void)api.cuEventDestroy(user->second.copied);
  presentUsers.erase(user);
}

/// Copies back what kernels wrote and gives up all images' contents, but for what
/// other streams have got meanwhile. Needs the context, and no lock: kernels that
/// wait for each other end only if other threads can go on launching.
Status CudaDevice::writeBack(CudaStream &stream) {
  struct Waited {
    StreamRef stream;
    uint64_t launches;
  };
  std::vector<Waited> waited;
  {
    std::lock_guard<std::mutex> hold(presentLock);
    for (auto &[id, user] : presentUsers)
      waited.push_back({user.stream, table->launches(id)});
  }
  Status first = waitForStream(stream);
  for (const Waited &user : waited) {
    Status status = user.stream.get() == &stream ? Status() : waitForStream(of(*user.stream));
    if (first.ok())
      first = status;
  }
  if (!first.ok())
    return first;
  std::lock_guard<std::mutex> hold(presentLock);
  for (const Waited &user : waited)
    table->finished(user.stream->id, user.launches);
  for (Range part : table->hostAccess(stream.id)) {
    Status status = copyRun(part.begin, table->device(part.begin), part.bytes(), stream);
    if (!status.ok())
      return status;
    count(counters().d2hBytes, part.bytes());
  }
  for (auto &[id, user] : presentUsers)
    if (!table->busy(id))
      user.copies.clear();
  // Under the lock: nobody may copy these bytes in again before they are there.
  // The stream has nothing but these copies to do.
  return waitForStream(stream);
}

Status CudaDevice::hostAccess(Stream &stream) {
  VYRE_CU_ENTER(*this);
  bool idle;
  {
    std::lock_guard<std::mutex> hold(presentLock);
    idle = !table || table->idle();
  }
  return idle ? waitForStream(of(stream)) : writeBack(of(stream));
}

/// Before a copy that names host memory directly: host memory must be current
/// where an image stands for it, and the image is stale afterwards.
Status CudaDevice::settlePresentTable(const void *dst, const void *src, uint64_t bytes,
                                      CudaStream &stream) {
  {
    std::lock_guard<std::mutex> hold(presentLock);
    Range to = {address(dst), address(dst) + bytes}, from = {address(src), address(src) + bytes};
    if (!table || (!table->touches(to) && !table->touches(from)))
      return {};
  }
  return writeBack(stream);
}

void CudaDevice::releaseImages() {
  for (auto &[id, user] : presentUsers)
    if (user.copied)
      (void)api.cuEventDestroy(user.copied);
  for (auto [at, bytes] : imageMappings)
    (void)api.cuMemUnmap(at, bytes);
  if (table)
    for (auto &[host, window] : table->windows())
      (void)api.cuMemAddressFree(window.device, window.end - host);
}

} // namespace vyre::rt::cuda
