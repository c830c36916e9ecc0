// Kernel launches, plain and persistent.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaDevice.h"
#include "LaunchArgs.h"
#include "Support/ArgsByPointer.h"

#include <algorithm>
#include <cstring>

namespace vyre::rt::cuda {

static std::string describe(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch) {
  auto shape = [](int64_t x, int64_t y, int64_t z) {
    return std::to_string(x) + "x" + std::to_string(y) + "x" + std::to_string(z);
  };
  std::string text = "while launching kernel '" + std::string(kernel.name ? kernel.name : "?") +
                     "' with grid " + shape(launch.grid_x, launch.grid_y, launch.grid_z) +
                     " and block " + shape(launch.block_x, launch.block_y, launch.block_z);
  if (launch.location)
    text += std::string(" at ") + launch.location;
  return text;
}

Status checkShape(const vyre_kernel_desc &kernel, const vyre_launch_desc &launch) {
  constexpr int64_t maxX = INT32_MAX, maxYZ = 65535;
  if (launch.grid_x <= maxX && launch.grid_y <= maxYZ && launch.grid_z <= maxYZ &&
      launch.dynamic_shared_bytes <= INT32_MAX)
    return {};
  return {VYRE_INVALID_ARGUMENT,
          "a CUDA grid has at most 2147483647 x 65535 x 65535 blocks " + describe(kernel, launch)};
}

/// Launches a kernel beside the one in front of it (programmatic dependent launch).
CUresult CudaDevice::launchEarly(const CudaKernel &kernel, const vyre_launch_desc &launch,
                                 LaunchArgs &args, CudaStream &stream) {
  CUlaunchAttribute attribute = {};
  attribute.id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
  attribute.value.programmaticStreamSerializationAllowed = 1;
  CUlaunchConfig config = {static_cast<unsigned>(launch.grid_x),
                           static_cast<unsigned>(launch.grid_y),
                           static_cast<unsigned>(launch.grid_z),
                           static_cast<unsigned>(launch.block_x),
                           static_cast<unsigned>(launch.block_y),
                           static_cast<unsigned>(launch.block_z),
                           static_cast<unsigned>(launch.dynamic_shared_bytes),
                           stream.native,
                           &attribute,
                           1};
  return api.cuLaunchKernelEx(&config, kernel.function, nullptr, args.extra());
}

Status CudaDevice::launch(const vyre_kernel_desc &desc, const vyre_launch_desc &launch,
                          Stream &generic) {
  CudaStream &stream = of(generic);
  FinishPresent finish{*this, stream};
  if (stream.failed())
    return stream.failure();
  VYRE_CU_ENTER(*this);
  Status status = checkShape(desc, launch);
  const CudaKernel *kernel = nullptr;
  if (status.ok())
    status = kernels.find(desc, sm, kernel);
  if (status.ok())
    status = kernels.allowShared(*kernel, launch.dynamic_shared_bytes);
  if (!status.ok())
    return status;
  LaunchArgs args(launch.args, desc.param_bytes);
  bool byPointer = (desc.flags & kernelArgsByPointer) != 0;
  auto **params = static_cast<void **>(const_cast<void *>(launch.args));
  // A kernel that waits itself may start before the one in front has ended, if that is such
  // a kernel, too: then nothing older runs. A caller's stream may hold other work.
  bool waitsItself = (desc.flags & VYRE_KERNEL_STARTS_EARLY) && stream.owned;
  bool startsEarly =
      waitsItself && stream.endsInKernel.load(std::memory_order_relaxed) && api.cuLaunchKernelEx;
  stream.submitted();
  CUresult result = startsEarly ? launchEarly(*kernel, launch, args, stream)
                                : api.cuLaunchKernel(kernel->function, launch.grid_x, launch.grid_y,
                                                     launch.grid_z, launch.block_x, launch.block_y,
                                                     launch.block_z, launch.dynamic_shared_bytes,
                                                     stream.native, byPointer ? params : nullptr,
                                                     byPointer ? nullptr : args.extra());
  if (result != CUDA_SUCCESS)
    return api.check(result, startsEarly ? "cuLaunchKernelEx" : "cuLaunchKernel",
                     describe(desc, launch));
  stream.endsInKernel.store(waitsItself, std::memory_order_relaxed);
  return {};
}

void CudaDevice::finishPresent(CudaStream &stream) {
  // Most launches ask for no image: they take no lock.
  if (stream.inNodes || !stream.asked.load(std::memory_order_relaxed) ||
      !stream.asked.exchange(false))
    return;
  std::lock_guard<std::mutex> hold(presentLock);
  if (table)
    table->launched(stream.id);
}

Status CudaDevice::residency(const vyre_kernel_desc &desc, int64_t blockThreads,
                             int64_t dynamicSharedBytes, uint32_t &workers) {
  workers = 0;
  if (!cooperative)
    return {};
  VYRE_CU_ENTER(*this);
  const CudaKernel *kernel = nullptr;
  Status status = kernels.find(desc, sm, kernel);
  if (!status.ok())
    return status;
  if (blockThreads <= 0 || blockThreads > kernel->maxThreads)
    return {};
  status = kernels.allowShared(*kernel, dynamicSharedBytes);
  if (!status.ok())
    return status;
  std::lock_guard<std::mutex> hold(kernel->lock);
  auto key = std::make_pair(blockThreads, dynamicSharedBytes);
  auto known = kernel->blocksPerProcessor.find(key);
  if (known == kernel->blocksPerProcessor.end()) {
    int blocks = 0;
    VYRE_CU_TRY(cuOccupancyMaxActiveBlocksPerMultiprocessor,
                (&blocks, kernel->function, static_cast<int>(blockThreads), dynamicSharedBytes),
                "for kernel '" + std::string(desc.name) + "'");
    known = kernel->blocksPerProcessor.emplace(key, blocks > 0 ? blocks : 0).first;
  }
  workers = known->second * static_cast<uint32_t>(processors);
  return {};
}

/// True if another stream of this process has work that may not be over.
bool CudaDevice::othersRun(CudaStream &stream) {
  std::lock_guard<std::mutex> hold(streamsLock);
  return std::any_of(streams.begin(), streams.end(), [&](CudaStream *other) {
    if (other == &stream || other->drained())
      return false;
    // An adopted stream may be capturing, which a question would break.
    return !other->owned || api.cuStreamQuery(other->native) == CUDA_ERROR_NOT_READY;
  });
}

/// How many of the blocks that fit together a persistent kernel takes: one that took
/// all would make the other streams wait until its end.
uint32_t CudaDevice::leaveHeadroom(uint32_t blocks, CudaStream &stream) {
  // Of the GPU's processors, for the others.
  constexpr uint32_t kHeadroomShare = 8;
  auto all = static_cast<uint32_t>(processors);
  if (all <= 1 || !othersRun(stream))
    return blocks;
  return blocks / all * (all - (all + kHeadroomShare - 1) / kHeadroomShare);
}

Status CudaDevice::launchPersistent(const vyre_kernel_desc &desc, const vyre_launch_desc &launch,
                                    Stream &generic) {
  CudaStream &stream = of(generic);
  FinishPresent finish{*this, stream};
  if (stream.failed())
    return stream.failure();
  uint32_t blocks = 0;
  int64_t threads = launch.block_x * launch.block_y * launch.block_z;
  Status status = residency(desc, threads, launch.dynamic_shared_bytes, blocks);
  if (status.ok())
    blocks = leaveHeadroom(blocks, stream);
  if (launch.max_blocks > 0)
    blocks = uint32_t(std::min<int64_t>(blocks, launch.max_blocks));
  if (status.ok() && blocks == 0)
    status = {VYRE_UNAVAILABLE,
              "kernel '" + std::string(desc.name ? desc.name : "?") + "' cannot be resident on " +
                  name() + " with " + std::to_string(threads) + " threads a block and " +
                  std::to_string(launch.dynamic_shared_bytes) + " bytes of shared memory"};
  if (status.ok() && desc.param_bytes < sizeof(CUdeviceptr))
    status = {VYRE_INVALID_ARGUMENT, "persistent kernel '" + std::string(desc.name) +
                                         "' has no argument for the barrier's state"};
  if (!status.ok())
    return status;
  VYRE_CU_ENTER(*this);
  const CudaKernel *kernel = nullptr;
  status = kernels.find(desc, sm, kernel);
  if (status.ok() && !stream.barrier.block)
    status = barriers.take(stream.barrier, stream.native);
  if (!status.ok())
    return status;
  LaunchArgs args(launch.args, desc.param_bytes);
  args.setLastPointer(stream.barrier.block);
  CUlaunchAttribute attribute = {};
  attribute.id = CU_LAUNCH_ATTRIBUTE_COOPERATIVE;
  attribute.value.cooperative = 1;
  CUlaunchConfig config = {blocks,
                           1,
                           1,
                           static_cast<unsigned>(launch.block_x),
                           static_cast<unsigned>(launch.block_y),
                           static_cast<unsigned>(launch.block_z),
                           static_cast<unsigned>(launch.dynamic_shared_bytes),
                           stream.native,
                           &attribute,
                           1};
  stream.startedPersistent.store(true, std::memory_order_release);
  stream.submitted();
  // In stream order before the launch; what follows these bytes is constant.
  VYRE_CU_TRY(cuMemsetD8Async, (stream.barrier.block, 0, VYRE_BARRIER_ABORT_OFFSET, stream.native),
              "for the state of a grid barrier");
  if (desc.flags & VYRE_KERNEL_NEIGHBOURS) {
    status = barriers.clearFlags(stream.barrier, blocks, stream.native);
    if (!status.ok())
      return status;
  }
  CUresult result = api.cuLaunchKernelEx(&config, kernel->function, nullptr, args.extra());
  if (result != CUDA_SUCCESS)
    return api.check(result, "cuLaunchKernelEx", describe(desc, launch));
  return {};
}

} // namespace vyre::rt::cuda
