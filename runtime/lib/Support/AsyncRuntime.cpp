// mlirAsyncRuntime*: tokens, values and groups of the async dialect.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Objects are counted by the compiled code. A token or value starts with two
// references: the creator's, and the task's, which ends when the task fills it
// in. A group starts with one, and each of its unfinished members holds one
// more. Continuations never run on the stack of the thread that completes an
// object, so a long chain of tasks cannot exhaust it.
#include "MemRef.h"
#include "ThreadPool.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

using vyre::rt::support::BlockingScope;
using vyre::rt::support::Task;
using vyre::rt::support::ThreadPool;

namespace {

class Counted {
public:
  explicit Counted(int64_t references) : references(references) {}
  virtual ~Counted() = default;
  void add(int64_t count) { references.fetch_add(count, std::memory_order_relaxed); }
  void drop(int64_t count) {
    if (references.fetch_sub(count, std::memory_order_acq_rel) == count)
      delete this;
  }

private:
  std::atomic<int64_t> references;
};

class Group;

/// Something that becomes complete once, with or without an error, and then
/// starts whatever waits for it.
class Completion : public Counted {
public:
  using Counted::Counted;

  bool failed() const { return hasFailed.load(std::memory_order_acquire); }

  /// Blocks the calling thread.
  void wait() {
    if (complete.load(std::memory_order_acquire))
      return;
    BlockingScope blocking;
    std::unique_lock<std::mutex> lock(mutex);
    completed.wait(lock, [&] { return complete.load(std::memory_order_relaxed); });
  }

  void resumeAfter(Task task) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (!complete.load(std::memory_order_relaxed)) {
        tasks.push_back(task);
        return;
      }
    }
    ThreadPool::get().submit(task);
  }

  /// True if this is already complete; otherwise `group` is told later and
  /// must stay alive until then.
  bool completeOrTell(Group *group) {
    std::lock_guard<std::mutex> lock(mutex);
    if (complete.load(std::memory_order_relaxed))
      return true;
    groups.push_back(group);
    return false;
  }

protected:
  void markFailed() { hasFailed.store(true, std::memory_order_release); }
  void finish();

private:
  std::mutex mutex;
  std::condition_variable completed;
  std::atomic<bool> complete{false};
  std::atomic<bool> hasFailed{false};
  std::vector<Task> tasks;
  std::vector<Group *> groups;
};

class Group final : public Completion {
public:
  explicit Group(int64_t size) : Completion(1), pending(size) {
    if (size <= 0)
      finish();
  }

  int64_t append(Completion &member) {
    int64_t rank = next.fetch_add(1, std::memory_order_relaxed);
    add(1);
    if (member.completeOrTell(this))
      memberDone(member.failed());
    return rank;
  }

  /// Ends the member's reference to the group.
  void memberDone(bool memberFailed) {
    if (memberFailed)
      markFailed();
    if (pending.fetch_sub(1, std::memory_order_acq_rel) == 1)
      finish();
    drop(1);
  }

private:
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> pending;
};

void Completion::finish() {
  std::vector<Task> readyTasks;
  std::vector<Group *> readyGroups;
  {
    std::lock_guard<std::mutex> lock(mutex);
    complete.store(true, std::memory_order_release);
    readyTasks.swap(tasks);
    readyGroups.swap(groups);
    completed.notify_all();
  }
  bool memberFailed = failed();
  for (Task task : readyTasks)
    ThreadPool::get().submit(task);
  for (Group *group : readyGroups)
    group->memberDone(memberFailed);
}

/// A token, or a value with its storage.
class Result final : public Completion {
public:
  explicit Result(void *storage) : Completion(2), storage(storage) {}
  ~Result() override { std::free(storage); }

  void settle(bool error) {
    if (error)
      markFailed();
    finish();
    drop(1);
  }

  void *const storage;
};

} // namespace

#define VYRE_ASYNC VYRE_SUPPORT_EXPORT

