// A machine context that a fiber is switched out of and into.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// On x86-64 the switch saves what a call must preserve, and nothing else: no
// system call, about 2 ns. Elsewhere it is swapcontext.
#ifndef VYRE_RT_HOST_FIBERCONTEXT_H
#define VYRE_RT_HOST_FIBERCONTEXT_H

#include <cstddef>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace vyre::rt::host {

class FiberContext {
public:
  // Prepares the context to begin in `entry`, which must never return.
  void start(void *stackBottom, size_t stackBytes, void (*entry)());
  // Saves the running context in `from` and continues `to`.
  static void swap(FiberContext &from, FiberContext &to);

private:
#if defined(__x86_64__)
  void *stackPointer = nullptr;
#else
  ucontext_t context;
#endif
};

} // namespace vyre::rt::host

#endif // VYRE_RT_HOST_FIBERCONTEXT_H
