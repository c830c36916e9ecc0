// The program heat-2d, written in CUDA by hand in three ways, to compare with:
//   plain       a launch per step
//   graph       the launches of all steps captured into a graph
//   persistent  one cooperative kernel with a grid barrier per step
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Usage: heat-2d plain|graph|persistent
// Prints what the program prints, and on stderr "loop_ns N": the time of the
// steps with their synchronization, after one warm-up of the same steps.
#include <chrono>
#include <cooperative_groups.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace cg = cooperative_groups;

constexpr int kSide = 128, kSteps = 100, kBlock = 16;

static void check(cudaError_t status, const char *what) {
  if (status == cudaSuccess)
    return;
  std::fprintf(stderr, "heat-2d: %s: %s\n", what, cudaGetErrorString(status));
  std::exit(1);
}

__device__ void updatePoint(const float *now, float *then, int i, int j) {
  const float *at = now + i * kSide + j;
  float sum = (at[-kSide] + at[kSide]) + (at[-1] + at[1]);
  then[i * kSide + j] = at[0] + 0.2f * (sum - 4.0f * at[0]);
}

__global__ void start(float *a, float *b) {
  int i = blockIdx.y * blockDim.y + threadIdx.y, j = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= kSide || j >= kSide)
    return;
  bool inside = i >= 48 && i < 80 && j >= 48 && j < 80;
  float value = j == 0 ? float(i) : inside ? 100.0f : 0.0f;
  a[i * kSide + j] = value;
  b[i * kSide + j] = value;
}

__global__ void step(const float *now, float *then) {
  int i = blockIdx.y * blockDim.y + threadIdx.y + 1, j = blockIdx.x * blockDim.x + threadIdx.x + 1;
  if (i < kSide - 1 && j < kSide - 1)
    updatePoint(now, then, i, j);
}

__global__ void allSteps(float *now, float *then) {
  cg::grid_group grid = cg::this_grid();
  constexpr int inner = kSide - 2;
  for (int t = 0; t < kSteps; ++t) {
    for (unsigned n = grid.thread_rank(); n < inner * inner; n += grid.size())
      updatePoint(now, then, n / inner + 1, n % inner + 1);
    grid.sync();
    float *swap = now;
    now = then;
    then = swap;
  }
}

/// The plate, and a way to make all steps on it.
struct Plate {
  float *a, *b;
  cudaStream_t stream;
  cudaGraphExec_t graph = nullptr;
  dim3 block{kBlock, kBlock}, grid{(kSide + kBlock - 1) / kBlock, (kSide + kBlock - 1) / kBlock};

  void reset() {
    start<<<grid, block, 0, stream>>>(a, b);
    check(cudaStreamSynchronize(stream), "start");
  }
  void launchSteps() {
    float *now = a, *then = b;
    for (int t = 0; t < kSteps; ++t, std::swap(now, then))
      step<<<grid, block, 0, stream>>>(now, then);
    check(cudaGetLastError(), "launch");
  }
  void record() {
    cudaGraph_t recorded;
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "capture");
    launchSteps();
    check(cudaStreamEndCapture(stream, &recorded), "capture");
    check(cudaGraphInstantiate(&graph, recorded, 0), "instantiate");
  }
  void launchPersistent() {
    int device = 0, processors = 0, perProcessor = 0;
    check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device), "query");
    check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&perProcessor, allSteps, kBlock * kBlock, 0),
          "occupancy");
    int needed = (kSide * kSide + kBlock * kBlock - 1) / (kBlock * kBlock);
    int resident = processors * perProcessor;
    void *arguments[] = {&a, &b};
    check(cudaLaunchCooperativeKernel((void *)allSteps, dim3(needed < resident ? needed : resident),
                                      dim3(kBlock * kBlock), arguments, 0, stream),
          "cooperative launch");
  }
  void run(const char *mode) {
    if (!std::strcmp(mode, "plain"))
      launchSteps();
    else if (!std::strcmp(mode, "graph"))
      check(cudaGraphLaunch(graph, stream), "graph launch");
    else
      launchPersistent();
    check(cudaStreamSynchronize(stream), "steps");
  }
};

static void print(const std::vector<float> &plate) {
  std::printf("Unranked Memref base@ = %p rank = 1 offset = 0 sizes = [8] strides = [1] data = \n[",
              static_cast<const void *>(plate.data()));
  for (int k = 0; k < 8; ++k)
    std::printf(k ? ",  %g" : "%g", plate[64 * kSide + 16 * k]);
  uint64_t hash = 0xcbf29ce484222325u;
  for (float value : plate) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    hash = (hash ^ bits) * 0x100000001b3u;
  }
  std::printf("]\nUnranked Memref base@ = %p rank = 1 offset = 0 sizes = [1] strides = [1] data = \n"
              "[%lld]\n",
              static_cast<void *>(&hash), static_cast<long long>(hash));
}

int main(int argc, char **argv) {
  const char *mode = argc == 2 ? argv[1] : "";
  if (std::strcmp(mode, "plain") && std::strcmp(mode, "graph") && std::strcmp(mode, "persistent")) {
    std::fprintf(stderr, "usage: heat-2d plain|graph|persistent\n");
    return 2;
  }
  Plate plate;
  size_t bytes = kSide * kSide * sizeof(float);
  check(cudaMalloc(&plate.a, bytes), "allocate");
  check(cudaMalloc(&plate.b, bytes), "allocate");
  check(cudaStreamCreate(&plate.stream), "stream");
  plate.reset();
  if (!std::strcmp(mode, "graph"))
    plate.record();
  plate.run(mode);
  plate.reset();
  auto begin = std::chrono::steady_clock::now();
  plate.run(mode);
  auto end = std::chrono::steady_clock::now();
  std::vector<float> result(kSide * kSide);
  // The number of steps is even: the last one wrote `a`.
  static_assert(kSteps % 2 == 0, "the result is in the first buffer");
  check(cudaMemcpy(result.data(), plate.a, bytes, cudaMemcpyDeviceToHost), "copy");
  print(result);
  std::fprintf(stderr, "loop_ns %lld\n",
               static_cast<long long>(
                   std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count()));
  return 0;
}
