// A stand-in for a profiler's NVTX library: keeps what it is told. Loaded either
// as an injection of NVTX 3 or as the library of the versions before it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstdint>
#include <string>

#define EXPORT extern "C" __attribute__((visibility("default")))

static std::string log;

static int push(const char *label) {
  log += std::string("push ") + label + "\n";
  return 0;
}
static int pop() {
  log += "pop\n";
  return 0;
}

/// What was told so far, a line each; forgets it.
EXPORT const char *fakeNvtxLog() {
  static std::string told;
  told.swap(log);
  log.clear();
  return told.c_str();
}

EXPORT int nvtxRangePushA(const char *label) { return push(label); }
EXPORT int nvtxRangePop() { return pop(); }

EXPORT int InitializeInjectionNvtx2(const void *(*getExportTable)(uint32_t)) {
  struct Callbacks {
    size_t size;
    int (*table)(int module, void (****table)(), unsigned *size);
  };
  auto *callbacks = static_cast<const Callbacks *>(getExportTable(1));
  void (***core)() = nullptr;
  unsigned size = 0;
  if (callbacks->size != sizeof(Callbacks) || !callbacks->table(1, &core, &size) || size != 16)
    return 0;
  *core[9] = reinterpret_cast<void (*)()>(push);
  *core[11] = reinterpret_cast<void (*)()>(pop);
  return 1;
}
