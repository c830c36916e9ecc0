// Job sharing and the workers' loop.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Pool.h"
#include "Team.h"

#include <algorithm>
#include <pthread.h>
#include <system_error>
#include <thread>

namespace vyre::rt::host {

void Job::open(const KernelCall &newCall, int64_t begin, int64_t end, int64_t newChunk,
               unsigned teamSize) {
  if (!parts)
    parts = std::make_unique<Part[]>(maxParts);
  call = newCall;
  chunk = newChunk;
  workers = teamSize;
  int64_t blocks = end - begin;
  partCount = unsigned(std::min<int64_t>({int64_t(teamSize), int64_t(maxParts), blocks}));
  int64_t share = blocks / partCount, extra = blocks % partCount, at = begin;
  for (unsigned i = 0; i != partCount; ++i) {
    parts[i].next.store(at, std::memory_order_relaxed);
    at += share + (int64_t(i) < extra ? 1 : 0);
    parts[i].end = at;
  }
  stop.store(false, std::memory_order_relaxed);
  entry.fetch_or(1, std::memory_order_release);
}

bool Job::runChunks(ExecState &state, unsigned home) {
  bool ran = false;
  for (unsigned i = 0; i != partCount; ++i) {
    Part &part = parts[(home + i) % partCount];
    while (!stop.load(std::memory_order_relaxed)) {
      if (part.next.load(std::memory_order_relaxed) >= part.end)
        break;
      int64_t begin = part.next.fetch_add(chunk, std::memory_order_relaxed);
      if (begin >= part.end)
        break;
      ran = true;
      if (!callKernel(state, call, begin, std::min(begin + chunk, part.end), home, workers))
        stop.store(true, std::memory_order_relaxed);
    }
  }
  return ran;
}

bool Job::participate(ExecState &state, unsigned home) {
  sigjmp_buf here;
  sigjmp_buf *outer = state.recovery;
  if (sigsetjmp(here, 0) == 0) {
    state.recovery = &here;
    bool found = runChunks(state, home);
    state.recovery = outer;
    return found;
  }
  recoverFromTrap(state);
  stop.store(true, std::memory_order_relaxed);
  state.recovery = outer;
  return true;
}

void Job::runAndClose(ExecState &state) {
  (void)participate(state, 0);
  entry.fetch_and(~1u, std::memory_order_acq_rel);
  Spinner spin(0);
  while (entry.load(std::memory_order_acquire) != 0)
    spin.stepForever();
}

bool Job::tryJoin(ExecState &state, unsigned home) {
  // A look first: idle workers must not fight over the line of a closed job, for
  // whose last helper the executor waits.
  if ((entry.load(std::memory_order_relaxed) & 1) == 0)
    return false;
  bool opened = entry.fetch_add(2, std::memory_order_acq_rel) & 1;
  bool ran = opened && participate(state, home);
  entry.fetch_sub(2, std::memory_order_release);
  return ran;
}

Pool::Pool(unsigned workers)
    : threadCount(std::min(workers, maxWorkers) - 1), crew(new Worker[threadCount + 1]),
      jobs(new Job[maxJobs]), freeJobs(~uint64_t(0)) {}

void Pool::startThreads() {
  std::lock_guard<std::mutex> hold(startLock);
  if (started.load(std::memory_order_relaxed))
    return;
  unsigned running = 0;
  for (; running != threadCount; ++running) {
    try {
      std::thread([this, running] { workerMain(running); }).detach();
    } catch (const std::system_error &) {
      break; // fewer threads than wished: the rest never comes
    }
  }
  // Workers without a thread are never idle, so nobody waits for them.
  for (unsigned i = running; i != threadCount; ++i)
    crew[i].duty.store(1, std::memory_order_relaxed);
  started.store(true, std::memory_order_release);
}

Job *Pool::takeJob() {
  if (threadCount == 0)
    return nullptr;
  if (!started.load(std::memory_order_acquire))
    startThreads();
  uint64_t free = freeJobs.load(std::memory_order_relaxed);
  while (free != 0) {
    unsigned index = unsigned(__builtin_ctzll(free));
    if (freeJobs.compare_exchange_weak(free, free & ~(uint64_t(1) << index),
                                       std::memory_order_acquire))
      return &jobs[index];
  }
  return nullptr;
}

void Pool::post(Job &job, bool wakeSleepers) {
  openJobs.fetch_or(uint64_t(1) << (&job - jobs.get()), std::memory_order_seq_cst);
  if (!wakeSleepers || sleepers.load(std::memory_order_seq_cst) == 0)
    return;
  for (unsigned i = 0; i != threadCount; ++i)
    wake(crew[i]);
}

void Pool::giveJob(Job &job) {
  uint64_t bit = uint64_t(1) << (&job - jobs.get());
  openJobs.fetch_and(~bit, std::memory_order_relaxed);
  freeJobs.fetch_or(bit, std::memory_order_release);
}

unsigned Pool::claim(Team &team, unsigned atMost) {
  if (threadCount != 0 && !started.load(std::memory_order_acquire))
    startThreads();
  unsigned claimed = 0;
  for (unsigned i = 0; i != threadCount && claimed != atMost; ++i) {
    Worker &worker = crew[i];
    if (worker.duty.load(std::memory_order_relaxed) != 0)
      continue;
    uintptr_t idle = 0;
    // The index is read by the worker only after it sees the team, and only one
    // claimer at a time can have made duty 2 (being claimed).
    if (!worker.duty.compare_exchange_strong(idle, 2, std::memory_order_acq_rel))
      continue;
    worker.teamIndex.store(++claimed, std::memory_order_relaxed);
    worker.duty.store(reinterpret_cast<uintptr_t>(&team), std::memory_order_seq_cst);
    wake(worker);
  }
  return claimed;
}

bool Pool::wake(Worker &worker) {
  if (worker.asleep.load(std::memory_order_seq_cst) == 0 ||
      worker.asleep.exchange(0, std::memory_order_seq_cst) == 0)
    return false;
  futexWake(worker.asleep, 1);
  return true;
}

// True when the worker did something.
bool Pool::runDuty(ExecState &state, unsigned index) {
  Worker &worker = crew[index];
  uintptr_t duty = worker.duty.load(std::memory_order_acquire);
  if (duty > 2) {
    unsigned member = worker.teamIndex.load(std::memory_order_relaxed);
    Team *team = reinterpret_cast<Team *>(duty);
    team->member(state, member, [&] { worker.duty.store(0, std::memory_order_release); });
    return true;
  }
  uint64_t open = openJobs.load(std::memory_order_acquire);
  if (duty != 0 || open == 0)
    return false;
  uintptr_t idle = 0;
  if (!worker.duty.compare_exchange_strong(idle, 1, std::memory_order_acq_rel))
    return false;
  bool worked = false;
  while (open != 0 && !worked) {
    unsigned slot = unsigned(__builtin_ctzll(open));
    open &= open - 1;
    worked = jobs[slot].tryJoin(state, index + 1);
  }
  worker.duty.store(0, std::memory_order_release);
  return worked;
}

void Pool::sleep(Worker &worker) {
  worker.asleep.store(1, std::memory_order_seq_cst);
  sleepers.fetch_add(1, std::memory_order_seq_cst);
  if (worker.duty.load(std::memory_order_seq_cst) == 0 &&
      openJobs.load(std::memory_order_seq_cst) == 0)
    futexWait(worker.asleep, 1, sleepBoundNs * 50);
  worker.asleep.store(0, std::memory_order_relaxed);
  sleepers.fetch_sub(1, std::memory_order_relaxed);
}

void Pool::workerMain(unsigned index) {
  ::pthread_setname_np(::pthread_self(), "vyre-worker");
  ExecState &state = execState();
  Spinner spin(idleYieldNs);
  for (;;) {
    if (runDuty(state, index))
      spin.reset();
    else if (!spin.step()) {
      sleep(crew[index]);
      spin.reset();
    }
  }
}

} // namespace vyre::rt::host