VYRE_ASYNC void mlirAsyncRuntimeAddRef(void *object, int64_t count) {
  static_cast<Counted *>(object)->add(count);
}
VYRE_ASYNC void mlirAsyncRuntimeDropRef(void *object, int64_t count) {
  static_cast<Counted *>(object)->drop(count);
}

// Handles are Counted pointers, so that references work on all kinds alike.
static Result *asResult(void *object) {
  return static_cast<Result *>(static_cast<Counted *>(object));
}
static Group *asGroup(void *object) { return static_cast<Group *>(static_cast<Counted *>(object)); }

VYRE_ASYNC void *mlirAsyncRuntimeCreateToken() {
  return static_cast<Counted *>(new Result(nullptr));
}
VYRE_ASYNC void *mlirAsyncRuntimeCreateValue(int64_t bytes) {
  // Aligned for every vector type a value can hold.
  constexpr uint64_t alignment = 64;
  uint64_t rounded = (static_cast<uint64_t>(bytes) + alignment) / alignment * alignment;
  return static_cast<Counted *>(new Result(std::aligned_alloc(alignment, rounded)));
}
VYRE_ASYNC void *mlirAsyncRuntimeCreateGroup(int64_t size) {
  return static_cast<Counted *>(new Group(size));
}
VYRE_ASYNC int64_t mlirAsyncRuntimeAddTokenToGroup(void *token, void *group) {
  return asGroup(group)->append(*asResult(token));
}

VYRE_ASYNC void mlirAsyncRuntimeEmplaceToken(void *token) { asResult(token)->settle(false); }
VYRE_ASYNC void mlirAsyncRuntimeEmplaceValue(void *value) { asResult(value)->settle(false); }
VYRE_ASYNC void mlirAsyncRuntimeSetTokenError(void *token) { asResult(token)->settle(true); }
VYRE_ASYNC void mlirAsyncRuntimeSetValueError(void *value) { asResult(value)->settle(true); }

VYRE_ASYNC bool mlirAsyncRuntimeIsTokenError(void *token) { return asResult(token)->failed(); }
VYRE_ASYNC bool mlirAsyncRuntimeIsValueError(void *value) { return asResult(value)->failed(); }
VYRE_ASYNC bool mlirAsyncRuntimeIsGroupError(void *group) { return asGroup(group)->failed(); }

VYRE_ASYNC void mlirAsyncRuntimeAwaitToken(void *token) { asResult(token)->wait(); }
VYRE_ASYNC void mlirAsyncRuntimeAwaitValue(void *value) { asResult(value)->wait(); }
VYRE_ASYNC void mlirAsyncRuntimeAwaitAllInGroup(void *group) { asGroup(group)->wait(); }

VYRE_ASYNC void *mlirAsyncRuntimeGetValueStorage(void *value) { return asResult(value)->storage; }

VYRE_ASYNC void mlirAsyncRuntimeExecute(void *handle, void (*resume)(void *)) {
  ThreadPool::get().submit({handle, resume});
}
VYRE_ASYNC void mlirAsyncRuntimeAwaitTokenAndExecute(void *token, void *handle,
                                                     void (*resume)(void *)) {
  asResult(token)->resumeAfter({handle, resume});
}
VYRE_ASYNC void mlirAsyncRuntimeAwaitValueAndExecute(void *value, void *handle,
                                                     void (*resume)(void *)) {
  asResult(value)->resumeAfter({handle, resume});
}
VYRE_ASYNC void mlirAsyncRuntimeAwaitAllInGroupAndExecute(void *group, void *handle,
                                                          void (*resume)(void *)) {
  asGroup(group)->resumeAfter({handle, resume});
}

// The name lacks an "e" upstream too.
VYRE_ASYNC int64_t mlirAsyncRuntimGetNumWorkerThreads() { return ThreadPool::get().target(); }

VYRE_ASYNC void mlirAsyncRuntimePrintCurrentThreadId() {
  auto id = std::hash<std::thread::id>()(std::this_thread::get_id());
  std::printf("Current thread id: %zu\n", id);
  std::fflush(stdout);
}
