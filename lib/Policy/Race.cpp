// What a caller can do about a race window that cannot take another sample.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Race.h"

namespace vyre::policy {

const char *raceStatusMessage(RaceStatus status) {
  switch (status) {
  case RaceStatus::Ok:
    return "ok";
  case RaceStatus::CountOverflow:
    return "dispatch count of the race overflows 32 bits: reset the speculation window";
  case RaceStatus::TotalOverflow:
    return "dispatch time of the race overflows 128 bits: reset the speculation window";
  case RaceStatus::CompileOverflow:
    return "speculative compile time of the race overflows 64 bits: reset the speculation window";
  }
  return "unknown race status";
}

} // namespace vyre::policy
