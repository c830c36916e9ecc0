// Copies between differently strided shapes, in as few driver calls as the
// strides allow.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaDevice.h"

#include <algorithm>
#include <cstring>

namespace vyre::rt::cuda {

namespace {

/// A loop around the dense run at the inside; strides in bytes.
struct Loop {
  int64_t size, dst, src;
};

/// Splits a copy into a dense run and the loops around it, outermost first.
/// Dimensions of size 1 vanish, and neighbours that continue each other on both
/// sides become one.
uint64_t denseRun(const StridedCopy &copy, std::vector<Loop> &loops) {
  auto bytes = static_cast<int64_t>(copy.elementBytes);
  for (int64_t dim = 0; dim < copy.rank; ++dim) {
    if (copy.sizes[dim] == 1)
      continue;
    Loop loop = {copy.sizes[dim], copy.dstStrides[dim] * bytes, copy.srcStrides[dim] * bytes};
    if (!loops.empty() && loops.back().dst == loop.dst * loop.size &&
        loops.back().src == loop.src * loop.size)
      loop.size *= loops.back().size, loops.pop_back();
    loops.push_back(loop);
  }
  uint64_t run = copy.elementBytes;
  if (!loops.empty() && loops.back().dst == bytes && loops.back().src == bytes) {
    run *= loops.back().size;
    loops.pop_back();
  }
  return run;
}

/// True if the driver can walk this loop as the rows of a pitched copy.
bool pitched(const Loop &loop, uint64_t run) {
  constexpr int64_t maxPitch = INT32_MAX;
  auto least = static_cast<int64_t>(run);
  return loop.dst >= least && loop.src >= least && loop.dst <= maxPitch && loop.src <= maxPitch;
}

} // namespace

Status CudaDevice::copyStrided(const StridedCopy &copy, Stream &generic) {
  CudaStream &stream = of(generic);
  if (stream.failed())
    return stream.failure();
  VYRE_CU_ENTER(*this);
  std::vector<Loop> loops;
  uint64_t run = denseRun(copy, loops);
  auto dst = address(copy.dst), src = address(copy.src);
  // Everything between the first and the last byte of both sides.
  uint64_t rows = 1, below[2] = {0, 0}, above = run;
  for (const Loop &loop : loops) {
    rows *= loop.size;
    for (int side = 0; side < 2; ++side) {
      int64_t span = (loop.size - 1) * (side ? loop.src : loop.dst);
      (span < 0 ? below[side] : above) += span < 0 ? -span : span;
    }
  }
  uint64_t reach = above + std::max(below[0], below[1]);
  Status status = settlePresentTable(reinterpret_cast<void *>(dst - below[0]),
                                     reinterpret_cast<void *>(src - below[1]), reach, stream);
  if (!status.ok())
    return status;
  countCopy(directionOf(copy.dst, copy.src), rows * run);

  Loop inner = {1, static_cast<int64_t>(run), static_cast<int64_t>(run)};
  if (!loops.empty() && pitched(loops.back(), run)) {
    inner = loops.back();
    loops.pop_back();
  }
  std::vector<int64_t> index(loops.size(), 0);
  for (;;) {
    if (inner.size == 1) {
      status = copyRun(dst, src, run, stream);
      if (!status.ok())
        return status;
    } else {
      CUDA_MEMCPY3D rect;
      std::memset(&rect, 0, sizeof(rect));
      rect.dst.memoryType = rect.src.memoryType = CU_MEMORYTYPE_UNIFIED;
      rect.dst.device = dst;
      rect.src.device = src;
      rect.dst.pitch = inner.dst;
      rect.src.pitch = inner.src;
      rect.widthInBytes = run;
      rect.dst.height = rect.src.height = rect.height = inner.size;
      rect.depth = 1;
      stream.submitted();
      VYRE_CU_TRY(cuMemcpy3DAsync, (&rect, stream.native), "while copying rows on " + name());
    }
    size_t dim = loops.size();
    while (dim > 0) {
      const Loop &loop = loops[dim - 1];
      dst += loop.dst;
      src += loop.src;
      if (++index[dim - 1] < loop.size)
        break;
      dst -= loop.dst * loop.size;
      src -= loop.src * loop.size;
      index[--dim] = 0;
    }
    if (dim == 0)
      return {};
  }
}

} // namespace vyre::rt::cuda
