// Decides how many threads a launch is worth, from what its kernel cost before.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The executor begins alone. Once that has taken longer than sharing costs, the
// remaining blocks become a job for the pool. The time per block is kept with
// the kernel, so that later launches know at once.
#include "Launch.h"

#include <algorithm>

namespace vyre::rt::host {

namespace {

// Handing blocks to a running worker costs about a microsecond, waking a
// sleeping one about ten; shared work must be worth a multiple of that.
constexpr double shareNs = 4000;
constexpr double wakeNs = 20000;
// A chunk is long enough to hide the claim of the next, and short enough that
// the last one does not keep everybody waiting.
constexpr double chunkNs = 2000;
constexpr int64_t chunksPerWorker = 8;

// Nanoseconds per block, kept in the kernel's runtime_state; 0 is unknown. Any
// thread may overwrite it: it is a guess that only affects speed.
class CostGuess {
public:
  explicit CostGuess(const vyre_kernel_desc &kernel)
      : cell(reinterpret_cast<std::atomic<uint64_t> *>(kernel.runtime_state)) {}

  double get() const {
    uint64_t bits = cell ? cell->load(std::memory_order_relaxed) : 0;
    return double(bits) / fixedPoint;
  }
  void set(double nsPerBlock) {
    if (cell)
      cell->store(uint64_t(std::min(nsPerBlock, 1e12) * fixedPoint) + 1, std::memory_order_relaxed);
  }

private:
  static constexpr double fixedPoint = 1024;
  std::atomic<uint64_t> *cell;
};
static_assert(sizeof(std::atomic<uint64_t>) == sizeof(void *) || sizeof(void *) != 8,
              "the guess fills the kernel's pointer-sized cell");

// Shares blocks [begin, total) with the pool.
void shareBlocks(ExecState &state, Pool &pool, const KernelCall &call, int64_t begin, int64_t total,
                 double nsPerBlock) {
  Job *job = pool.takeJob();
  if (!job) {
    callKernel(state, call, begin, total, 0, 1);
    return;
  }
  int64_t blocks = total - begin;
  int64_t least = int64_t(chunkNs / nsPerBlock) + 1;
  int64_t chunk = std::max(least, blocks / (int64_t(pool.workers()) * chunksPerWorker));
  job->open(call, begin, total, std::min(chunk, blocks), pool.workers());
  pool.post(*job, double(blocks) * nsPerBlock > wakeNs);
  job->runAndClose(state);
  pool.giveJob(*job);
}

} // namespace

void runGrid(ExecState &state, Pool &pool, const KernelCall &call) {
  int64_t total = call.grid[0] * call.grid[1] * call.grid[2];
  if (total == 1 || pool.workers() == 1) {
    callKernel(state, call, 0, total, 0, 1);
    return;
  }
  CostGuess guess(*call.kernel);
  double nsPerBlock = guess.get();
  int64_t done = 0;
  if (nsPerBlock * double(total) <= shareNs) {
    // Unknown or tiny: begin alone, with growing steps.
    uint64_t startNs = nowNs(), elapsedNs = 0;
    for (int64_t step = nsPerBlock == 0 ? 1 : total; done != total; step *= 2) {
      step = std::min(step, total - done);
      if (!callKernel(state, call, done, done + step, 0, 1))
        return;
      done += step;
      elapsedNs = nowNs() - startNs;
      if (double(elapsedNs) > shareNs)
        break;
    }
    nsPerBlock = std::max(double(elapsedNs), 1.0) / double(done);
    guess.set(nsPerBlock);
  }
  if (done == total)
    return;
  uint64_t startNs = nowNs();
  shareBlocks(state, pool, call, done, total, nsPerBlock);
  // As if nobody had helped: too high at worst by the number of workers, which
  // errs to sharing.
  double seen = double(nowNs() - startNs) / double(total - done);
  if (done == 0)
    guess.set(seen);
}

} // namespace vyre::rt::host
