// The workers that all streams share. A stream's executor posts a job (blocks
// of one launch) that idle workers join, or claims idle workers as a team.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_HOST_POOL_H
#define VYRE_RT_HOST_POOL_H

#include "Exec.h"
#include "Wait.h"

#include <memory>
#include <vector>

namespace vyre::rt::host {

class Team;

// The blocks of one launch, split into one contiguous part per participant:
// each starts in its own part, for locality, and then helps with the others'.
// A job's memory is never freed, so a worker may look at it at any time; what
// protects its contents is `entry`.
class alignas(64) Job {
public:
  // Opens the job for blocks [begin, end). Called by the owner of the slot.
  void open(const KernelCall &call, int64_t begin, int64_t end, int64_t chunk, unsigned parts);
  // The executor's share of the work; then waits for the others.
  void runAndClose(ExecState &state);
  // A worker's try to take part. False when there was nothing left to do.
  bool tryJoin(ExecState &state, unsigned home);

private:
  struct alignas(64) Part {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };
  static constexpr unsigned maxParts = 256;

  bool participate(ExecState &state, unsigned home);
  bool runChunks(ExecState &state, unsigned home);

  // Bit 0: open. The rest: twice the number of threads inside.
  std::atomic<uint32_t> entry{0};
  std::atomic<bool> stop{false}; // a chunk failed: the others are not started
  KernelCall call = {};
  int64_t chunk = 1;
  unsigned partCount = 0;
  unsigned workers = 1;
  std::unique_ptr<Part[]> parts;
};

class Pool {
public:
  // `workers` counts the executing thread: workers - 1 threads are started, on
  // first need. More than maxWorkers count as that many.
  explicit Pool(unsigned workers);
  static constexpr unsigned maxWorkers = 1024;

  unsigned workers() const { return threadCount + 1; }

  // A free job slot, or null: the caller then runs its blocks alone.
  Job *takeJob();
  // Makes an opened job visible. Wakes sleeping workers if `wake`.
  void post(Job &job, bool wake);
  void giveJob(Job &job);

  // Claims idle workers for `team`; they call team.member(1..n). Returns n.
  unsigned claim(Team &team, unsigned atMost);

private:
  struct alignas(64) Worker {
    // 0 idle, 1 in a job, else the team that claimed it.
    std::atomic<uintptr_t> duty{0};
    std::atomic<uint32_t> asleep{0};
    std::atomic<uint32_t> teamIndex{0};
  };
  static constexpr unsigned maxJobs = 64;

  void startThreads();
  void workerMain(unsigned index);
  bool runDuty(ExecState &state, unsigned index);
  void sleep(Worker &worker);
  bool wake(Worker &worker);

  unsigned threadCount;
  std::atomic<bool> started{false};
  std::mutex startLock;
  std::unique_ptr<Worker[]> crew;
  std::unique_ptr<Job[]> jobs;
  std::atomic<uint64_t> freeJobs;
  alignas(64) std::atomic<uint64_t> openJobs{0};
  std::atomic<uint32_t> sleepers{0};
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_POOL_H
