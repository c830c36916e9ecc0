/* What device code and the device's runtime share of a live queue, beside the ring in
 * vyre_abi.h: the memory whose address is the ring's device_state word. The host never
 * reads or writes it while the resident kernel runs.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef VYRE_QUEUE_STATE_H
#define VYRE_QUEUE_STATE_H

#include "vyre_abi.h"

/* A header of 64-bit words, zero when the kernel starts, each on a cache line of its
 * own; then copies of the items, each where the ring has it. */
#define VYRE_QUEUE_STATE_BYTES (VYRE_QUEUE_HEADER_BYTES + VYRE_QUEUE_ITEMS * VYRE_QUEUE_ITEM_BYTES)
/* How many items there are for the blocks, counted from the ring's `first`, and
 * VYRE_QUEUE_LEAVE: the kernel leaves after them. */
#define VYRE_QUEUE_STATE_PUBLISHED_OFFSET 0
#define VYRE_QUEUE_LEAVE (UINT64_C(1) << 63)
/* How often a block has finished an item. */
#define VYRE_QUEUE_STATE_ARRIVED_OFFSET 128

#endif /* VYRE_QUEUE_STATE_H */
