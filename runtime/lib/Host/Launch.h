// Running the blocks of one plain launch: alone, or shared with the pool.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_LAUNCH_H
#define VYRE_RT_HOST_LAUNCH_H

#include "Pool.h"

namespace vyre::rt::host {

// Grids of fewer threads are priced as if nobody shared them: the fastest kernels,
// at four threads a nanosecond, are done with so many before sharing begins. Errs
// to low prices of launches.
constexpr uint64_t leastSharedThreads = 16384;

// Runs all blocks and returns when they are done. state.recovery must be set:
// a trap leaves through it.
void runGrid(ExecState &state, Pool &pool, const KernelCall &call);

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_LAUNCH_H
