// Resource tables: every launch reads the table of its own call, and a table is written
// only when its contents are new.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <thread>
#include <vector>

using namespace conformance;

namespace {

constexpr unsigned entries = 24;

struct Summing {
  const void *table; // of `entries` pointers
  uint64_t *sum;
};

void sum(const void *args, vyre_host_ctx *) {
  auto *a = static_cast<const Summing *>(args);
  auto *table = static_cast<const uint64_t *const *>(a->table);
  for (unsigned i = 0; i != entries; ++i)
    *a->sum += *table[i];
}

// A table of pointers that are all the same one.
struct Contents {
  const uint64_t *words[entries];
  explicit Contents(const uint64_t *value) { std::fill(std::begin(words), std::end(words), value); }
};

class TableTest : public HostKernels {
protected:
  Kernel kernel{"sum", sum, sizeof(Summing)};
  vyre_table_desc table = {sizeof(vyre_table_desc), VYRE_ABI_VERSION, "suite.mlir:3:4", nullptr};

  // Adds `entries` times *value to *into.
  vyre_status launch(const uint64_t *value, uint64_t *into, vyre_stream stream = nullptr) {
    Contents contents(value);
    const void *memory = vyreResourceTable(&table, contents.words, sizeof contents.words, stream);
    if (!memory)
      return VYRE_INTERNAL;
    return run(kernel, Summing{memory, into}, 1, 1, stream);
  }
  static uint64_t uploads() {
    std::string text(vyreRtStatsJson(nullptr, 0) + 64, '\0');
    vyreRtStatsJson(&text[0], text.size());
    size_t at = text.find("\"table_uploads\":");
    return at == std::string::npos ? UINT64_MAX : std::stoull(text.substr(at + 16));
  }
};

// A program that swaps two sets of buffers writes two tables, whenever it runs.
TEST_F(TableTest, WritesNewContentsOnly) {
  uint64_t values[2] = {1, 100}, total = 0, before = uploads();
  for (int i = 0; i != 50; ++i)
    ASSERT_EQ(launch(&values[i % 2], &total), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  EXPECT_EQ(total, entries * 25u * 101u);
  EXPECT_EQ(uploads(), before + 2);
}

// More contents than are kept: the memory of old ones is written again, and launches that
// are still queued read what was theirs.
TEST_F(TableTest, QueuedLaunchesKeepTheirTables) {
  std::vector<uint64_t> values(40), totals(400);
  for (size_t i = 0; i != values.size(); ++i)
    values[i] = i + 1;
  uint64_t before = uploads();
  for (size_t i = 0; i != totals.size(); ++i)
    ASSERT_EQ(launch(&values[i % values.size()], &totals[i]), VYRE_OK);
  ASSERT_EQ(vyreStreamSync(nullptr), VYRE_OK);
  for (size_t i = 0; i != totals.size(); ++i)
    EXPECT_EQ(totals[i], entries * values[i % values.size()]) << i;
  EXPECT_EQ(uploads(), before + totals.size());
}

// Streams, and threads with streams of their own, do not disturb each other.
TEST_F(TableTest, StreamsHaveTablesOfTheirOwn) {
  constexpr int rounds = 300;
  uint64_t values[3] = {1, 2, 3}, totals[3] = {};
  auto work = [&](int which) {
    ScopedStream stream;
    for (int i = 0; i != rounds; ++i)
      EXPECT_EQ(launch(&values[which], &totals[which], stream), VYRE_OK);
    EXPECT_EQ(vyreStreamSync(stream), VYRE_OK);
  };
  std::vector<std::thread> threads;
  for (int which = 0; which != 3; ++which)
    threads.emplace_back(work, which);
  for (std::thread &thread : threads)
    thread.join();
  for (int which = 0; which != 3; ++which)
    EXPECT_EQ(totals[which], entries * values[which] * rounds);
  // Tables of streams that are gone are not taken for those of a new one.
  uint64_t before = uploads(), total = 0;
  ScopedStream fresh;
  EXPECT_EQ(launch(&values[0], &total, fresh), VYRE_OK);
  EXPECT_EQ(vyreStreamSync(fresh), VYRE_OK);
  EXPECT_EQ(total, entries * values[0]);
  EXPECT_EQ(uploads(), before + 1);
}

// No contents are an error of the stream, which a launch without a table does not survive.
TEST_F(TableTest, RefusesNoContents) {
  ScopedStream stream;
  EXPECT_EQ(vyreResourceTable(&table, nullptr, 8, stream), nullptr);
  EXPECT_NE(failureText(stream).find("needs descriptors"), std::string::npos);
  ScopedStream other;
  uint64_t value = 1;
  EXPECT_EQ(vyreResourceTable(nullptr, &value, 8, other), nullptr);
  EXPECT_EQ(vyreResourceTable(&table, &value, 0, other), nullptr);
  EXPECT_NE(failureText(other), "");
}

} // namespace
