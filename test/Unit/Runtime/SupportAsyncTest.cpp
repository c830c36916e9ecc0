// The async runtime as compiled code uses it: counts, waiting, continuations,
// errors, and progress when tasks block for each other.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

extern "C" {
void mlirAsyncRuntimeAddRef(void *, int64_t);
void mlirAsyncRuntimeDropRef(void *, int64_t);
void *mlirAsyncRuntimeCreateToken();
void *mlirAsyncRuntimeCreateValue(int64_t);
void *mlirAsyncRuntimeCreateGroup(int64_t);
int64_t mlirAsyncRuntimeAddTokenToGroup(void *, void *);
void mlirAsyncRuntimeEmplaceToken(void *);
void mlirAsyncRuntimeEmplaceValue(void *);
void mlirAsyncRuntimeSetTokenError(void *);
void mlirAsyncRuntimeSetValueError(void *);
bool mlirAsyncRuntimeIsTokenError(void *);
bool mlirAsyncRuntimeIsValueError(void *);
bool mlirAsyncRuntimeIsGroupError(void *);
void mlirAsyncRuntimeAwaitToken(void *);
void mlirAsyncRuntimeAwaitValue(void *);
void mlirAsyncRuntimeAwaitAllInGroup(void *);
void *mlirAsyncRuntimeGetValueStorage(void *);
void mlirAsyncRuntimeExecute(void *, void (*)(void *));
void mlirAsyncRuntimeAwaitTokenAndExecute(void *, void *, void (*)(void *));
void mlirAsyncRuntimeAwaitValueAndExecute(void *, void *, void (*)(void *));
void mlirAsyncRuntimeAwaitAllInGroupAndExecute(void *, void *, void (*)(void *));
int64_t mlirAsyncRuntimGetNumWorkerThreads();
}

namespace {

using Body = std::function<void()>;

/// Stands for a coroutine's resume function: runs and frees a heap closure.
void resume(void *handle) {
  auto *body = static_cast<Body *>(handle);
  (*body)();
  delete body;
}
void *coroutine(Body body) { return new Body(std::move(body)); }
void execute(Body body) { mlirAsyncRuntimeExecute(coroutine(std::move(body)), resume); }

/// A token that `body` completes on a pool thread.
void *start(Body body) {
  void *token = mlirAsyncRuntimeCreateToken();
  execute([=] {
    body();
    mlirAsyncRuntimeEmplaceToken(token);
  });
  return token;
}
void awaitAndDrop(void *token) {
  mlirAsyncRuntimeAwaitToken(token);
  mlirAsyncRuntimeDropRef(token, 1);
}

// What the task wrote is visible after the wait.
TEST(SupportAsync, AwaitTokenSeesTheTasksWrites) {
  int written = 0;
  awaitAndDrop(start([&] { written = 42; }));
  EXPECT_EQ(written, 42);
}

// The storage belongs to the value, is aligned for vectors, and holds what the
// task stored.
TEST(SupportAsync, ValueCarriesItsBytes) {
  void *value = mlirAsyncRuntimeCreateValue(24);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(mlirAsyncRuntimeGetValueStorage(value)) % 64, 0u);
  execute([=] {
    static_cast<int64_t *>(mlirAsyncRuntimeGetValueStorage(value))[2] = 7;
    mlirAsyncRuntimeEmplaceValue(value);
  });
  mlirAsyncRuntimeAwaitValue(value);
  EXPECT_EQ(static_cast<int64_t *>(mlirAsyncRuntimeGetValueStorage(value))[2], 7);
  EXPECT_FALSE(mlirAsyncRuntimeIsValueError(value));
  mlirAsyncRuntimeDropRef(value, 1);
}

// Ranks count from 0 in the order of adding; the group ends with its last member.
TEST(SupportAsync, GroupWaitsForAllMembers) {
  constexpr int members = 100;
  std::atomic<int> done{0};
  void *group = mlirAsyncRuntimeCreateGroup(members);
  for (int i = 0; i < members; ++i) {
    void *token = start([&] { ++done; });
    EXPECT_EQ(mlirAsyncRuntimeAddTokenToGroup(token, group), i);
    mlirAsyncRuntimeDropRef(token, 1);
  }
  mlirAsyncRuntimeAwaitAllInGroup(group);
  EXPECT_EQ(done, members);
  EXPECT_FALSE(mlirAsyncRuntimeIsGroupError(group));
  mlirAsyncRuntimeDropRef(group, 1);
}

// A group of nothing is complete from the start.
TEST(SupportAsync, EmptyGroupDoesNotBlock) {
  void *group = mlirAsyncRuntimeCreateGroup(0);
  mlirAsyncRuntimeAwaitAllInGroup(group);
  mlirAsyncRuntimeDropRef(group, 1);
}

