// The baselines of the persistent benchmarks, by hand: a team of threads that stays,
// spins for work and meets at barriers. Also plain OpenMP.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Usage: persistent-twins chain|batch|triangle|kept|stencil std|spin|openmp
// Prints what the programs beside it print.
#include <atomic>
#include <barrier>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

constexpr int runs = 9;

/// A reusable barrier whose waiters spin.
class SpinBarrier {
public:
  explicit SpinBarrier(int threads) : threads(threads) {}
  void arrive_and_wait() {
    uint32_t mine = generation.load(std::memory_order_relaxed);
    if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == threads) {
      arrived.store(0, std::memory_order_relaxed);
      generation.store(mine + 1, std::memory_order_release);
      return;
    }
    while (generation.load(std::memory_order_acquire) == mine)
      __builtin_ia32_pause();
  }

private:
  const int threads;
  alignas(64) std::atomic<int> arrived{0};
  alignas(64) std::atomic<uint32_t> generation{0};
};

struct Points {
  int64_t rows, cols;
  std::vector<float> a, b;

  Points(int64_t rows, int64_t cols)
      : rows(rows), cols(cols), a(size_t(rows * cols)), b(size_t(rows * cols)) {}
  void start() {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < cols; ++j)
        a[size_t(i * cols + j)] = b[size_t(i * cols + j)] = float(int32_t((i * 31 + j * 17) % 101));
  }
  uint64_t hash() const {
    uint64_t value = 0xcbf29ce484222325u;
    for (float point : a) {
      uint32_t bits;
      std::memcpy(&bits, &point, sizeof bits);
      value = (value ^ bits) * 0x100000001b3u;
    }
    return value;
  }
};

static void chainLaunch(float *__restrict m) {
  for (int64_t j = 0; j < 64; ++j)
    m[j] = m[j] * 0.999f + 1.0f;
}

static void batchItem(const float *__restrict from, float *__restrict to) {
  for (int64_t j = 0; j < 64; ++j)
    to[j] = from[j] * 0.999f + 1.0f;
}

/// Launch t takes t steps a point.
static void triangleItem(const float *from, float *to, int64_t t) {
  for (int64_t j = 0; j < 64; ++j) {
    float x = from[j];
    for (int64_t k = 0; k < t; ++k)
      x = x * 0.999f + 1.0f;
    to[j] = x;
  }
}

/// Items that nobody has begun: each claim takes a part of those left.
class Claims {
public:
  void start(int64_t items) { next.store(items); }
  /// The range [begin, end); empty if there is no more.
  std::pair<int64_t, int64_t> take(int64_t members) {
    int64_t left = next.load(std::memory_order_relaxed), begin;
    do
      begin = left - (left + 4 * members - 1) / (4 * members);
    while (left > 0 && !next.compare_exchange_weak(left, begin, std::memory_order_relaxed));
    return left > 0 ? std::pair(begin, left) : std::pair(int64_t(0), int64_t(0));
  }

private:
  alignas(64) std::atomic<int64_t> next{0}; // From the last, which is the dearest.
};
static Claims claims;

/// One launch's block of threads.
static void keptBlock(float *__restrict to, const float *__restrict from) {
  for (int64_t j = 0; j < 256; ++j)
    to[j] = to[j] * 0.999f + from[j];
}

static void stencilRow(const float *__restrict now, float *__restrict then, int64_t i, int64_t n) {
  for (int64_t j = 1; j < n - 1; ++j) {
    float c = now[i * n + j];
    float ns = now[(i - 1) * n + j] + now[(i + 1) * n + j];
    float we = now[i * n + j - 1] + now[i * n + j + 1];
    then[i * n + j] = c + 0.2f * ((ns + we) - 4.0f * c);
  }
}

