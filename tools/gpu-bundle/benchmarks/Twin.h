// What the benchmarks' twins share: errors, start values, the hash, how they are
// timed, and recording into CUDA graphs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A twin is one of the benchmark programs by hand, in several forms. It prints the
// nanoseconds of each run on the host's clock, the first of which is a warm-up, and
// then a hash over the bits of its result: what the program prints. On stderr
// "event_ns N" is the same between CUDA events, of other runs, so that recording
// events costs the printed ones nothing.
// Exit code: 0 fine; 1 an error; 2 usage; 77 this machine cannot run the form, and
// the last line of stderr says why.
#ifndef VYRE_GPU_BUNDLE_TWIN_H
#define VYRE_GPU_BUNDLE_TWIN_H

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <cuda_runtime.h>
#include <functional>
#include <vector>

constexpr int kRuns = 9;
/// Launches in the body of a WHILE node. More of them share the price of a turn; the
/// steps must be a multiple, and the stencil needs an even number.
constexpr int kLaunchesPerTurn = 10;

inline void check(cudaError_t status, const char *what) {
  if (status == cudaSuccess)
    return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
  std::exit(1);
}

[[noreturn]] inline void cannotRun(const char *why) {
  std::fprintf(stderr, "%s\n", why);
  std::exit(77);
}

/// Compute capability as 90 for 9.0.
inline int capability() {
  int device = 0, major = 0, minor = 0;
  check(cudaGetDevice(&device), "device");
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "query");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), "query");
  return 10 * major + minor;
}

inline int driverVersion() {
  int version = 0;
  check(cudaDriverGetVersion(&version), "driver version");
  return version;
}

/// Blocks of `kernel` that are resident together, at most `wanted`.
template <typename KernelT> int residentBlocks(KernelT kernel, int threads, int wanted) {
  int device = 0, processors = 0, perProcessor = 0;
  check(cudaGetDevice(&device), "device");
  check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device), "query");
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&perProcessor, kernel, threads, 0),
        "occupancy");
  return std::min(wanted, processors * perProcessor);
}

static __global__ void startPoints(float *points, int rows, int cols) {
  int n = blockIdx.x * blockDim.x + threadIdx.x;
  if (n < rows * cols)
    points[n] = float((n / cols * 31 + n % cols * 17) % 101);
}

/// Two arrays of points on the device, the start values of the programs, and the hash.
struct Points {
  int rows, cols;
  float *a = nullptr, *b = nullptr;
  cudaStream_t stream = nullptr;

  Points(int rows, int cols) : rows(rows), cols(cols) {
    check(cudaMalloc(&a, bytes()), "allocate");
    check(cudaMalloc(&b, bytes()), "allocate");
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream");
  }
  size_t bytes() const { return size_t(rows) * size_t(cols) * sizeof(float); }
  void start() const {
    for (float *points : {a, b})
      startPoints<<<(rows * cols + 255) / 256, 256, 0, stream>>>(points, rows, cols);
    check(cudaGetLastError(), "start");
  }
  void synchronize() const { check(cudaStreamSynchronize(stream), "run"); }
  int64_t hash() const {
    std::vector<float> values(size_t(rows) * size_t(cols));
    check(cudaMemcpy(values.data(), a, bytes(), cudaMemcpyDeviceToHost), "copy");
    uint64_t value = 0xcbf29ce484222325u;
    for (float point : values) {
      uint32_t bits;
      std::memcpy(&bits, &point, sizeof bits);
      value = (value ^ bits) * 0x100000001b3u;
    }
    return int64_t(value);
  }
};

using Clock = std::chrono::steady_clock;

