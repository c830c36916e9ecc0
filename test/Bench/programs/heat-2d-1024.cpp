// The heat benchmark's baseline: heat-2d-1024.mlir in C++ with OpenMP.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

constexpr int64_t n = 1024;
constexpr int steps = 100;
constexpr int runs = 3;

static void start(float *m) {
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      m[i * n + j] = float(int32_t((i * 31 + j * 17) % 101));
}

static uint64_t hash(const float *m) {
  uint64_t value = 0xcbf29ce484222325u;
  for (int64_t at = 0; at < n * n; ++at) {
    uint32_t bits;
    std::memcpy(&bits, m + at, sizeof bits);
    value = (value ^ bits) * 0x100000001b3u;
  }
  return value;
}

static void step(const float *now, float *then) {
#pragma omp parallel for schedule(static)
  for (int64_t i = 1; i < n - 1; ++i)
    for (int64_t j = 1; j < n - 1; ++j) {
      float c = now[i * n + j];
      float ns = now[(i - 1) * n + j] + now[(i + 1) * n + j];
      float we = now[i * n + j - 1] + now[i * n + j + 1];
      then[i * n + j] = c + 0.2f * ((ns + we) - 4.0f * c);
    }
}

int main() {
  float *a = static_cast<float *>(std::malloc(n * n * sizeof(float)));
  float *b = static_cast<float *>(std::malloc(n * n * sizeof(float)));
  if (!a || !b)
    return 1;
  for (int run = 0; run != runs; ++run) {
    start(a);
    start(b);
    auto begin = std::chrono::steady_clock::now();
    float *now = a, *then = b;
    for (int t = 0; t != steps; ++t) {
      step(now, then);
      std::swap(now, then);
    }
    auto end = std::chrono::steady_clock::now();
    std::printf("%" PRId64 "\n",
                int64_t(std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count()));
  }
  std::printf("%" PRId64 "\n", int64_t(hash(a)));
  std::free(a);
  std::free(b);
}
