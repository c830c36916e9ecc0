// How tests steer the fake CUDA driver.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TEST_FAKECUDA_H
#define VYRE_TEST_FAKECUDA_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

/// What a kernel of the fake GPU sees: it runs once per launch, on the host.
struct FakeLaunch {
  unsigned grid[3], block[3], sharedBytes;
  bool cooperative;
  bool early;                // may start before the kernel in front has ended
  const unsigned char *args; // the packed record; null if passed by pointer
  size_t argBytes;
  void **params;
  void *stream;
};
using FakeKernel = void (*)(const FakeLaunch &launch);

struct FakeCuda {
  std::map<std::string, FakeKernel> kernels; // by name
  std::vector<std::string> calls;            // names of driver calls, in order
  int chip[2] = {9, 0};
  int devices = 1, processors = 4, blocksPerProcessor = 2;
  int memoryPools = 1, virtualMemory = 1;
  std::map<std::string, int> staticShared; // bytes by kernel; 0 if not named
  int imagesLoaded = 0;
  bool refuseUpdates = false;          // of graph nodes
  bool ignoreUpdates = false;          // they succeed and change nothing
  std::function<void()> synchronizing; // called in cuStreamSynchronize
  // Streams whose kernel does not end before this word of memory is nonzero
  // (null: ever).
  std::map<void *, const volatile uint32_t *> stuck;
  // True while a kernel runs in the stream beside the caller.
  std::function<bool(void *stream)> running;
};

/// The state behind the driver's functions. FAKE_CUDA_FAIL=NAME[:CODE] in the
/// environment makes every call of NAME fail, with CODE or 999.
extern "C" FakeCuda *fakeCuda();

#endif // VYRE_TEST_FAKECUDA_H
