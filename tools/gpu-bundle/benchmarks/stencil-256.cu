// The program stencil-256 by hand: 1,000 steps of a stencil on 256 x 256 points.
//   plain        asynchronous launches on one stream
//   graph        the same, captured and replayed
//   graph-pdl    the same with programmatic dependent launch
//   while        a graph with a WHILE node
//   cooperative  one kernel, which meets at a grid barrier after each step
//   neighbours   one kernel, whose blocks wait for those beside them
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Twin.h"

constexpr int kSide = 256, kSteps = 1000, kWidth = 32, kHeight = 8;
/// Of the kernels that stay: a thread for each column, two rows for each block.
constexpr int kThreads = kSide, kRowsPerBlock = 2, kInner = kSide - 2;
/// Flags of different blocks are this many words apart, a sector of the L2 cache.
constexpr int kFlagWords = 8;

__device__ void updatePoint(const float *now, float *then, int i, int j) {
  const float *at = now + i * kSide + j;
  float sum = (at[-kSide] + at[kSide]) + (at[-1] + at[1]);
  then[i * kSide + j] = at[0] + 0.2f * (sum - 4.0f * at[0]);
}

__device__ void updateOwnPoint(const float *now, float *then) {
  int i = int(blockIdx.y * kHeight + threadIdx.y) + 1,
      j = int(blockIdx.x * kWidth + threadIdx.x) + 1;
  if (i <= kInner && j <= kInner)
    updatePoint(now, then, i, j);
}

__global__ void step(const float *now, float *then, unsigned *turnsLeft, LoopHandle handle) {
  updateOwnPoint(now, then);
  if (blockIdx.x + blockIdx.y + threadIdx.x + threadIdx.y == 0)
    countTurn(turnsLeft, handle);
}

__global__ void stepOverlapped(const float *now, float *then) {
  waitForLaunchBefore();
  updateOwnPoint(now, then);
}

/// Updates this block's share of the rows.
__device__ void updateRows(const float *now, float *then) {
  int block = int(blockIdx.x), blocks = int(gridDim.x), j = int(threadIdx.x);
  int end = 1 + kInner * (block + 1) / blocks;
  for (int i = 1 + kInner * block / blocks; i < end && j >= 1 && j <= kInner; ++i)
    updatePoint(now, then, i, j);
}

__global__ void allSteps(float *now, float *then, unsigned *arrivals) {
  unsigned due = 0;
  for (int t = 0; t < kSteps; ++t) {
    updateRows(now, then);
    meetGrid(arrivals, due);
    float *swap = now;
    now = then;
    then = swap;
  }
}

__global__ void allStepsOfNeighbours(float *now, float *then, unsigned *flags) {
  int neighbour = int(blockIdx.x) + (threadIdx.x == 0 ? -1 : 1);
  bool waits = threadIdx.x < 2 && neighbour >= 0 && neighbour < int(gridDim.x);
  for (int t = 0; t < kSteps; ++t) {
    updateRows(now, then);
    __syncthreads();
    if (threadIdx.x == 0)
      storeRelease(flags + blockIdx.x * kFlagWords, unsigned(t + 1));
    if (waits) {
      while (int(loadAcquire(flags + neighbour * kFlagWords)) < t + 1) {
      }
    }
    __syncthreads();
    float *swap = now;
    now = then;
    then = swap;
  }
}

static dim3 grid() {
  return dim3((kInner + kWidth - 1) / kWidth, (kInner + kHeight - 1) / kHeight);
}

/// The launches of `count` steps; the last one counts a turn of a loop, if there is one.
static void launchSteps(const Points &p, int count, unsigned *turnsLeft = nullptr,
                        LoopHandle handle = {}) {
  for (int t = 0; t < count; ++t)
    step<<<grid(), dim3(kWidth, kHeight), 0, p.stream>>>(
        t % 2 ? p.b : p.a, t % 2 ? p.a : p.b, t + 1 == count ? turnsLeft : nullptr, handle);
  check(cudaGetLastError(), "launch");
}
static_assert(kSteps % 2 == 0 && kLaunchesPerTurn % 2 == 0, "the result is in the first array");

static void launchOverlappedSteps(const Points &p) {
  for (int t = 0; t < kSteps; ++t)
    launchOverlapped(stepOverlapped, grid(), dim3(kWidth, kHeight), p.stream, t % 2 ? p.b : p.a,
                     t % 2 ? p.a : p.b);
}

/// Runs a kernel that stays; `words` of zero are its state.
template <typename KernelT> static int runResident(const Points &p, KernelT kernel, size_t words) {
  unsigned *state;
  check(cudaMalloc(&state, words * sizeof *state), "allocate");
  int blocks = residentBlocks(kernel, kThreads, kInner / kRowsPerBlock);
  float *now = p.a, *then = p.b;
  return measure(p, [&] {
    check(cudaMemsetAsync(state, 0, words * sizeof *state, p.stream), "clear");
    void *arguments[] = {&now, &then, &state};
    check(cudaLaunchCooperativeKernel(reinterpret_cast<void *>(kernel), dim3(unsigned(blocks)),
                                      dim3(kThreads), arguments, 0, p.stream),
          "cooperative launch");
  });
}

static int runGraph(const Points &p, cudaGraphExec_t exec) {
  return measure(p, [&] { replay(p, exec); });
}

int main(int argc, char **argv) {
  const char *form = argc == 2 ? argv[1] : "";
  auto is = [&](const char *name) { return std::strcmp(form, name) == 0; };
  Points p(kSide, kSide);
  if (is("plain"))
    return measure(p, [&] { launchSteps(p, kSteps); });
  if (is("graph"))
    return runGraph(p, record(p, [&] { launchSteps(p, kSteps); }));
  if (is("graph-pdl")) {
    needOverlap();
    return runGraph(p, record(p, [&] { launchOverlappedSteps(p); }));
  }
  if (is("while"))
    return runGraph(
        p, recordLoop(p, kSteps / kLaunchesPerTurn, [&](unsigned *turnsLeft, LoopHandle handle) {
          launchSteps(p, kLaunchesPerTurn, turnsLeft, handle);
        }));
  if (is("cooperative"))
    return runResident(p, allSteps, 1);
  if (is("neighbours"))
    return runResident(p, allStepsOfNeighbours, size_t(kInner / kRowsPerBlock) * kFlagWords);
  std::fprintf(stderr, "usage: stencil-256 plain|graph|graph-pdl|while|cooperative|neighbours\n");
  return 2;
}
