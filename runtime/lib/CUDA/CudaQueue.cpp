// The resident kernels of live queues: their start, and waiting for what they do.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// While one runs, its owner's pushes and waits touch the ring and ask the stream how it
// is, and call nothing of the driver that might wait for the device.
#include "Core/Process.h"
#include "CudaDevice.h"
#include "vyre-abi/vyre_queue_state.h"

#include <chrono>
#include <thread>

namespace vyre::rt::cuda {

Status CudaDevice::createQueueRing(Stream &generic, std::unique_ptr<QueueRing> &ring) {
  if (!cooperative)
    return {VYRE_UNAVAILABLE, name() + " starts no cooperative kernels"};
  VYRE_CU_ENTER(*this);
  QueueMemory memory;
  Status status = queues->take(memory);
  if (!status.ok())
    return status;
  auto made = std::make_unique<CudaRing>(memory, queues);
  of(generic).ring = made.get();
  ring = std::move(made);
  return {};
}

Status CudaDevice::startQueue(const vyre_queue_desc &queue, QueueRing &generic, Stream &onStream) {
  CudaStream &stream = of(onStream);
  auto &ring = static_cast<CudaRing &>(generic);
  if (!queue.resident)
    return {VYRE_UNAVAILABLE, "it was compiled for the host only; compile for cuda or fat"};
  struct {
    CUdeviceptr ring, barrier;
  } args = {ring.shared.ringAddress, 0};
  if (queue.resident->param_bytes != sizeof(args))
    return {VYRE_INVALID_ARGUMENT, "a resident kernel takes the address of its queue alone"};
  // Whoever finds that the kernel has left starts it again, so this may be any thread.
  std::shared_lock<std::shared_mutex> alive(stream.life);
  if (stream.closed.load(std::memory_order_acquire))
    return {VYRE_INTERNAL, "a live queue was started on a stream that is gone"};
  VYRE_CU_ENTER(*this);
  vyre_launch_desc launch = {};
  launch.struct_size = sizeof(launch);
  launch.version = VYRE_ABI_VERSION;
  launch.grid_x = launch.grid_y = launch.grid_z = 1;
  launch.block_x = queue.block_threads;
  launch.block_y = launch.block_z = 1;
  launch.dynamic_shared_bytes = queue.shared_bytes;
  launch.args = &args;
  launch.location = queue.location;
  launch.max_blocks = queue.max_blocks;
  stream.submitted();
  VYRE_CU_TRY(cuMemsetD8Async, (ring.shared.state, 0, VYRE_QUEUE_HEADER_BYTES, stream.native),
              "for the state of a live queue");
  // Loads the kernel before it starts it: the next chance to load is after its end.
  return launchPersistent(*queue.resident, launch, stream);
}

Status CudaDevice::awaitQueue(QueueRing &ring, Stream &generic, uint64_t item, uint64_t stalledNs) {
  using Clock = std::chrono::steady_clock;
  // An item takes a few microseconds to run and be reported: worth a spin. After that
  // the core is worth more than the delay.
  constexpr std::chrono::microseconds spin(50), pause(20), limit(1000);
  auto isOver = [&] {
    return ring.done().load(std::memory_order_acquire) >= item ||
           ring.left().load(std::memory_order_acquire) != 0;
  };
  for (auto begin = Clock::now(); !isOver();) {
    auto waited = Clock::now() - begin;
    if (waited > limit)
      break;
    if (waited > spin)
      std::this_thread::sleep_for(pause);
    else
      std::this_thread::yield();
  }
  if (isOver())
    return {};
  CudaStream &stream = of(generic);
  std::shared_lock<std::shared_mutex> alive(stream.life);
  if (stream.closed.load(std::memory_order_acquire))
    return stream.failure();
  VYRE_CU_ENTER(*this);
  CUresult result = api.cuStreamQuery(stream.native);
  if (result == CUDA_ERROR_NOT_READY) {
    uint64_t limitMs = Process::get().options().timeoutMs;
    return limitMs == 0 || stalledNs / 1000000 < limitMs ? Status() : endLateKernel(stream);
  }
  Status status = api.check(result, "cuStreamQuery", "while waiting for a live queue");
  if (!status.ok() || isOver())
    return status;
  return stream.failed()
             ? stream.failure()
             : Status(VYRE_INTERNAL, "the resident kernel of a live queue ended before its items");
}

} // namespace vyre::rt::cuda
