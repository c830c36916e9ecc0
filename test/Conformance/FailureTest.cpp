// Kernels that trap: the launch fails, the process goes on.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <atomic>
#include <vector>

using namespace conformance;

namespace {

struct Numbers {
  volatile int64_t *data; // [0] dividend, [1] divisor, [2] result
};

// The faults are on purpose: sanitizers must leave them to the processor.
__attribute__((no_sanitize("undefined", "address"))) void divide(const void *args,
                                                                 vyre_host_ctx *) {
  auto *a = static_cast<const Numbers *>(args);
  a->data[2] = a->data[0] / a->data[1];
}

struct Address {
  int64_t *where;
};

__attribute__((no_sanitize("undefined", "address"))) void store(const void *args,
                                                                vyre_host_ctx *ctx) {
  auto *a = static_cast<const Address *>(args);
  for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block)
    *const_cast<volatile int64_t *>(a->where) = block;
}

// A trap names kernel, place and cause; later launches of the stream do not run.
TEST_F(HostKernels, TrapFailsTheLaunch) {
  Kernel trapping("trapping", [](const void *, vyre_host_ctx *) { __builtin_trap(); }, 0);
  Kernel storing("storing", store, sizeof(Address));
  ScopedStream stream;
  int64_t value = 77;
  EXPECT_EQ(run(trapping, 0, 1, 1, stream), VYRE_OK);
  EXPECT_EQ(run(storing, Address{&value}, 1, 1, stream), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
  EXPECT_EQ(failureText(stream), "kernel 'trapping' launched at suite.mlir:1:2: trap");
  EXPECT_EQ(value, 77);
  ASSERT_EQ(vyreRtStreamClearFailure(stream), VYRE_OK);
  EXPECT_EQ(run(storing, Address{&value}, 1, 1, stream), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
  EXPECT_EQ(value, 0);
}

// A division by zero fails the launch where the processor traps on it.
TEST_F(HostKernels, DivisionByZeroFailsTheLaunch) {
#if !defined(__x86_64__)
  GTEST_SKIP() << "this processor's integer division does not trap";
#endif
  Kernel kernel("dividing", divide, sizeof(Numbers));
  ScopedStream stream;
  int64_t data[3] = {1, 0, 5};
  EXPECT_EQ(run(kernel, Numbers{data}, 1, 1, stream), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
  EXPECT_EQ(failureText(stream),
            "kernel 'dividing' launched at suite.mlir:1:2: integer division by zero");
}

// So does a wild store, also in a launch that is shared between workers.
TEST_F(HostKernels, IllegalAddressFailsTheLaunch) {
  Kernel kernel("storing", store, sizeof(Address));
  for (int64_t blocks : {1, 5000}) {
    ScopedStream stream;
    EXPECT_EQ(run(kernel, Address{reinterpret_cast<int64_t *>(64)}, blocks, 1, stream), VYRE_OK);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_KERNEL_FAILED);
    EXPECT_EQ(failureText(stream),
              "kernel 'storing' launched at suite.mlir:1:2: illegal memory access at 0x40");
  }
}

struct Mixed {
  std::atomic<int64_t> *ran;
  double *sink;
  int64_t bad;
};

// One block of a long launch traps while workers run others: the launch fails
// once, nobody hangs, and the pool works afterwards.
TEST_F(HostKernels, TrapInASharedLaunch) {
  Kernel kernel(
      "mixed",
      [](const void *args, vyre_host_ctx *ctx) {
        auto *a = static_cast<const Mixed *>(args);
        for (int64_t block = ctx->block_begin; block != ctx->block_end; ++block) {
          double value = 1;
          for (int i = 0; i != 3000; ++i)
            value = value * 0.999 + double(block);
          a->sink[block] = value;
          if (block == a->bad)
            __builtin_trap();
          a->ran->fetch_add(1, std::memory_order_relaxed);
        }
      },
      sizeof(Mixed));
  std::vector<double> sink(2000);
  for (int64_t bad : {1999, 1000, 0, -1}) {
    ScopedStream stream;
    std::atomic<int64_t> ran{0};
    EXPECT_EQ(run(kernel, Mixed{&ran, sink.data(), bad}, 2000, 1, stream), VYRE_OK);
    EXPECT_EQ(vyreStreamSync(stream), bad < 0 ? VYRE_OK : VYRE_KERNEL_FAILED);
    EXPECT_EQ(ran.load() == 2000, bad < 0);
  }
}

// A failure that reaches another stream through an event stops that one too.
TEST_F(HostKernels, FailureFollowsEvents) {
  Kernel trapping("trapping", [](const void *, vyre_host_ctx *) { __builtin_trap(); }, 0);
  Kernel storing("storing", store, sizeof(Address));
  ScopedStream a, b;
  vyre_event event = vyreEventCreate();
  int64_t value = 77;
  EXPECT_EQ(run(trapping, 0, 1, 1, a), VYRE_OK);
  EXPECT_EQ(vyreEventRecord(event, a), VYRE_OK);
  EXPECT_EQ(vyreStreamWaitEvent(b, event), VYRE_OK);
  EXPECT_EQ(run(storing, Address{&value}, 1, 1, b), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(b), VYRE_KERNEL_FAILED);
  EXPECT_EQ(value, 77);
  vyreEventDestroy(event);
}

// A kernel with code for another device only is refused by name.
TEST_F(HostKernels, MissingCodeIsRefused) {
  Kernel kernel("tensor-core", nullptr, 0);
  ScopedStream stream;
  EXPECT_EQ(run(kernel, 0, 1, 1, stream), VYRE_UNAVAILABLE);
  EXPECT_EQ(failureText(stream),
            "kernel 'tensor-core' has no code for the host device; it needs a GPU");
}

} // namespace
