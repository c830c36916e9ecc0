// Memory of the fake driver: device memory is host memory, known by address.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeState.h"

#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace fakecuda {

namespace {

struct Block {
  size_t bytes;
  unsigned type; // CU_MEMORYTYPE_*
  bool managed;
};
std::map<CUdeviceptr, Block> blocks;

constexpr size_t pageBytes = 4096; // what page-locked memory is aligned to

char *host(CUdeviceptr pointer) {
  return reinterpret_cast<char *>(static_cast<uintptr_t>(pointer));
}

CUresult newBlock(CUdeviceptr *pointer, size_t bytes, bool managed) {
  if (bytes > (size_t(1) << 40))
    return CUDA_ERROR_OUT_OF_MEMORY;
  Hold hold(lock);
  *pointer = reinterpret_cast<uintptr_t>(std::calloc(1, bytes));
  blocks[*pointer] = {bytes, CU_MEMORYTYPE_DEVICE, managed};
  return CUDA_SUCCESS;
}

CUresult dropBlock(CUdeviceptr pointer) {
  Hold hold(lock);
  if (!blocks.erase(pointer))
    return CUDA_ERROR_INVALID_VALUE;
  std::free(host(pointer));
  return CUDA_SUCCESS;
}

const Block *blockOf(CUdeviceptr pointer) {
  auto after = blocks.upper_bound(pointer);
  if (after == blocks.begin())
    return nullptr;
  --after;
  return pointer < after->first + after->second.bytes ? &after->second : nullptr;
}

} // namespace

