// Links every symbol that upstream lowerings can call. Its real check is made
// by the linker: a missing or hidden symbol stops the build of this test.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dlfcn.h>
#include <gtest/gtest.h>

// Only the addresses matter here, so that all can share one type.
#define VYRE_SYMBOL(name) extern "C" void name();
#include "SupportSymbols.def"
#undef VYRE_SYMBOL

struct Symbol {
  const char *name;
  void (*address)();
};

static const Symbol symbols[] = {
#define VYRE_SYMBOL(name) {#name, &name},
#include "SupportSymbols.def"
#undef VYRE_SYMBOL
};

// A just-in-time compiler finds them by name in the process as well.
TEST(SupportSymbols, AllAreFoundByName) {
  for (const Symbol &symbol : symbols) {
    EXPECT_NE(symbol.address, nullptr) << symbol.name;
    EXPECT_NE(dlsym(RTLD_DEFAULT, symbol.name), nullptr) << symbol.name;
  }
}
