// What tuning and races learned, shared by processes through one TOML file.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_AUTOTUNESTORE_H
#define VYRE_RT_STATE_AUTOTUNESTORE_H

#include "Mutex.h"
#include "Status.h"
#include "StoreText.h"

#include <optional>
#include <string>

namespace vyre::rt {

/// Thread-safe. Holds the entries of this process and those it has read.
class AutotuneStore {
public:
  /// How long a save waits for another process's.
  static constexpr uint32_t kLockTimeoutMs = 5000;

  void put(const StoreKey &key, const TuningRecord &record);
  void put(const RacePair &pair, const RaceRecord &record);
  std::optional<TuningRecord> find(const StoreKey &key) const;
  std::optional<RaceRecord> find(const RacePair &pair) const;
  size_t size() const;

  /// Merges the file into this store; a missing file is an empty store. On a
  /// failure nothing changes.
  Status load(const std::string &path);

  /// Merges this store into the file, under a lock, and replaces it atomically.
  /// Then this store also holds what other processes had written. A file that
  /// cannot be read is left as it is.
  Status save(const std::string &path);

private:
  mutable StateMutex mutex;
  StoreContent content VYRE_THREAD_SAFETY(guarded_by(mutex));
};

} // namespace vyre::rt

#endif // VYRE_RT_STATE_AUTOTUNESTORE_H
