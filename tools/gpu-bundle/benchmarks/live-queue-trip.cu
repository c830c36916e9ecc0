// The program live-queue-trip by hand: live-queue-submit.cu, waiting for each item.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define VYRE_TWIN_TRIP
#include "live-queue-submit.cu"
