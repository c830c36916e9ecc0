/* Fills, copies and reads back memory through the runtime's C interface.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "vyre-abi/vyre_abi.h"

#include <stdio.h>

enum { COUNT = 1000 };

int main(void) {
  if (vyreAbiCheck(VYRE_ABI_VERSION) != VYRE_OK) {
    fprintf(stderr, "the installed header and library differ in version\n");
    return 1;
  }
  vyre_stream stream = vyreStreamCreate();
  uint32_t *device = vyreAlloc(COUNT * sizeof(uint32_t), VYRE_MEMORY_DEVICE, stream);
  uint32_t host[COUNT] = {0};
  vyre_status status = vyreMemset(device, 42, sizeof(uint32_t), COUNT, stream);
  if (status == VYRE_OK)
    status = vyreMemcpy(host, device, sizeof host, stream);
  if (status == VYRE_OK)
    status = vyreStreamSync(stream);
  if (status != VYRE_OK) {
    fprintf(stderr, "runtime call failed with status %d\n", status);
    return 1;
  }
  uint64_t sum = 0;
  for (int i = 0; i < COUNT; ++i)
    sum += host[i];
  if (vyreFree(device, stream) != VYRE_OK)
    return 1;
  vyreStreamDestroy(stream);
  if (sum != 42u * COUNT) {
    fprintf(stderr, "read back a sum of %llu\n", (unsigned long long)sum);
    return 1;
  }
  return 0;
}
