// The program batch-10000 by hand: 10,000 independent launches of one block of 64
// threads.
//   plain       asynchronous launches on one stream
//   streams     the same, dealt out to 16 streams
//   graph       the launches of 16 streams, captured and replayed
//   one-launch  one kernel, whose blocks are the launches
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Twin.h"

constexpr int kItems = 10000, kThreads = 64, kStreams = 16;

__global__ void oneItem(const float *from, float *to, int item) {
  int n = item * kThreads + int(threadIdx.x);
  to[n] = from[n] * 0.999f + 1.0f;
}

__global__ void allItems(const float *from, float *to) {
  int n = int(blockIdx.x * blockDim.x + threadIdx.x);
  if (n < kItems * kThreads)
    to[n] = from[n] * 0.999f + 1.0f;
}

static void launchItems(const Points &p) {
  for (int item = 0; item < kItems; ++item)
    oneItem<<<1, kThreads, 0, p.stream>>>(p.b, p.a, item);
  check(cudaGetLastError(), "launch");
}

/// Streams that branch off the points' stream and come back to it.
class Fork {
public:
  Fork() {
    for (int n = 0; n < kStreams; ++n) {
      check(cudaStreamCreateWithFlags(&streams[n], cudaStreamNonBlocking), "stream");
      check(cudaEventCreateWithFlags(&ends[n], cudaEventDisableTiming), "event");
    }
    check(cudaEventCreateWithFlags(&begin, cudaEventDisableTiming), "event");
  }
  void launchItems(const Points &p) {
    check(cudaEventRecord(begin, p.stream), "event");
    for (cudaStream_t stream : streams)
      check(cudaStreamWaitEvent(stream, begin, 0), "fork");
    for (int item = 0; item < kItems; ++item)
      oneItem<<<1, kThreads, 0, streams[item % kStreams]>>>(p.b, p.a, item);
    check(cudaGetLastError(), "launch");
    for (int n = 0; n < kStreams; ++n) {
      check(cudaEventRecord(ends[n], streams[n]), "event");
      check(cudaStreamWaitEvent(p.stream, ends[n], 0), "join");
    }
  }

private:
  cudaStream_t streams[kStreams];
  cudaEvent_t begin, ends[kStreams];
};

int main(int argc, char **argv) {
  const char *form = argc == 2 ? argv[1] : "";
  auto is = [&](const char *name) { return std::strcmp(form, name) == 0; };
  Points p(kItems, kThreads);
  Fork fork;
  if (is("plain"))
    return measure(p, [&] { launchItems(p); });
  if (is("streams"))
    return measure(p, [&] { fork.launchItems(p); });
  if (is("graph")) {
    cudaGraphExec_t exec = record(p, [&] { fork.launchItems(p); });
    return measure(p, [&] { replay(p, exec); });
  }
  if (is("one-launch"))
    return measure(p, [&] {
      allItems<<<(kItems * kThreads + 255) / 256, 256, 0, p.stream>>>(p.b, p.a);
      check(cudaGetLastError(), "launch");
    });
  std::fprintf(stderr, "usage: batch-10000 plain|streams|graph|one-launch\n");
  return 2;
}
