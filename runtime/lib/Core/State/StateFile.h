// Files that survive crashes and other writers: bounded reads, a lock on a side
// file, atomic replacement.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_STATEFILE_H
#define VYRE_RT_STATE_STATEFILE_H

#include "Status.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace vyre::rt {

/// Reads the regular file `path` of at most `maxBytes` into `text`. A file that
/// does not exist is not a failure: `exists` says so.
Status readStateFile(const std::string &path, size_t maxBytes, std::string &text, bool &exists);

/// Makes `path` hold `text`: writes and flushes `temporary`, which lies in the
/// same folder, then renames it. A crash at any byte leaves the old or the new
/// file. On a failure the old file stands and the temporary one is gone.
Status replaceStateFile(const std::string &path, const std::string &temporary,
                        const std::string &text);

/// An exclusive lock between processes (and threads), held until destroyed. It
/// lies on `path`.lock, because the file itself is replaced, not written.
class StateFileLock {
public:
  StateFileLock() = default;
  ~StateFileLock();
  StateFileLock(const StateFileLock &) = delete;
  StateFileLock &operator=(const StateFileLock &) = delete;

  /// Waits at most `timeoutMs` for another holder.
  Status acquire(const std::string &path, uint32_t timeoutMs);

private:
  int descriptor = -1;
};

} // namespace vyre::rt

#endif // VYRE_RT_STATE_STATEFILE_H
