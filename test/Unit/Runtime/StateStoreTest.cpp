// The autotune store: round trip, merging, bounds, and refusal of bad files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StateFile.h"
#include "StateTesting.h"

#include <limits>
#include <sys/stat.h>

namespace vyre::rt::test {
namespace {

using StateStore = StateFolder;

RacePair pairOf(int number) {
  return {"host-test", keyOf(number).hash, keyOf(number + 1000000).hash};
}

RaceRecord race(int64_t time, uint32_t samples) {
  return {StoredVerdict::Adopt, samples, 100000, samples, 50000, 0, time};
}

// What was put and saved is found by the next process, extremes included.
TEST_F(StateStore, RoundTrips) {
  const StoreKey odd{keyOf(1).hash, "host-\"quoted\" \\ \xc3\xa9 \t"};
  TuningRecord record{{1024, 0, 4294967295u}, 4294967295u, {1, 2, 3}, 1795233991};
  RaceRecord verdict{StoredVerdict::Undecided, 4294967295u, UINT64_MAX, 0, INT64_MAX,
                     uint64_t(INT64_MAX) + 1,  253402300799};
  AutotuneStore store;
  store.put(odd, record);
  store.put(pairOf(1), verdict);
  EXPECT_OK(store.save(path()));

  AutotuneStore next;
  EXPECT_OK(next.load(path()));
  ASSERT_EQ(next.size(), 2u);
  EXPECT_TRUE(next.find(odd) == record);
  EXPECT_TRUE(next.find(pairOf(1)) == verdict);
  EXPECT_FALSE(next.find(keyOf(2)));
}

// The same content gives the same bytes, whatever the order of the puts.
TEST_F(StateStore, TextIsCanonical) {
  AutotuneStore forward, backward;
  for (int i = 0; i < 10; ++i) {
    forward.put(keyOf(i), recordAt(i));
    backward.put(keyOf(9 - i), recordAt(9 - i));
  }
  EXPECT_OK(forward.save(path("a")));
  EXPECT_OK(backward.save(path("b")));
  EXPECT_EQ(readText(path("a")), readText(path("b")));
}

TEST_F(StateStore, MissingFileIsEmpty) {
  AutotuneStore store;
  EXPECT_OK(store.load(path()));
  EXPECT_EQ(store.size(), 0u);
}

// Newer wins; at the same second, more samples win; in both directions.
TEST_F(StateStore, MergesNewerThenMoreSamples) {
  for (const bool newerFirst : {false, true}) {
    AutotuneStore store;
    store.put(keyOf(1), recordAt(newerFirst ? 20 : 10, newerFirst ? 2 : 1));
    store.put(keyOf(1), recordAt(newerFirst ? 10 : 20, newerFirst ? 1 : 2));
    EXPECT_EQ(store.find(keyOf(1))->unroll, 2u);
    store.put(pairOf(1), race(10, newerFirst ? 64 : 8));
    store.put(pairOf(1), race(10, newerFirst ? 8 : 64));
    EXPECT_EQ(store.find(pairOf(1))->baselineDispatches, 64u);
    store.put(pairOf(1), race(11, 8));
    EXPECT_EQ(store.find(pairOf(1))->baselineDispatches, 8u);
  }
}

// Saving keeps what another process wrote in between.
TEST_F(StateStore, SaveMergesWithTheFile) {
  AutotuneStore a, b;
  a.put(keyOf(1), recordAt(1));
  b.put(keyOf(2), recordAt(2));
  EXPECT_OK(a.save(path()));
  EXPECT_OK(b.save(path()));
  EXPECT_EQ(b.size(), 2u);
  AutotuneStore c;
  EXPECT_OK(c.load(path()));
  EXPECT_TRUE(c.find(keyOf(1)) && c.find(keyOf(2)));
}

// Past the limit the oldest entries of both tables go, and only as many as must.
TEST(StateStoreText, DropsTheOldest) {
  StoreContent content;
  for (int i = 0; i < 20; ++i) {
    content.put(keyOf(i), recordAt(1000 + 2 * i));
    content.put(pairOf(i), race(1001 + 2 * i, 8));
  }
  const size_t full = formatStore(content).size();
  ASSERT_EQ(content.size(), 40u);
  const std::string text = formatStore(content, full - 1000);
  EXPECT_LE(text.size(), full - 1000);
  EXPECT_GT(text.size(), full - 1500);
  StoreContent kept;
  EXPECT_OK(parseStore(text, "store", kept));
  EXPECT_EQ(kept.size(), content.size());
  int64_t oldest = std::numeric_limits<int64_t>::max();
  for (const auto &[key, record] : kept.records)
    oldest = std::min(oldest, record.recordedAt);
  for (const auto &[pair, record] : kept.verdicts)
    oldest = std::min(oldest, record.decidedAt);
  EXPECT_EQ(oldest, 1040 - static_cast<int64_t>(kept.size()));
}

// A store of over 4 MiB is saved within 4 MiB, and still reads.
TEST_F(StateStore, FileIsBounded) {
  // Long names make few entries large, which keeps the test short.
  const std::string adapter = "host-" + std::string(2000, 'x');
  const int count = 2500;
  AutotuneStore store;
  for (int i = 0; i < count; ++i)
    store.put(keyOf(i, adapter.c_str()), recordAt(i));
  EXPECT_OK(store.save(path()));
  struct stat info;
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_LE(static_cast<size_t>(info.st_size), kStoreMaxBytes);
  EXPECT_GT(static_cast<size_t>(info.st_size), kStoreMaxBytes - 5000);
  AutotuneStore next;
  EXPECT_OK(next.load(path()));
  EXPECT_TRUE(next.find(keyOf(count - 1, adapter.c_str())));
  EXPECT_FALSE(next.find(keyOf(0, adapter.c_str())));
}

class BadStore : public StateFolder {
protected:
  /// Loading and saving both fail with `part`, and the file stays as it is.
  void expectRefused(const std::string &text, const std::string &part) {
    writeText(path(), text);
    AutotuneStore store;
    store.put(keyOf(1), recordAt(1));
    expectFailure(store.load(path()), part);
    expectFailure(store.save(path()), part);
    EXPECT_EQ(readText(path()), text);
    EXPECT_EQ(store.size(), 1u);
  }
};

TEST_F(BadStore, IsRefusedWithItsPlace) {
  const std::string hash = keyOf(1).hash;
  expectRefused("", "missing key 'schema'");
  expectRefused("schema = 2\n", path() + ":1: schema 2 is unknown");
  expectRefused("\nschema = \"1\"\n", path() + ":2: 'schema' must be an integer");
  expectRefused("schema = 1\nwhat\n", path() + ":");
  expectRefused(std::string("\0\xff\x80", 3), "not TOML");
  expectRefused("schema = 1\nrecords = 3\n", path() + ":2: unknown key 'records'");
  expectRefused("schema = 1\nrecord = 3\n", path() + ":2: 'record' must be an array of tables");
  expectRefused("schema = 1\n[[record]]\nkey = \"zz\"\n",
                path() + ":3: 'key' must be 32 hexadecimal characters");
  expectRefused("schema = 1\n[[record]]\nkey = \"" + hash + "\"\nadapter = 7\n",
                path() + ":4: 'adapter' must be a string");
  expectRefused("entries = 2\nschema = 1\n", "the file was cut: it has 0 of 2 entries");
}

TEST_F(BadStore, WrongFieldsAreRefused) {
  const std::string head =
      "schema = 1\n[[record]]\nkey = \"" + keyOf(1).hash + "\"\nadapter = \"a\"\n";
  const std::string time = "recorded_at = 2026-01-31T23:59:59Z\n";
  expectRefused(head, ":2: missing key 'recorded_at'");
  expectRefused(head + "recorded_at = 5\n", ":5: 'recorded_at' must be a date-time");
  expectRefused(head + "recorded_at = 2026-01-31T23:59:59\n", "with offset");
  expectRefused(head + time + "unroll = -1\n", ":6: 'unroll' must be an integer from 0");
  expectRefused(head + time + "unroll = 4294967296\n", "'unroll' must be an integer from 0");
  expectRefused(head + time + "unroll = 1\nworkgroup_size = [1, 2]\n", "array of 3 integers");
  expectRefused(head + time + "unroll = 1\nworkgroup_size = [1, 2, 1.0]\n", "array of 3 integers");
}

// A file over the limit is refused before it is parsed.
TEST_F(BadStore, HugeFileIsRefused) {
  expectRefused("schema = 1\n" + std::string(kStoreMaxBytes, '\n'), "is larger than 4194304 bytes");
}

// A hostile file cannot exhaust the stack.
TEST_F(BadStore, DeepNestingIsRefused) {
  expectRefused("schema = 1\nx = " + std::string(100000, '[') + "\n", "not TOML");
}

// A named pipe is refused, not waited for; so is a folder.
TEST_F(BadStore, SpecialFilesAreRefused) {
  AutotuneStore store;
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  expectFailure(store.load(path()), "is not a regular file");
  expectFailure(store.load(folder), "is not a regular file");
}

// An adapter name that no TOML file can hold fails the save, not the next load.
TEST_F(StateStore, UnwritableNamesAreRefused) {
  AutotuneStore store;
  store.put(keyOf(1, "host-\xff"), recordAt(1));
  expectFailure(store.save(path()), "not TOML");
  AutotuneStore next;
  EXPECT_OK(next.load(path()));
}

TEST_F(StateStore, MissingFolderIsAnError) {
  AutotuneStore store;
  expectFailure(store.save(folder + "/none/store.toml"), "No such file or directory");
}

// A lock that another holds for too long is an error that names it.
TEST_F(StateStore, LockWaitIsBounded) {
  StateFileLock held, waiting;
  EXPECT_OK(held.acquire(path(), 0));
  expectFailure(waiting.acquire(path(), 20), "another process has held '" + path() + ".lock'");
  expectFailure(held.acquire(path(), 0), "already held");
}

} // namespace
} // namespace vyre::rt::test
