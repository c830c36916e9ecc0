// Where a persistent kernel on CUDA finds its abort word.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_BARRIERSTATE_H
#define VYRE_RT_CUDA_BARRIERSTATE_H

#include <cstdint>

namespace vyre::rt::cuda {

/// Within the block of VYRE_BARRIER_STATE_BYTES that a persistent kernel gets:
/// the first half belongs to the barrier; at this offset lies a 32-bit word
/// that becomes nonzero when the launch is to end. On its own cache line, so
/// that polling it does not disturb the barrier.
constexpr uint64_t barrierAbortOffset = 64;

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_BARRIERSTATE_H