// An error travels from a token and a value to whoever asks, and to the group,
// whether the member failed before or after it was added.
TEST(SupportAsync, ErrorsAreSeen) {
  void *early = mlirAsyncRuntimeCreateToken(), *late = mlirAsyncRuntimeCreateToken();
  void *value = mlirAsyncRuntimeCreateValue(8);
  mlirAsyncRuntimeSetTokenError(early);
  mlirAsyncRuntimeSetValueError(value);
  EXPECT_TRUE(mlirAsyncRuntimeIsTokenError(early));
  EXPECT_TRUE(mlirAsyncRuntimeIsValueError(value));
  EXPECT_FALSE(mlirAsyncRuntimeIsTokenError(late));
  for (void *member : {early, late}) {
    void *group = mlirAsyncRuntimeCreateGroup(1);
    mlirAsyncRuntimeAddTokenToGroup(member, group);
    if (member == late)
      execute([=] { mlirAsyncRuntimeSetTokenError(late); });
    mlirAsyncRuntimeAwaitAllInGroup(group);
    EXPECT_TRUE(mlirAsyncRuntimeIsGroupError(group));
    mlirAsyncRuntimeDropRef(group, 1);
  }
  mlirAsyncRuntimeAwaitToken(late);
  for (void *object : {early, late, value})
    mlirAsyncRuntimeDropRef(object, 1);
}

// Continuations run after the object completes, and at once if it already has.
TEST(SupportAsync, ContinuationsRunOnEveryKindOfObject) {
  void *token = mlirAsyncRuntimeCreateToken(), *value = mlirAsyncRuntimeCreateValue(4);
  void *group = mlirAsyncRuntimeCreateGroup(1), *all = mlirAsyncRuntimeCreateGroup(4);
  std::atomic<int> order{0};
  auto continuation = [&](int least) {
    void *done = mlirAsyncRuntimeCreateToken();
    mlirAsyncRuntimeAddTokenToGroup(done, all);
    mlirAsyncRuntimeDropRef(done, 1);
    return coroutine([=, &order] {
      EXPECT_GE(order.load(), least);
      mlirAsyncRuntimeEmplaceToken(done);
    });
  };
  mlirAsyncRuntimeAddTokenToGroup(token, group);
  mlirAsyncRuntimeAwaitTokenAndExecute(token, continuation(1), resume);
  mlirAsyncRuntimeAwaitValueAndExecute(value, continuation(2), resume);
  mlirAsyncRuntimeAwaitAllInGroupAndExecute(group, continuation(1), resume);
  order = 1;
  mlirAsyncRuntimeEmplaceToken(token);
  order = 2;
  mlirAsyncRuntimeEmplaceValue(value);
  mlirAsyncRuntimeAwaitTokenAndExecute(token, continuation(2), resume);
  mlirAsyncRuntimeAwaitAllInGroup(all);
  for (void *object : {token, value, group, all})
    mlirAsyncRuntimeDropRef(object, 1);
}

// More tasks block inside the pool than it has threads, each for a task that is
// queued behind all of them.
TEST(SupportAsync, BlockedTasksDoNotStarveThePool) {
  int64_t tasks = mlirAsyncRuntimGetNumWorkerThreads() * 4 + 3;
  std::vector<void *> inner, outer;
  for (int64_t i = 0; i < tasks; ++i)
    inner.push_back(mlirAsyncRuntimeCreateToken());
  for (int64_t i = 0; i < tasks; ++i)
    outer.push_back(start([token = inner[i]] { mlirAsyncRuntimeAwaitToken(token); }));
  for (void *token : inner)
    execute([=] { mlirAsyncRuntimeEmplaceToken(token); });
  for (void *token : outer)
    awaitAndDrop(token);
  for (void *token : inner)
    mlirAsyncRuntimeDropRef(token, 1);
}

// Each link completes the next one from its continuation: a recursive
// implementation runs out of stack.
TEST(SupportAsync, LongChainsNeedNoStack) {
  constexpr int links = 100000;
  std::vector<void *> tokens;
  for (int i = 0; i <= links; ++i)
    tokens.push_back(mlirAsyncRuntimeCreateToken());
  for (int i = 0; i < links; ++i)
    mlirAsyncRuntimeAwaitTokenAndExecute(
        tokens[i], coroutine([next = tokens[i + 1]] { mlirAsyncRuntimeEmplaceToken(next); }),
        resume);
  mlirAsyncRuntimeEmplaceToken(tokens[0]);
  mlirAsyncRuntimeAwaitToken(tokens[links]);
  for (void *token : tokens)
    mlirAsyncRuntimeDropRef(token, 1);
}

// Extra references keep an object alive, and dropping several at once works.
TEST(SupportAsync, ReferencesAreCounted) {
  void *token = mlirAsyncRuntimeCreateToken();
  mlirAsyncRuntimeAddRef(token, 3);
  mlirAsyncRuntimeEmplaceToken(token);
  mlirAsyncRuntimeDropRef(token, 3);
  EXPECT_FALSE(mlirAsyncRuntimeIsTokenError(token));
  mlirAsyncRuntimeDropRef(token, 1);
}

// Threads outside the pool create, complete and await at the same time.
TEST(SupportAsync, ManyThreadsShareThePool) {
  std::atomic<int> sum{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i)
        awaitAndDrop(start([&] { ++sum; }));
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(sum, 800);
}

} // namespace
