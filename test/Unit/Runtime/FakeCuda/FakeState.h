// What the parts of the fake driver share: its state, and all of its functions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TEST_FAKESTATE_H
#define VYRE_TEST_FAKESTATE_H

#include "CUDA/DriverTypes.h"
#include "FakeCuda.h"

#include <cstdint>
#include <mutex>

namespace fakecuda {

using namespace vyre::rt::cuda;
using Hold = std::lock_guard<std::recursive_mutex>;

extern FakeCuda state;
extern std::recursive_mutex lock; // of the state and of all tables

/// Logs a call; the failure that is planted for it, or CUDA_SUCCESS.
CUresult enter(const char *name);
#define ENTER(name)                                                                                \
  if (CUresult failure = enter(#name))                                                             \
  return failure

// The driver's functions, defined in the part that each belongs to.
#define VYRE_CU(name, version, parameters) CUresult name parameters;
#define VYRE_CU_OPTIONAL(name, version, parameters) CUresult name parameters;
#include "CUDA/Driver.def"
#undef VYRE_CU
#undef VYRE_CU_OPTIONAL

} // namespace fakecuda

#endif // VYRE_TEST_FAKESTATE_H
