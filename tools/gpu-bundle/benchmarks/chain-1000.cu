// The program chain-1000 by hand: 1,000 launches of one block of 64 threads, each of
// which depends on the one before.
//   plain        asynchronous launches on one stream
//   graph        the same, captured and replayed
//   graph-pdl    the same with programmatic dependent launch
//   while        a graph with a WHILE node
//   cooperative  one kernel, which meets at a grid barrier after each step
//   registers    one kernel that keeps its values in registers
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Twin.h"

constexpr int kSteps = 1000, kThreads = 64;

__device__ float update(float value) { return value * 0.999f + 1.0f; }

__global__ void step(float *points, unsigned *turnsLeft, LoopHandle handle) {
  points[threadIdx.x] = update(points[threadIdx.x]);
  if (threadIdx.x == 0)
    countTurn(turnsLeft, handle);
}

__global__ void stepOverlapped(float *points) {
  waitForLaunchBefore();
  points[threadIdx.x] = update(points[threadIdx.x]);
}

__global__ void allSteps(float *points, unsigned *arrivals) {
  unsigned due = 0;
  for (int t = 0; t < kSteps; ++t) {
    points[threadIdx.x] = update(points[threadIdx.x]);
    meetGrid(arrivals, due);
  }
}

__global__ void allStepsInRegisters(float *points) {
  float value = points[threadIdx.x];
  for (int t = 0; t < kSteps; ++t)
    value = update(value);
  points[threadIdx.x] = value;
}

/// The launches of `count` steps; the last one counts a turn of a loop, if there is one.
static void launchSteps(const Points &p, int count, unsigned *turnsLeft = nullptr,
                        LoopHandle handle = {}) {
  for (int t = 0; t < count; ++t)
    step<<<1, kThreads, 0, p.stream>>>(p.a, t + 1 == count ? turnsLeft : nullptr, handle);
  check(cudaGetLastError(), "launch");
}

static int runCooperative(const Points &p) {
  unsigned *arrivals;
  check(cudaMalloc(&arrivals, sizeof *arrivals), "allocate");
  float *points = p.a;
  return measure(p, [&] {
    check(cudaMemsetAsync(arrivals, 0, sizeof *arrivals, p.stream), "clear");
    void *arguments[] = {&points, &arrivals};
    check(cudaLaunchCooperativeKernel(reinterpret_cast<void *>(allSteps), dim3(1), dim3(kThreads),
                                      arguments, 0, p.stream),
          "cooperative launch");
  });
}

static int runGraph(const Points &p, cudaGraphExec_t exec) {
  return measure(p, [&] { replay(p, exec); });
}

int main(int argc, char **argv) {
  const char *form = argc == 2 ? argv[1] : "";
  auto is = [&](const char *name) { return std::strcmp(form, name) == 0; };
  Points p(1, kThreads);
  if (is("plain"))
    return measure(p, [&] { launchSteps(p, kSteps); });
  if (is("graph"))
    return runGraph(p, record(p, [&] { launchSteps(p, kSteps); }));
  if (is("graph-pdl")) {
    needOverlap();
    return runGraph(p, record(p, [&] {
                      for (int t = 0; t < kSteps; ++t)
                        launchOverlapped(stepOverlapped, dim3(1), dim3(kThreads), p.stream, p.a);
                    }));
  }
  if (is("while"))
    return runGraph(
        p, recordLoop(p, kSteps / kLaunchesPerTurn, [&](unsigned *turnsLeft, LoopHandle handle) {
          launchSteps(p, kLaunchesPerTurn, turnsLeft, handle);
        }));
  if (is("cooperative"))
    return runCooperative(p);
  if (is("registers"))
    return measure(p, [&] {
      allStepsInRegisters<<<1, kThreads, 0, p.stream>>>(p.a);
      check(cudaGetLastError(), "launch");
    });
  std::fprintf(stderr, "usage: chain-1000 plain|graph|graph-pdl|while|cooperative|registers\n");
  return 2;
}