inline int64_t nanoseconds(Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

inline int64_t middleOf(std::vector<int64_t> values) {
  std::nth_element(values.begin(), values.begin() + long(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// The time of `run` on the device's clock.
inline int64_t timeWithEvents(const Points &points, const std::function<void()> &run) {
  cudaEvent_t begin, end;
  float milliseconds = 0;
  check(cudaEventCreate(&begin), "event");
  check(cudaEventCreate(&end), "event");
  check(cudaEventRecord(begin, points.stream), "event");
  run();
  check(cudaEventRecord(end, points.stream), "event");
  points.synchronize();
  check(cudaEventElapsedTime(&milliseconds, begin, end), "event");
  check(cudaEventDestroy(begin), "event");
  check(cudaEventDestroy(end), "event");
  return int64_t(double(milliseconds) * 1e6);
}

/// Runs and times `run`, which puts its work on the points' stream, and prints what a
/// twin prints. Everything is loaded and recorded before.
inline int measure(const Points &points, const std::function<void()> &run) {
  std::vector<int64_t> events;
  for (int number = 0; number != kRuns; ++number) {
    points.start();
    points.synchronize();
    events.push_back(timeWithEvents(points, run));
  }
  for (int number = 0; number != kRuns; ++number) {
    points.start();
    points.synchronize();
    auto begin = Clock::now();
    run();
    points.synchronize();
    std::printf("%" PRId64 "\n", nanoseconds(Clock::now() - begin));
  }
  std::printf("%" PRId64 "\n", points.hash());
  std::fprintf(stderr, "event_ns %" PRId64 "\n", middleOf(events));
  return 0;
}

// ---- Graphs -------------------------------------------------------------------------

/// Records what `launch` puts on the points' stream.
inline cudaGraphExec_t record(const Points &points, const std::function<void()> &launch) {
  cudaGraph_t graph;
  cudaGraphExec_t exec;
  check(cudaStreamBeginCapture(points.stream, cudaStreamCaptureModeThreadLocal), "capture");
  launch();
  check(cudaStreamEndCapture(points.stream, &graph), "capture");
  check(cudaGraphInstantiate(&exec, graph, 0), "instantiate");
  return exec;
}

inline void replay(const Points &points, cudaGraphExec_t exec) {
  check(cudaGraphLaunch(exec, points.stream), "graph launch");
}

/// Launches so that the kernel may start while the one before it still runs; it waits
/// with cudaGridDependencySynchronize. Before compute capability 9.0 there is no such.
template <typename... ParametersT, typename... ArgumentsT>
void launchOverlapped(void (*kernel)(ParametersT...), dim3 grid, dim3 block, cudaStream_t stream,
                      ArgumentsT... arguments) {
  cudaLaunchAttribute overlap = {};
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  overlap.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  config.attrs = &overlap;
  config.numAttrs = 1;
  check(cudaLaunchKernelEx(&config, kernel, arguments...), "overlapped launch");
}

/// Waits for the launch before, and lets the next one start. Only where the twin is
/// compiled for 9.0 or later; cannotOverlap() keeps the others away.
inline __device__ void waitForLaunchBefore() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
  cudaTriggerProgrammaticLaunchCompletion();
  cudaGridDependencySynchronize();
#endif
}

inline void needOverlap() {
  if (capability() < 90)
    cannotRun("programmatic dependent launch needs compute capability 9.0");
  if (driverVersion() < 12030)
    cannotRun("programmatic edges in a graph need a driver for CUDA 12.3");
}

// ---- A graph with a WHILE node ------------------------------------------------------

#if CUDART_VERSION >= 12040
#define VYRE_TWIN_HAS_WHILE 1
using LoopHandle = cudaGraphConditionalHandle;
#else
#define VYRE_TWIN_HAS_WHILE 0
using LoopHandle = unsigned long long;
#endif

/// Counts a turn of the loop; the last one ends it. For one thread of one kernel of
/// the body. A null counter: not in a loop.
inline __device__ void countTurn(unsigned *turnsLeft, LoopHandle handle) {
#if VYRE_TWIN_HAS_WHILE && defined(__CUDA_ARCH__)
  if (turnsLeft && --*turnsLeft == 0)
    cudaGraphSetConditional(handle, 0);
#endif
}

static __global__ void setTurns(unsigned *turnsLeft, unsigned turns) { *turnsLeft = turns; }

#if VYRE_TWIN_HAS_WHILE
inline void addNode(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after,
                    size_t count, cudaGraphNodeParams *params) {
#if CUDART_VERSION >= 13000
  check(cudaGraphAddNode(node, graph, after, nullptr, count, params), "node");
#else
  check(cudaGraphAddNode(node, graph, after, count, params), "node");
#endif
}
#endif

/// A graph that does `turns` times what `launchBody` puts on the points' stream, whose
/// last launch must count the turn.
inline cudaGraphExec_t
recordLoop(const Points &points, unsigned turns,
           const std::function<void(unsigned *turnsLeft, LoopHandle handle)> &launchBody) {
#if VYRE_TWIN_HAS_WHILE
  if (driverVersion() < 12040)
    cannotRun("the WHILE node needs a driver for CUDA 12.4");
  unsigned *turnsLeft;
  check(cudaMalloc(&turnsLeft, sizeof *turnsLeft), "allocate");
  cudaGraph_t graph;
  check(cudaGraphCreate(&graph, 0), "graph");
  cudaGraphConditionalHandle handle;
  check(cudaGraphConditionalHandleCreate(&handle, graph, 1, cudaGraphCondAssignDefault), "handle");

  void *arguments[] = {&turnsLeft, &turns};
  cudaGraphNodeParams set = {};
  set.type = cudaGraphNodeTypeKernel;
  set.kernel.func = reinterpret_cast<void *>(setTurns);
  set.kernel.gridDim = set.kernel.blockDim = dim3(1);
  set.kernel.kernelParams = arguments;
  cudaGraphNode_t setNode, loopNode;
  addNode(&setNode, graph, nullptr, 0, &set);

  cudaGraphNodeParams loop = {};
  loop.type = cudaGraphNodeTypeConditional;
  loop.conditional.handle = handle;
  loop.conditional.type = cudaGraphCondTypeWhile;
  loop.conditional.size = 1;
  addNode(&loopNode, graph, &setNode, 1, &loop);
  check(cudaStreamBeginCaptureToGraph(points.stream, loop.conditional.phGraph_out[0], nullptr,
                                      nullptr, 0, cudaStreamCaptureModeThreadLocal),
        "capture");
  launchBody(turnsLeft, handle);
  cudaGraph_t body;
  check(cudaStreamEndCapture(points.stream, &body), "capture");

  cudaGraphExec_t exec;
  check(cudaGraphInstantiate(&exec, graph, 0), "instantiate");
  return exec;
#else
  (void)points, (void)turns, (void)launchBody;
  cannotRun("the WHILE node needs the CUDA toolkit 12.4");
#endif
}

// ---- Meetings of blocks -------------------------------------------------------------

inline __device__ void addRelease(unsigned *word) {
  asm volatile("red.release.gpu.global.add.u32 [%0], 1;" ::"l"(word) : "memory");
}
inline __device__ void storeRelease(unsigned *word, unsigned value) {
  asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}
inline __device__ unsigned loadAcquire(const unsigned *word) {
  unsigned value;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
  return value;
}

/// A barrier of the grid; `arrivals` counts all blocks' arrivals since the launch and
/// is 0 before it, `due` how many this block waits for.
inline __device__ void meetGrid(unsigned *arrivals, unsigned &due) {
  due += gridDim.x;
  __syncthreads();
  if (threadIdx.x == 0) {
    addRelease(arrivals);
    while (int(loadAcquire(arrivals) - due) < 0) {
    }
  }
  __syncthreads();
}

#endif // VYRE_GPU_BUNDLE_TWIN_H
