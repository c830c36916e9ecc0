// What the lowering of vector.print calls: scalars and punctuation on stdout.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "MemRef.h"
#include "TextOut.h"

using vyre::rt::support::printText;
using vyre::rt::support::TextOut;

VYRE_SUPPORT_EXPORT void printI64(int64_t value) { printText(TextOut().add(value)); }
VYRE_SUPPORT_EXPORT void printU64(uint64_t value) { printText(TextOut().add(value)); }
VYRE_SUPPORT_EXPORT void printF32(float value) { printText(TextOut().add(value)); }
VYRE_SUPPORT_EXPORT void printF64(double value) { printText(TextOut().add(value)); }
VYRE_SUPPORT_EXPORT void printString(const char *text) { std::fputs(text, stdout); }
VYRE_SUPPORT_EXPORT void printOpen() { std::fputs("( ", stdout); }
VYRE_SUPPORT_EXPORT void printClose() { std::fputs(" )", stdout); }
VYRE_SUPPORT_EXPORT void printComma() { std::fputs(", ", stdout); }
VYRE_SUPPORT_EXPORT void printNewline() { std::fputc('\n', stdout); }
