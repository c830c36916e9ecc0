// The programs live-queue-submit and live-queue-trip by hand: the host computes an
// argument per item, and a kernel that is already running does the items in order.
//   plain  a launch per item
//   queue  a ring in mapped memory, one resident block that polls it
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The nanoseconds are of 200 items (Twin.h): to hand them over without waiting, or with
// VYRE_TWIN_TRIP one at a time, until the host sees that each is done. No CUDA events:
// a resident kernel has none.
#include "Twin.h"

constexpr int kItems = 200, kThreads = 64;
#ifdef VYRE_TWIN_TRIP
constexpr bool kWaits = true;
#else
constexpr bool kWaits = false;
#endif
constexpr unsigned kCapacity = 256;
constexpr uint64_t kPatienceNs = 10'000'000'000;

enum Kind : unsigned { kStep, kStart, kStop };

struct Item {
  unsigned kind;
  float argument;
};

/// In host memory that is mapped into the device's. Each side writes its own line.
struct Ring {
  alignas(128) unsigned tail;      ///< Items submitted; the host's.
  alignas(128) unsigned completed; ///< Items done; the device's.
  alignas(128) Item items[kCapacity];
};

__device__ unsigned loadAcquireSystem(const unsigned *word) {
  unsigned value;
  asm volatile("ld.acquire.sys.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
  return value;
}
__device__ void storeReleaseSystem(unsigned *word, unsigned value) {
  asm volatile("st.release.sys.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}
__device__ uint64_t now() {
  uint64_t value;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(value));
  return value;
}

__device__ void doItem(float *points, unsigned kind, float argument) {
  float &point = points[threadIdx.x];
  point = kind == kStart ? float(threadIdx.x * 17 % 101) : point * 0.999f + argument;
}

__global__ void oneItem(float *points, unsigned kind, float argument) {
  doItem(points, kind, argument);
}

/// Waits for items after `next`; gives the new tail, or `next` if the host seems dead.
__device__ unsigned waitForItems(const Ring *ring, unsigned next) {
  uint64_t since = now();
  unsigned tail, polls = 0;
  while ((tail = loadAcquireSystem(&ring->tail)) == next) {
    if (++polls > 10000)
      __nanosleep(1000);
    if (now() - since > kPatienceNs)
      break;
  }
  return tail;
}

__global__ void resident(float *points, Ring *ring) {
  __shared__ unsigned end;
  __shared__ Item fetched[kThreads];
  unsigned next = 0;
  while (true) {
    if (threadIdx.x == 0)
      end = waitForItems(ring, next);
    __syncthreads();
    unsigned count = min(end - next, unsigned(kThreads));
    if (count == 0)
      return;
    // Each thread fetches an item: one trip over the bus for all of them.
    if (threadIdx.x < count) {
      const volatile Item &item = ring->items[(next + threadIdx.x) % kCapacity];
      fetched[threadIdx.x].kind = item.kind;
      fetched[threadIdx.x].argument = item.argument;
    }
    __syncthreads();
    bool stops = false;
    for (unsigned n = 0; n < count && !stops; ++n) {
      stops = fetched[n].kind == kStop;
      if (!stops)
        doItem(points, fetched[n].kind, fetched[n].argument);
    }
    next += count;
    __syncthreads();
    if (threadIdx.x == 0)
      storeReleaseSystem(&ring->completed, next);
    if (stops)
      return;
  }
}

/// A launch per item.
class Launches {
public:
  explicit Launches(const Points &p) : p(p) {}
  void push(unsigned kind, float argument) {
    oneItem<<<1, kThreads, 0, p.stream>>>(p.a, kind, argument);
  }
  void drain() {
    check(cudaGetLastError(), "launch");
    p.synchronize();
  }
  void stop() {}

private:
  const Points &p;
};

/// The ring's side of the host.
class Queue {
public:
  explicit Queue(const Points &p) : p(p) {
    check(cudaHostAlloc(&ring, sizeof *ring, cudaHostAllocMapped), "allocate");
    std::memset(static_cast<void *>(ring), 0, sizeof *ring);
    Ring *onDevice;
    check(cudaHostGetDevicePointer(&onDevice, ring, 0), "map");
    resident<<<1, kThreads, 0, p.stream>>>(p.a, onDevice);
    check(cudaGetLastError(), "launch");
  }
  void push(unsigned kind, float argument) {
    if (tail - known == kCapacity)
      waitFor(tail - kCapacity + 1);
    ring->items[tail % kCapacity] = {kind, argument};
    __atomic_store_n(&ring->tail, ++tail, __ATOMIC_RELEASE);
  }
  void drain() { waitFor(tail); }
  void stop() {
    push(kStop, 0);
    p.synchronize();
  }

private:
  /// Waits until `count` items, counted from the start, are done.
  void waitFor(unsigned count) {
    auto begin = Clock::now();
    for (unsigned polls = 1;
         int((known = __atomic_load_n(&ring->completed, __ATOMIC_ACQUIRE)) - count) < 0; ++polls)
      if (polls % 4096 == 0 && nanoseconds(Clock::now() - begin) > int64_t(kPatienceNs)) {
        std::fprintf(stderr, "the resident kernel does not answer\n");
        std::exit(1);
      }
  }

  const Points &p;
  Ring *ring = nullptr;
  unsigned tail = 0, known = 0;
};

/// The program looks at the clock for each item, so the twin does.
static float argumentOf(int item) {
  return Clock::now().time_since_epoch().count() < 0 ? 0.0f : float(item * 7 % 13);
}

template <typename QueueT> static int measureQueue(const Points &p) {
  QueueT queue(p);
  for (int number = 0; number != kRuns; ++number) {
    queue.push(kStart, 0);
    queue.drain();
    auto begin = Clock::now();
    for (int item = 0; item < kItems; ++item) {
      queue.push(kStep, argumentOf(item));
      if (kWaits)
        queue.drain();
    }
    auto took = Clock::now() - begin;
    queue.drain();
    std::printf("%" PRId64 "\n", nanoseconds(took));
  }
  queue.stop();
  std::printf("%" PRId64 "\n", p.hash());
  return 0;
}

int main(int argc, char **argv) {
  const char *form = argc == 2 ? argv[1] : "";
  Points p(1, kThreads);
  p.start();
  p.synchronize();
  if (std::strcmp(form, "plain") == 0)
    return measureQueue<Launches>(p);
  if (std::strcmp(form, "queue") == 0)
    return measureQueue<Queue>(p);
  std::fprintf(stderr, "usage: live-queue-submit plain|queue\n");
  return 2;
}