/// One member's part of a run. The compiler must not merge two launches into one.
template <typename Barrier>
static void work(const std::string &what, Points &p, int member, int members, Barrier &barrier) {
  if (what == "chain") {
    for (int t = 0; member == 0 && t < 1000; ++t) {
      chainLaunch(p.a.data());
      asm volatile("" ::: "memory");
    }
  } else if (what == "batch") {
    for (int64_t t = p.rows * member / members; t < p.rows * (member + 1) / members; ++t)
      batchItem(&p.b[size_t(t * 64)], &p.a[size_t(t * 64)]);
  } else if (what == "triangle") {
    for (auto range = claims.take(members); range.first != range.second;
         range = claims.take(members))
      for (int64_t t = range.first; t < range.second; ++t)
        triangleItem(&p.b[size_t(t * 64)], &p.a[size_t(t * 64)], t);
  } else if (what == "kept") {
    int64_t blocks = p.cols / 256;
    for (int64_t b = blocks * member / members; b < blocks * (member + 1) / members; ++b)
      for (int t = 0; t < 1000; ++t) {
        keptBlock(&p.a[size_t(b * 256)], &p.b[size_t(b * 256)]);
        asm volatile("" ::: "memory");
      }
  } else {
    float *now = p.a.data(), *then = p.b.data();
    int64_t inner = p.rows - 2;
    for (int t = 0; t < 1000; ++t) {
      for (int64_t i = 1 + inner * member / members; i < 1 + inner * (member + 1) / members; ++i)
        stencilRow(now, then, i, p.cols);
      barrier.arrive_and_wait();
      std::swap(now, then);
    }
  }
}

static void openmp(const std::string &what, Points &p) {
  if (what == "chain") {
    for (int t = 0; t < 1000; ++t) {
#pragma omp parallel for schedule(static)
      for (int block = 0; block < 1; ++block)
        chainLaunch(p.a.data());
    }
  } else if (what == "batch") {
#pragma omp parallel for schedule(static)
    for (int64_t t = 0; t < p.rows; ++t)
      batchItem(&p.b[size_t(t * 64)], &p.a[size_t(t * 64)]);
  } else if (what == "triangle") {
#pragma omp parallel for schedule(dynamic, 4)
    for (int64_t t = 0; t < p.rows; ++t)
      triangleItem(&p.b[size_t(t * 64)], &p.a[size_t(t * 64)], t);
  } else if (what == "kept") {
    for (int t = 0; t < 1000; ++t) {
#pragma omp parallel for schedule(static)
      for (int64_t b = 0; b < p.cols / 256; ++b)
        keptBlock(&p.a[size_t(b * 256)], &p.b[size_t(b * 256)]);
    }
  } else {
    float *now = p.a.data(), *then = p.b.data();
    for (int t = 0; t < 1000; ++t) {
#pragma omp parallel for schedule(static)
      for (int64_t i = 1; i < p.rows - 1; ++i)
        stencilRow(now, then, i, p.cols);
      std::swap(now, then);
    }
  }
}

template <typename RunT> static void measure(Points &p, RunT run) {
  for (int number = 0; number != runs; ++number) {
    p.start();
    claims.start(p.rows);
    auto begin = std::chrono::steady_clock::now();
    run();
    auto end = std::chrono::steady_clock::now();
    std::printf("%" PRId64 "\n",
                int64_t(std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count()));
  }
  std::printf("%" PRId64 "\n", int64_t(p.hash()));
}

template <typename Barrier> static void persistent(const std::string &what, Points &p) {
  int members = int(std::max(1u, std::thread::hardware_concurrency()));
  Barrier barrier(members);
  SpinBarrier gate(members); // Idle members spin here, as a resident kernel does.
  std::atomic<bool> over{false};
  std::vector<std::thread> others;
  for (int member = 1; member < members; ++member)
    others.emplace_back([&, member] {
      while (true) {
        gate.arrive_and_wait();
        if (over.load())
          return;
        work(what, p, member, members, barrier);
        gate.arrive_and_wait();
      }
    });
  measure(p, [&] {
    gate.arrive_and_wait();
    work(what, p, 0, members, barrier);
    gate.arrive_and_wait();
  });
  over = true;
  gate.arrive_and_wait();
  for (std::thread &other : others)
    other.join();
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  std::string what = argv[1], how = argv[2];
  Points p = what == "chain"      ? Points(1, 64)
             : what == "batch"    ? Points(10000, 64)
             : what == "triangle" ? Points(512, 64)
             : what == "kept"     ? Points(1, 524288)
                                  : Points(256, 256);
  if (how == "openmp")
    measure(p, [&] { openmp(what, p); });
  else if (how == "std")
    persistent<std::barrier<>>(what, p);
  else
    persistent<SpinBarrier>(what, p);
}
