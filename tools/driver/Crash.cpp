// What a tool says when it crashes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Crash.h"

#include "Options.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <csignal>
#include <cstring>
#include <exception>
#include <unistd.h>

using namespace vyre::driver;

// Everything that the handler needs is here: it must not allocate.
static char prefix[64];
static volatile std::sig_atomic_t running = 0;
// A stack of its own, as the usual one may be what overflowed.
alignas(16) static char handlerStack[64 * 1024];

static void say(const char *text) { (void)!::write(STDERR_FILENO, text, std::strlen(text)); }

/// Prints one line and ends the process without exit handlers, whose locks the
/// interrupted code may hold.
[[noreturn]] static void die(const char *what) {
  say(prefix);
  say(running ? "the program crashed: " : "internal error in the compiler: ");
  say(what);
  say("\n");
  llvm::sys::RunInterruptHandlers(); // removes unfinished outputs
  ::_exit(kRuntimeFailed);
}

static void onSignal(int signal) {
  switch (signal) {
  case SIGSEGV:
  case SIGBUS:
    die("illegal memory access");
  case SIGFPE:
    die("arithmetic error");
  case SIGILL:
  case SIGTRAP:
    die("trap");
  default:
    die("abort");
  }
}

static void onFatalError(void *, const char *reason, bool) { die(reason); }
static void onOutOfMemory(void *, const char *, bool) { die("out of memory"); }

void vyre::driver::installCrashHandler(const char *toolName) {
  llvm::StringRef name = llvm::sys::path::filename(toolName);
  llvm::SmallString<64> text((name.take_front(sizeof prefix - 10) + ": error: ").str());
  std::memcpy(prefix, text.c_str(), text.size() + 1);
  llvm::install_fatal_error_handler(onFatalError);
  llvm::install_bad_alloc_error_handler(onOutOfMemory);
  // The C++ library would print a line of its own. All that throws here is `new`.
  std::set_terminate([] { die("out of memory or an exception that nothing caught"); });
  stack_t stack = {};
  stack.ss_sp = handlerStack;
  stack.ss_size = sizeof handlerStack;
  ::sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_handler = onSignal;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
    ::sigaction(signal, &action, nullptr);
}

void vyre::driver::programRuns() { running = 1; }
