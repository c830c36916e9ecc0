// The threads under the async runtime.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A task may block for another task's result. The pool therefore promises that
// `target()` threads run which are not blocked: a worker that is about to block
// says so (BlockingScope), and another thread takes its place. Surplus threads
// leave when they next look for work.
#ifndef VYRE_SUPPORT_THREADPOOL_H
#define VYRE_SUPPORT_THREADPOOL_H

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>

namespace vyre::rt::support {

/// A coroutine to resume: its frame and the function that does it.
struct Task {
  void *handle;
  void (*resume)(void *);
};

class ThreadPool {
public:
  /// The process's pool: built on first use and never destroyed, so that late
  /// threads find it intact; at exit the process waits for tasks in progress.
  static ThreadPool &get();

  void submit(Task task);
  int64_t target() const { return targetThreads; }

  /// Waits until nothing is queued and nobody but the caller runs a task.
  /// Blocked tasks do not count: nothing may be left that could wake them.
  void drain();

private:
  friend class BlockingScope;

  explicit ThreadPool(int64_t target) : targetThreads(target) {}
  void enterBlocked();
  void leaveBlocked();
  /// Starts a thread if work is queued and too few threads can take it. Needs
  /// the lock. False if the system has no thread left to give.
  bool growLocked();
  void work();
  void runOneLocked(std::unique_lock<std::mutex> &lock);

  const int64_t targetThreads;
  std::mutex mutex;
  std::condition_variable workArrived, settled;
  std::deque<Task> queue;
  int64_t threads = 0; // alive
  int64_t idle = 0;    // waiting for work
  int64_t blocked = 0; // inside a BlockingScope
  int64_t running = 0; // in a task and not blocked
};

/// Announces that the calling thread may block until the end of the scope. Does
/// nothing on a thread that is not the pool's.
class BlockingScope {
public:
  BlockingScope();
  ~BlockingScope();
  BlockingScope(const BlockingScope &) = delete;
  BlockingScope &operator=(const BlockingScope &) = delete;
};

} // namespace vyre::rt::support

#endif // VYRE_SUPPORT_THREADPOOL_H
