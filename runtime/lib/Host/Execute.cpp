// Executing the items of a host stream.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Gang.h"
#include "HostGraph.h"
#include "HostStream.h"
#include "Items.h"
#include "Launch.h"
#include "QueueTeam.h"

#include <cstdlib>
#include <cstring>

namespace vyre::rt::host {

namespace {

const char *categoryOf(ItemKind kind) {
  switch (kind) {
  case ItemKind::Launch:
    return "kernel";
  case ItemKind::Persistent:
  case ItemKind::Queue:
    return "persistent";
  case ItemKind::Fill:
    return "fill";
  case ItemKind::Graph:
    return "graph";
  case ItemKind::Wait:
    return "sync";
  default:
    return "copy";
  }
}

const char *nameOf(const Item &item) {
  switch (item.kind) {
  case ItemKind::Launch:
  case ItemKind::Persistent:
    return item.launch.kernel->name;
  case ItemKind::Fill:
    return "fill";
  case ItemKind::Graph:
    return "replay";
  case ItemKind::Queue:
    return "live queue";
  case ItemKind::Wait:
    return "wait for event";
  default:
    return "copy";
  }
}

// True for items that a failed stream skips; the others keep order and memory, and the
// items of a live queue have to be taken for those who wait for them.
bool isSkippable(ItemKind kind) {
  return kind != ItemKind::Pad && kind != ItemKind::Free && kind != ItemKind::Record &&
         kind != ItemKind::Wait && kind != ItemKind::Queue;
}

StridedCopy stridedOf(Item &item) {
  auto *words = static_cast<int64_t *>(item.payload());
  int64_t rank = int64_t(item.payloadBytes / sizeof(int64_t) / 3);
  return {item.copy.dst,    words, item.copy.src,  words + rank,
          words + 2 * rank, rank,  item.copy.bytes};
}

} // namespace

void HostStream::execute(Item &item) {
  bool spans = tracing() && isTraced && item.kind != ItemKind::Pad && item.kind != ItemKind::Free &&
               item.kind != ItemKind::Record;
  uint64_t beginNs = spans ? nowNs() : 0;
  if (!(failed() && isSkippable(item.kind)))
    perform(item);
  else if (item.kind == ItemKind::Graph)
    item.graph.values->release();
  if (spans)
    traceSpan(id, categoryOf(item.kind), nameOf(item), beginNs, nowNs());
}

void HostStream::perform(Item &item) {
  switch (item.kind) {
  case ItemKind::Pad:
    break;
  case ItemKind::Launch:
    runLaunch(item);
    break;
  case ItemKind::Persistent:
    runPersistent(item);
    break;
  case ItemKind::Copy:
    std::memmove(item.copy.dst, item.copy.src, item.copy.bytes);
    break;
  case ItemKind::CopyStrided:
    copyStrided(stridedOf(item));
    break;
  case ItemKind::Fill:
    fillMemory(item.fill.dst, item.fill.value, item.fill.elementBytes, item.fill.count);
    break;
  case ItemKind::Free:
    std::free(item.pointer);
    break;
  case ItemKind::Record:
    item.event.event->complete(item.event.ticket, failure());
    item.event.event->release();
    break;
  case ItemKind::Wait: {
    item.event.event->wait(item.event.ticket);
    Status other = item.event.event->failure();
    if (!other.ok())
      fail(other);
    item.event.event->release();
    break;
  }
  case ItemKind::Graph:
    item.graph.values->run(item.graph.times, pool, timeoutMs);
    item.graph.values->release();
    break;
  case ItemKind::Queue:
    runQueue(item);
    break;
  }
}

static KernelCall callOf(Item &item, Stream &stream) {
  auto &launch = item.launch;
  return {launch.kernel,
          item.payload(),
          {launch.grid[0], launch.grid[1], launch.grid[2]},
          {launch.block[0], launch.block[1], launch.block[2]},
          int64_t(launch.dynamicSharedBytes),
          launch.location,
          &stream,
          0};
}

void HostStream::runLaunch(Item &item) {
  ExecState &state = execState();
  state.launch = callOf(item, *this);
  state.launch.deadlineNs = deadlineAfter(timeoutMs);
  runGrid(state, pool, state.launch);
}

void HostStream::runPersistent(Item &item) {
  Gang gang;
  gang.call = callOf(item, *this);
  gang.call.deadlineNs = deadlineAfter(timeoutMs);
  gang.run(execState(), pool, item.launch.maxBlocks - 1);
}

void HostStream::runQueue(Item &item) {
  QueueTeam team(*item.queue.record, *item.queue.ring, *this, timeoutMs);
  team.run(execState(), pool);
}

} // namespace vyre::rt::host
