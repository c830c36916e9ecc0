// A mutex that clang's thread safety analysis understands.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_MUTEX_H
#define VYRE_RT_STATE_MUTEX_H

#include <mutex>

#if defined(__clang__)
#define VYRE_THREAD_SAFETY(x) __attribute__((x))
#else
#define VYRE_THREAD_SAFETY(x)
#endif

namespace vyre::rt {

class VYRE_THREAD_SAFETY(capability("mutex")) StateMutex {
public:
  void lock() VYRE_THREAD_SAFETY(acquire_capability()) { mutex.lock(); }
  void unlock() VYRE_THREAD_SAFETY(release_capability()) { mutex.unlock(); }

private:
  std::mutex mutex;
};

class VYRE_THREAD_SAFETY(scoped_lockable) StateLock {
public:
  explicit StateLock(StateMutex &held) VYRE_THREAD_SAFETY(acquire_capability(held)) : mutex(held) {
    mutex.lock();
  }
  ~StateLock() VYRE_THREAD_SAFETY(release_capability()) { mutex.unlock(); }
  StateLock(const StateLock &) = delete;
  StateLock &operator=(const StateLock &) = delete;

private:
  StateMutex &mutex;
};

} // namespace vyre::rt

#endif // VYRE_RT_STATE_MUTEX_H
