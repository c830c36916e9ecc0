// Stands in for the CUDA device in a runtime that was built without it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Device.h"

namespace vyre::rt {

int cudaDeviceCount(std::string &why) {
  why = "this runtime was built without CUDA support";
  return 0;
}

Status createCudaDevice(int, std::unique_ptr<Device> &) {
  return {VYRE_UNAVAILABLE, "this runtime was built without CUDA support"};
}

} // namespace vyre::rt
