// The autotune store under other processes, crashes, a full disk and a folder
// that cannot be written.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StateTesting.h"

#include <algorithm>
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

namespace vyre::rt::test {
namespace {

using StateCrash = StateFolder;

void limitFileSize(rlim_t bytes) {
  const struct rlimit limit = {bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  // A kill by the limit is the point here, not a reason for a core file.
  const struct rlimit noCore = {0, 0};
  ::setrlimit(RLIMIT_CORE, &noCore);
}

// Two processes that save at the same time lose nothing, and where they wrote
// the same key the newer entry stands.
TEST_F(StateCrash, TwoProcessesLoseNothing) {
  constexpr int kSaves = 25;
  const auto writer = [&](int id) {
    return startProcess([=] {
      AutotuneStore store;
      for (int i = 0; i < kSaves; ++i) {
        store.put(keyOf(id * 1000 + i), recordAt(i));
        store.put(keyOf(-1), recordAt(2 * i + id, static_cast<uint32_t>(id)));
        if (!store.save(path()).ok())
          return 1;
      }
      return 0;
    });
  };
  const pid_t a = writer(1), b = writer(2);
  EXPECT_EQ(waitFor(a), 0);
  EXPECT_EQ(waitFor(b), 0);
  AutotuneStore store;
  EXPECT_OK(store.load(path()));
  EXPECT_EQ(store.size(), 2u * kSaves + 1);
  EXPECT_EQ(store.find(keyOf(-1))->recordedAt, 2 * (kSaves - 1) + 2);
  EXPECT_EQ(store.find(keyOf(-1))->unroll, 2u);
}

// A process killed by the kernel at byte n of its write, for every n, leaves
// the old file, and the next save is not disturbed by what it left.
TEST_F(StateCrash, KilledAtAnyByteLeavesTheOldFile) {
  AutotuneStore old;
  old.put(keyOf(1), recordAt(1));
  ASSERT_TRUE(old.save(path()).ok());
  const std::string oldText = readText(path());

  AutotuneStore next;
  next.put(keyOf(2), recordAt(2));
  StoreContent both;
  both.put(keyOf(1), recordAt(1));
  both.put(keyOf(2), recordAt(2));
  const size_t newSize = formatStore(both).size();
  for (size_t n = 0; n < newSize; ++n) {
    const int status = waitFor(startProcess([&] {
      ::signal(SIGXFSZ, SIG_DFL);
      limitFileSize(n);
      return next.save(path()).ok() ? 0 : 1;
    }));
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) << n << ": " << status;
    ASSERT_EQ(readText(path()), oldText) << n;
    ASSERT_EQ(readText(path("store.toml.tmp")).size(), n);
  }
  EXPECT_OK(next.save(path()));
  AutotuneStore read;
  EXPECT_OK(read.load(path()));
  EXPECT_EQ(read.size(), 2u);
}

// A file that something else cut, at every byte, never reads as a smaller
// store: it is refused and kept, or only its last newline is missing.
TEST_F(StateCrash, CutFileIsRefusedAtAnyByte) {
  AutotuneStore store;
  store.put(keyOf(1), recordAt(1));
  store.put(keyOf(2), recordAt(2, 1000));
  const RacePair pair{"host-test", keyOf(1).hash, keyOf(2).hash};
  store.put(pair, {StoredVerdict::Reject, 8, 100000, 8, 200000, 12345, 7});
  ASSERT_TRUE(store.save(path()).ok());
  const std::string whole = readText(path());
  for (size_t n = 0; n + 1 < whole.size(); ++n) {
    const std::string cut = whole.substr(0, n);
    writeText(path("cut"), cut);
    AutotuneStore reader;
    ASSERT_FALSE(reader.load(path("cut")).ok()) << cut;
    ASSERT_FALSE(reader.save(path("cut")).ok());
    ASSERT_EQ(readText(path("cut")), cut);
    ASSERT_EQ(reader.size(), 0u);
  }
}

// A full disk is an error; the old file stands and no temporary file is left.
TEST_F(StateCrash, FullDiskKeepsTheOldFile) {
  AutotuneStore store;
  store.put(keyOf(1), recordAt(1));
  ASSERT_TRUE(store.save(path()).ok());
  const std::string oldText = readText(path());
  const int status = waitFor(startProcess([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    limitFileSize(100);
    store.put(keyOf(2), recordAt(2));
    const Status saved = store.save(path());
    return !saved.ok() && std::string(saved.message()).find("cannot write") == 0 ? 0 : 1;
  }));
  EXPECT_EQ(status, 0);
  EXPECT_EQ(readText(path()), oldText);
  const std::vector<std::string> files = list();
  EXPECT_EQ(std::count(files.begin(), files.end(), "store.toml.tmp"), 0);
}

// In a folder without write permission a save is an error and a load works.
TEST_F(StateCrash, ReadOnlyFolder) {
  AutotuneStore store;
  store.put(keyOf(1), recordAt(1));
  ASSERT_TRUE(store.save(path()).ok());
  ::unlink(path("store.toml.lock").c_str());
  ASSERT_EQ(::chmod(folder.c_str(), 0555), 0);
  const std::string before = readText(path());
  const int status = waitFor(startProcess([&] {
    // Permissions do not bind root: become somebody else.
    if (::geteuid() == 0 && ::setuid(65534) != 0)
      return 3;
    AutotuneStore reader;
    if (!reader.load(path()).ok() || reader.size() != 1)
      return 1;
    const Status saved = reader.save(path());
    return !saved.ok() &&
                   std::string(saved.message()).find("Permission denied") != std::string::npos
               ? 0
               : 2;
  }));
  EXPECT_EQ(status, 0);
  ::chmod(folder.c_str(), 0755);
  EXPECT_EQ(readText(path()), before);
}

} // namespace
} // namespace vyre::rt::test
