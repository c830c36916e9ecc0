// How the blocks of a batch are shared out.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_BATCH_H
#define VYRE_POLICY_BATCH_H

#include <cstdint>

namespace vyre::policy {

/// Rounds in which the blocks of a batch are dealt out. One is a contiguous share: whoever
/// has the dearest iterations keeps everybody waiting. Each round adds a few instructions
/// and, on the host, a jump in memory. Costs that rise or fall evenly are balanced by any
/// even number; 16 leaves at most a sixteenth of a share to chance otherwise. Measured
/// (docs/benchmarks/persistent.json): `batch-10000`, of tiny launches, takes as long as with
/// contiguous shares, and `triangle-512` as long as a team that claims items from a counter.
inline constexpr uint32_t kBatchRounds = 16;

} // namespace vyre::policy

#endif // VYRE_POLICY_BATCH_H
