// The context switch.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FiberContext.h"

#include <cstdint>

#if defined(__x86_64__)

// void vyreRtSwitchStack(void **save, void *load): pushes the callee-saved
// registers and the float control words, changes stacks, pops them again.
asm(R"(
.text
.p2align 4
.globl vyreRtSwitchStack
.hidden vyreRtSwitchStack
.type vyreRtSwitchStack, @function
vyreRtSwitchStack:
  .cfi_startproc
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  stmxcsr (%rsp)
  fnstcw 4(%rsp)
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  ldmxcsr (%rsp)
  fldcw 4(%rsp)
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
.size vyreRtSwitchStack, .-vyreRtSwitchStack
)");

extern "C" void vyreRtSwitchStack(void **save, void *load);

namespace vyre::rt::host {

void FiberContext::start(void *stackBottom, size_t stackBytes, void (*entry)()) {
  auto top = (reinterpret_cast<uintptr_t>(stackBottom) + stackBytes) & ~uintptr_t(15);
  auto *words = reinterpret_cast<uint64_t *>(top);
  // A null return address: the frame is aligned as after a call, and a backtrace
  // ends here.
  *--words = 0;
  *--words = reinterpret_cast<uintptr_t>(entry);
  for (int i = 0; i != 6; ++i)
    *--words = 0; // rbp, rbx, r12 to r15
  uint32_t controls[2];
  asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(controls[0]), "=m"(controls[1]));
  *--words = uint64_t(controls[1] & 0xffff) << 32 | controls[0];
  stackPointer = words;
}

void FiberContext::swap(FiberContext &from, FiberContext &to) {
  vyreRtSwitchStack(&from.stackPointer, to.stackPointer);
}

} // namespace vyre::rt::host

#else

namespace vyre::rt::host {

void FiberContext::start(void *stackBottom, size_t stackBytes, void (*entry)()) {
  ::getcontext(&context);
  context.uc_stack.ss_sp = stackBottom;
  context.uc_stack.ss_size = stackBytes;
  context.uc_link = nullptr;
  ::makecontext(&context, entry, 0);
}

void FiberContext::swap(FiberContext &from, FiberContext &to) {
  ::swapcontext(&from.context, &to.context);
}

} // namespace vyre::rt::host

#endif