CUresult cuMemAlloc(CUdeviceptr *pointer, size_t bytes) {
  ENTER(cuMemAlloc);
  return newBlock(pointer, bytes, false);
}
CUresult cuMemFree(CUdeviceptr pointer) {
  CUresult result = dropBlock(pointer);
  ENTER(cuMemFree);
  return result;
}
CUresult cuMemAllocManaged(CUdeviceptr *pointer, size_t bytes, unsigned) {
  ENTER(cuMemAllocManaged);
  return newBlock(pointer, bytes, true);
}
CUresult cuMemAllocAsync(CUdeviceptr *pointer, size_t bytes, CUstream) {
  ENTER(cuMemAllocAsync);
  return newBlock(pointer, bytes, false);
}
CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream) {
  CUresult result = dropBlock(pointer);
  ENTER(cuMemFreeAsync);
  return result;
}
CUresult cuDeviceGetDefaultMemPool(CUmemoryPool *pool, CUdevice) {
  ENTER(cuDeviceGetDefaultMemPool);
  *pool = nullptr;
  return CUDA_SUCCESS;
}
CUresult cuMemPoolSetAttribute(CUmemoryPool, int, void *) {
  ENTER(cuMemPoolSetAttribute);
  return CUDA_SUCCESS;
}
CUresult cuMemHostAlloc(void **pointer, size_t bytes, unsigned) {
  ENTER(cuMemHostAlloc);
  Hold hold(lock);
  size_t whole = (bytes + pageBytes - 1) / pageBytes * pageBytes;
  *pointer = std::aligned_alloc(pageBytes, whole);
  std::memset(*pointer, 0, whole);
  blocks[reinterpret_cast<uintptr_t>(*pointer)] = {bytes, CU_MEMORYTYPE_HOST, false};
  return CUDA_SUCCESS;
}
CUresult cuMemFreeHost(void *pointer) {
  CUresult result = dropBlock(reinterpret_cast<uintptr_t>(pointer));
  ENTER(cuMemFreeHost);
  return result;
}
CUresult cuMemHostGetDevicePointer(CUdeviceptr *pointer, void *host, unsigned) {
  ENTER(cuMemHostGetDevicePointer);
  *pointer = reinterpret_cast<uintptr_t>(host);
  return CUDA_SUCCESS;
}
CUresult cuMemHostRegister(void *pointer, size_t bytes, unsigned) {
  ENTER(cuMemHostRegister);
  Hold hold(lock);
  bool fresh =
      blocks.insert({reinterpret_cast<uintptr_t>(pointer), {bytes, CU_MEMORYTYPE_HOST, false}})
          .second;
  return fresh ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
}
CUresult cuMemHostUnregister(void *pointer) {
  ENTER(cuMemHostUnregister);
  Hold hold(lock);
  return blocks.erase(reinterpret_cast<uintptr_t>(pointer)) ? CUDA_SUCCESS
                                                            : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
}
CUresult cuMemcpyAsync(CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream) {
  ENTER(cuMemcpyAsync);
  std::memmove(host(dst), host(src), bytes);
  return CUDA_SUCCESS;
}
CUresult cuMemcpy3DAsync(const CUDA_MEMCPY3D *copy, CUstream) {
  ENTER(cuMemcpy3DAsync);
  if (copy->dst.memoryType != CU_MEMORYTYPE_UNIFIED || copy->depth != 1 ||
      copy->dst.height < copy->height || copy->src.height < copy->height ||
      copy->dst.pitch < copy->widthInBytes || copy->src.pitch < copy->widthInBytes)
    return CUDA_ERROR_INVALID_VALUE;
  for (size_t row = 0; row < copy->height; ++row)
    std::memmove(host(copy->dst.device + row * copy->dst.pitch),
                 host(copy->src.device + row * copy->src.pitch), copy->widthInBytes);
  return CUDA_SUCCESS;
}
template <typename T> static CUresult fill(CUdeviceptr dst, size_t pitch, T value, size_t count) {
  for (size_t i = 0; i < count; ++i)
    std::memcpy(host(dst + i * pitch), &value, sizeof(value));
  return CUDA_SUCCESS;
}
CUresult cuMemsetD8Async(CUdeviceptr dst, unsigned char value, size_t count, CUstream) {
  ENTER(cuMemsetD8Async);
  return fill(dst, 1, value, count);
}
CUresult cuMemsetD16Async(CUdeviceptr dst, unsigned short value, size_t count, CUstream) {
  ENTER(cuMemsetD16Async);
  return fill(dst, 2, value, count);
}
CUresult cuMemsetD32Async(CUdeviceptr dst, unsigned value, size_t count, CUstream) {
  ENTER(cuMemsetD32Async);
  return fill(dst, 4, value, count);
}
CUresult cuMemsetD2D32Async(CUdeviceptr dst, size_t pitch, unsigned value, size_t width,
                            size_t height, CUstream) {
  ENTER(cuMemsetD2D32Async);
  return width == 1 ? fill(dst, pitch, value, height) : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuPointerGetAttribute(void *value, int attribute, CUdeviceptr pointer) {
  ENTER(cuPointerGetAttribute);
  Hold hold(lock);
  const Block *block = blockOf(pointer);
  if (!block)
    return CUDA_ERROR_INVALID_VALUE;
  if (attribute == CU_POINTER_ATTRIBUTE_MEMORY_TYPE)
    *static_cast<unsigned *>(value) = block->type;
  else if (attribute == CU_POINTER_ATTRIBUTE_DEVICE_POINTER)
    *static_cast<CUdeviceptr *>(value) = pointer;
  else
    *static_cast<unsigned *>(value) = block->managed;
  return CUDA_SUCCESS;
}
static constexpr size_t granule = size_t(64) << 10;
CUresult cuMemGetAllocationGranularity(size_t *bytes, const CUmemAllocationProp *, int) {
  ENTER(cuMemGetAllocationGranularity);
  *bytes = granule;
  return CUDA_SUCCESS;
}
CUresult cuMemAddressReserve(CUdeviceptr *pointer, size_t bytes, size_t, CUdeviceptr,
                             unsigned long long) {
  ENTER(cuMemAddressReserve);
  void *base = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  *pointer = reinterpret_cast<uintptr_t>(base);
  return base == MAP_FAILED ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}
CUresult cuMemAddressFree(CUdeviceptr pointer, size_t bytes) {
  munmap(host(pointer), bytes);
  ENTER(cuMemAddressFree);
  return CUDA_SUCCESS;
}
CUresult cuMemCreate(CUmemHandle *memory, size_t bytes, const CUmemAllocationProp *,
                     unsigned long long) {
  ENTER(cuMemCreate);
  *memory = bytes;
  return bytes % granule == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
CUresult cuMemRelease(CUmemHandle) {
  ENTER(cuMemRelease);
  return CUDA_SUCCESS;
}
CUresult cuMemMap(CUdeviceptr pointer, size_t bytes, size_t, CUmemHandle memory,
                  unsigned long long) {
  ENTER(cuMemMap);
  Hold hold(lock);
  if (memory != bytes || blocks.count(pointer))
    return CUDA_ERROR_INVALID_VALUE;
  blocks[pointer] = {bytes, CU_MEMORYTYPE_DEVICE, false};
  return CUDA_SUCCESS;
}
CUresult cuMemUnmap(CUdeviceptr pointer, size_t bytes) {
  Hold hold(lock);
  blocks.erase(pointer);
  mprotect(host(pointer), bytes, PROT_NONE);
  ENTER(cuMemUnmap);
  return CUDA_SUCCESS;
}
CUresult cuMemSetAccess(CUdeviceptr pointer, size_t bytes, const CUmemAccessDesc *, size_t) {
  ENTER(cuMemSetAccess);
  return mprotect(host(pointer), bytes, PROT_READ | PROT_WRITE) == 0 ? CUDA_SUCCESS
                                                                     : CUDA_ERROR_INVALID_VALUE;
}

} // namespace fakecuda
