// What the executor of a host stream does for the items that are not launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_ITEMS_H
#define VYRE_RT_HOST_ITEMS_H

#include "Device.h"

namespace vyre::rt::host {

void fillMemory(void *dst, uint64_t value, uint32_t elementBytes, uint64_t count);

// Strides are in elements; any rank, 0 included (one element).
void copyStrided(const StridedCopy &copy);

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_ITEMS_H
