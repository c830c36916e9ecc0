// Measures what launching costs on this host device.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_MEASURE_H
#define VYRE_RT_HOST_MEASURE_H

#include "Device.h"

namespace vyre::rt::host {

// Takes about a millisecond. Uses a stream of its own.
Status measureHost(Device &device, DeviceCosts &costs);

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_MEASURE_H
