// Tables of buffers in device memory, one per place of the program and stream: what a
// kernel with many buffers is launched with. A table is written only if its contents are
// none of the last few.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Call.h"
#include "Counters.h"

#include <algorithm>
#include <cstring>
#include <list>

namespace vyre::rt {

namespace {

// Programs that swap buffers come back to the same few contents.
constexpr size_t tablesPerStream = 8;

struct Table {
  std::vector<unsigned char> contents; // read by the upload until `uploaded`
  void *memory = nullptr;              // of the device
  Event *uploaded = nullptr;
};

// The tables of one place in one stream: whoever writes into one does so in stream
// order, after the launches that read it.
struct StreamTables {
  uint32_t id; // of the stream, never used again
  std::weak_ptr<Stream> stream;
  std::list<Table> tables; // latest first
};

// Hangs on vyre_table_desc.runtime_state; lives as long as the process.
struct Site {
  std::mutex lock;
  std::vector<StreamTables> streams;
};

Site &siteOf(vyre_table_desc &desc) {
  static std::mutex lock;
  static auto *all = new std::vector<std::unique_ptr<Site>>; // outlives exit handlers
  auto *cell = reinterpret_cast<std::atomic<Site *> *>(&desc.runtime_state);
  if (Site *present = cell->load(std::memory_order_acquire))
    return *present;
  std::lock_guard<std::mutex> hold(lock);
  if (Site *present = cell->load(std::memory_order_acquire))
    return *present;
  all->push_back(std::make_unique<Site>());
  cell->store(all->back().get(), std::memory_order_release);
  return *all->back();
}

void release(Table &table, Stream &stream) {
  if (table.memory)
    (void)stream.device.free(table.memory, stream);
  if (table.uploaded)
    stream.device.destroyEvent(table.uploaded);
}

// The tables for `stream`. Those of streams that are gone, whose work is over, are freed.
StreamTables &tablesOf(Site &site, Stream &stream) {
  for (StreamTables &known : site.streams)
    if (known.id == stream.id)
      return known;
  for (size_t i = 0; i != site.streams.size();) {
    if (!site.streams[i].stream.expired()) {
      ++i;
      continue;
    }
    for (Table &table : site.streams[i].tables)
      release(table, stream);
    site.streams.erase(site.streams.begin() + i);
  }
  site.streams.push_back({stream.id, stream.weak_from_this(), {}});
  return site.streams.back();
}

// A table to write into: a new one, or the one that was not used for longest.
Status takeTable(StreamTables &of, uint64_t bytes, Stream &stream, Table &table) {
  if (of.tables.size() >= tablesPerStream) {
    table = std::move(of.tables.back());
    of.tables.pop_back();
    Status status = stream.device.syncEvent(*table.uploaded);
    if (!status.ok())
      release(table, stream);
    return status;
  }
  Status status = stream.device.allocate(table.memory, bytes, VYRE_MEMORY_DEVICE, stream);
  if (status.ok())
    status = stream.device.createEvent(table.uploaded);
  if (!status.ok())
    release(table, stream);
  return status;
}

Status upload(StreamTables &of, const void *contents, uint64_t bytes, Stream &stream) {
  Table table;
  Status status = takeTable(of, bytes, stream, table);
  if (!status.ok())
    return status;
  auto *first = static_cast<const unsigned char *>(contents);
  table.contents.assign(first, first + bytes);
  // Its address is what the copy reads later, so it is put in place before.
  of.tables.push_front(std::move(table));
  Table &placed = of.tables.front();
  status = stream.device.copy(placed.memory, placed.contents.data(), bytes, stream);
  if (status.ok())
    status = stream.device.recordEvent(*placed.uploaded, stream);
  if (status.ok())
    count(counters().tableUploads);
  else
    placed.contents.clear(); // nobody may take it for what it should hold
  return status;
}

Status findTable(vyre_table_desc &desc, const void *contents, uint64_t bytes, Stream &stream,
                 const void *&memory) {
  if (stream.failed())
    return stream.failure();
  Site &site = siteOf(desc);
  std::lock_guard<std::mutex> hold(site.lock);
  StreamTables &of = tablesOf(site, stream);
  auto same = [&](const Table &table) {
    return table.contents.size() == bytes &&
           std::memcmp(table.contents.data(), contents, bytes) == 0;
  };
  auto found = std::find_if(of.tables.begin(), of.tables.end(), same);
  if (found != of.tables.end()) {
    of.tables.splice(of.tables.begin(), of.tables, found);
  } else {
    Status status = upload(of, contents, bytes, stream);
    if (!status.ok())
      return status;
  }
  memory = of.tables.front().memory;
  return {};
}

} // namespace
} // namespace vyre::rt

using namespace vyre::rt;

extern "C" const void *vyreResourceTable(vyre_table_desc *table, const void *descriptors,
                                         uint64_t bytes, vyre_stream stream) {
  const void *memory = nullptr;
  vyre_status status = onStream(stream, [&](Stream &on) -> Status {
    if (!table || !descriptors || bytes == 0)
      return {VYRE_INVALID_ARGUMENT, "a resource table needs descriptors"};
    return findTable(*table, descriptors, bytes, on, memory);
  });
  return status == VYRE_OK ? memory : nullptr;
}
