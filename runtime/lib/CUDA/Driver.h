// The CUDA driver, found at run time: a machine without it is an ordinary case.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_DRIVER_H
#define VYRE_RT_CUDA_DRIVER_H

#include "Core/Status.h"
#include "DriverTypes.h"

#include <string>

namespace vyre::rt::cuda {

/// The driver's functions, by their own names.
class Driver {
public:
#define VYRE_CU(name, version, parameters) CUresult(*name) parameters = nullptr;
#define VYRE_CU_OPTIONAL(name, version, parameters) VYRE_CU(name, version, parameters)
#include "Driver.def"
#undef VYRE_CU
#undef VYRE_CU_OPTIONAL

  /// Loads `library` and initializes the driver in it. The library stays
  /// loaded. VYRE_UNAVAILABLE, with the reason, if it is not there, too old or
  /// without a usable GPU.
  static Status load(const std::string &library, Driver &driver);

  /// The process's driver: libcuda.so.1, or what VYRE_CUDA_DRIVER names. Null
  /// when it cannot be used; `why` then says the reason. Only success is kept:
  /// asking again after a failure tries again.
  static const Driver *get(Status &why);

  /// Ok, or the failure of the driver call `call`: its name and text, and
  /// `doing`, which continues the sentence ("while copying 4 bytes").
  Status check(CUresult result, const char *call, const std::string &doing = {}) const;
};

/// What a driver's result means for the program.
vyre_status statusCode(CUresult result);

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_DRIVER_H
