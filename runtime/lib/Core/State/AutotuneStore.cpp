// The store in memory and its exchange with the file. File work is done on a
// copy, so that launches never wait for a disk.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "AutotuneStore.h"

#include "StateFile.h"

namespace vyre::rt {
namespace {

Status readStore(const std::string &path, StoreContent &content) {
  std::string text;
  bool exists = false;
  if (Status status = readStateFile(path, kStoreMaxBytes, text, exists); !status.ok())
    return status;
  return exists ? parseStore(text, path, content) : Status();
}

template <typename Map, typename Key>
std::optional<typename Map::mapped_type> lookUp(const Map &map, const Key &key) {
  const auto at = map.find(key);
  return at == map.end() ? std::nullopt : std::optional(at->second);
}

} // namespace

void AutotuneStore::put(const StoreKey &key, const TuningRecord &record) {
  StateLock lock(mutex);
  content.put(key, record);
}

void AutotuneStore::put(const RacePair &pair, const RaceRecord &record) {
  StateLock lock(mutex);
  content.put(pair, record);
}

std::optional<TuningRecord> AutotuneStore::find(const StoreKey &key) const {
  StateLock lock(mutex);
  return lookUp(content.records, key);
}

std::optional<RaceRecord> AutotuneStore::find(const RacePair &pair) const {
  StateLock lock(mutex);
  return lookUp(content.verdicts, pair);
}

size_t AutotuneStore::size() const {
  StateLock lock(mutex);
  return content.size();
}

Status AutotuneStore::load(const std::string &path) {
  StoreContent fromFile;
  if (Status status = readStore(path, fromFile); !status.ok())
    return status;
  StateLock lock(mutex);
  content.merge(fromFile);
  return {};
}

Status AutotuneStore::save(const std::string &path) {
  StateFileLock fileLock;
  if (Status status = fileLock.acquire(path, kLockTimeoutMs); !status.ok())
    return status;
  StoreContent merged;
  if (Status status = readStore(path, merged); !status.ok())
    return status;
  {
    StateLock lock(mutex);
    merged.merge(content);
  }
  const std::string text = formatStore(merged);
  // An adapter name that is not UTF-8 would make a file that nobody can read.
  StoreContent readBack;
  if (Status status = parseStore(text, path, readBack); !status.ok())
    return status;
  // Under the lock one temporary name is enough; a crash leaves at most one.
  if (Status status = replaceStateFile(path, path + ".tmp", text); !status.ok())
    return status;
  StateLock lock(mutex);
  content.merge(merged);
  return {};
}

} // namespace vyre::rt
