// The async runtime's threads; see the header for what the pool promises.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ThreadPool.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace vyre::rt::support {

/// True on the pool's own threads.
static thread_local bool isWorker = false;

ThreadPool &ThreadPool::get() {
  static ThreadPool *pool = [] {
    int64_t cpus = std::max(1u, std::thread::hardware_concurrency());
    auto *made = new ThreadPool(cpus);
    std::atexit([] { ThreadPool::get().drain(); });
    return made;
  }();
  return *pool;
}

bool ThreadPool::growLocked() {
  if (queue.empty() || static_cast<int64_t>(queue.size()) <= idle ||
      threads - blocked >= targetThreads)
    return true;
  try {
    std::thread([this] { work(); }).detach();
  } catch (const std::system_error &) {
    return threads > blocked;
  }
  ++threads;
  return true;
}

void ThreadPool::submit(Task task) {
  std::unique_lock<std::mutex> lock(mutex);
  queue.push_back(task);
  if (!growLocked()) {
    // No thread can ever take it: run it here, as a call.
    runOneLocked(lock);
    return;
  }
  workArrived.notify_one();
}

void ThreadPool::runOneLocked(std::unique_lock<std::mutex> &lock) {
  Task task = queue.front();
  queue.pop_front();
  ++running;
  lock.unlock();
  task.resume(task.handle);
  lock.lock();
  --running;
  if (queue.empty())
    settled.notify_all();
}

void ThreadPool::work() {
  isWorker = true;
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    if (!queue.empty()) {
      runOneLocked(lock);
      continue;
    }
    if (threads - blocked > targetThreads)
      break; // stood in for a worker that is back
    ++idle;
    workArrived.wait(lock);
    --idle;
  }
  --threads;
}

void ThreadPool::enterBlocked() {
  std::unique_lock<std::mutex> lock(mutex);
  ++blocked;
  --running;
  while (!growLocked() && !queue.empty()) {
    // No more threads to be had and nobody else can make progress: the one
    // that is about to wait does the work that it may be waiting for.
    --blocked;
    runOneLocked(lock);
    ++blocked;
  }
  settled.notify_all();
}

void ThreadPool::leaveBlocked() {
  std::lock_guard<std::mutex> lock(mutex);
  --blocked;
  ++running;
}

void ThreadPool::drain() {
  std::unique_lock<std::mutex> lock(mutex);
  int64_t self = isWorker ? 1 : 0;
  settled.wait(lock, [&] { return queue.empty() && running <= self; });
}

BlockingScope::BlockingScope() {
  if (isWorker)
    ThreadPool::get().enterBlocked();
}

BlockingScope::~BlockingScope() {
  if (isWorker)
    ThreadPool::get().leaveBlocked();
}

} // namespace vyre::rt::support
