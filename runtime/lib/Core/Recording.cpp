// Finds, makes, updates and evicts the recordings of a site.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A recording's shape is what its nodes are and how large: a recording of the same shape
// takes new addresses and values by updates. The nodes that a replay gives are compared
// with those of the latest recording as they come, so that the usual replay, which
// changes little, costs a comparison a node.
#include "Recording.h"

#include "Check.h"
#include "Counters.h"
#include "Process.h"
#include "VerifyGraph.h"

#include <algorithm>
#include <cstring>

namespace vyre::rt {

namespace {

// All sites, and how many recordings they have together.
struct SiteList {
  std::mutex lock;
  std::vector<RecordingSite *> sites;
  std::atomic<size_t> recordings{0};
  std::atomic<uint64_t> clock{0};
};

SiteList &siteList() {
  static auto *list = new SiteList; // outlives exit handlers
  return *list;
}

std::atomic<RecordingSite *> *cellOf(vyre_graph_desc &graph) {
  return reinterpret_cast<std::atomic<RecordingSite *> *>(&graph.runtime_state);
}

bool sameLaunch(const vyre_launch_desc &a, const vyre_launch_desc &b) {
  return a.grid_x == b.grid_x && a.grid_y == b.grid_y && a.grid_z == b.grid_z &&
         a.block_x == b.block_x && a.block_y == b.block_y && a.block_z == b.block_z &&
         a.dynamic_shared_bytes == b.dynamic_shared_bytes;
}

// True for nodes that differ by addresses and values only.
bool sameShape(const GraphNode &a, const GraphNode &b) {
  if (a.empty || b.empty)
    return a.empty == b.empty;
  if (a.kind != b.kind)
    return false;
  if (a.kind == NodeKind::Kernel)
    return a.kernel == b.kernel && sameLaunch(a.launch, b.launch);
  return a.bytes == b.bytes && a.elementBytes == b.elementBytes;
}

// For nodes of one shape: true if their addresses and values are equal too.
bool sameValues(const GraphNode &a, const GraphNode &b) {
  if (a.empty)
    return true;
  if (a.kind == NodeKind::Kernel)
    return a.args == b.args;
  return a.dst == b.dst && a.src == b.src && a.value == b.value;
}

// FNV-1a, over words.
class Hash {
public:
  void add(uint64_t word) { value = (value ^ word) * 0x100000001b3u; }
  void add(const void *pointer) { add(uint64_t(reinterpret_cast<uintptr_t>(pointer))); }
  uint64_t get() const { return value; }

private:
  uint64_t value = 0xcbf29ce484222325u;
};

void addShape(Hash &hash, const GraphNode &node) {
  hash.add(node.empty ? UINT64_MAX : uint64_t(node.kind));
  if (node.empty)
    return;
  if (node.kind != NodeKind::Kernel) {
    hash.add(node.bytes);
    hash.add(node.elementBytes);
    return;
  }
  hash.add(node.kernel);
  const vyre_launch_desc &l = node.launch;
  for (int64_t size :
       {l.grid_x, l.grid_y, l.grid_z, l.block_x, l.block_y, l.block_z, l.dynamic_shared_bytes})
    hash.add(uint64_t(size));
}

void assign(GraphNode &node, const GraphNode &value) {
  node = value;
  node.launch.args = node.args.data();
}

} // namespace

RecordingSite::RecordingSite(const vyre_graph_desc &graph)
    : location(graph.location ? graph.location : "a recorded graph"), edges([&] {
        std::vector<std::pair<uint32_t, uint32_t>> pairs;
        for (uint32_t i = 0; i != graph.edge_count; ++i)
          pairs.emplace_back(graph.edges[2 * i], graph.edges[2 * i + 1]);
        return pairs;
      }()),
      givenIn(graph.node_count), changeOf(graph.node_count) {}

RecordingSite &RecordingSite::of(vyre_graph_desc &graph) {
  auto *cell = cellOf(graph);
  if (RecordingSite *present = cell->load(std::memory_order_acquire))
    return *present;
  SiteList &list = siteList();
  std::lock_guard<std::mutex> hold(list.lock);
  if (RecordingSite *present = cell->load(std::memory_order_acquire))
    return *present;
  std::unique_ptr<RecordingSite> fresh(new RecordingSite(graph));
  list.sites.push_back(fresh.get());
  cell->store(fresh.get(), std::memory_order_release);
  return *fresh.release();
}

RecordingSite *RecordingSite::begun(vyre_graph_desc *graph) {
  RecordingSite *site = graph ? cellOf(*graph)->load(std::memory_order_acquire) : nullptr;
  return site && site->current ? site : nullptr;
}

void RecordingSite::begin(Stream &stream) {
  lock.lock();
  current = &stream;
  failure = Status();
  reshaped = !latest;
  givenCount = 0;
  if (++replayNumber == 0) { // wrapped: no old number may look like a new one
    std::fill(givenIn.begin(), givenIn.end(), 0);
    replayNumber = 1;
  }
}

void RecordingSite::end() {
  for (size_t i = 0; i != changeCount; ++i)
    changeOf[changes[i].index] = 0;
  changeCount = 0;
  current = nullptr;
  lock.unlock();
}

Status RecordingSite::keepFailure(const Status &status) {
  if (failure.ok())
    failure = status;
  return status;
}

Status RecordingSite::checkIndex(uint32_t index) {
  if (index >= givenIn.size())
    return keepFailure({VYRE_INVALID_ARGUMENT, "a graph has no node " + std::to_string(index)});
  if (givenIn[index] == replayNumber)
    return keepFailure(
        {VYRE_INVALID_ARGUMENT, "node " + std::to_string(index) + " of a graph is given twice"});
  givenIn[index] = replayNumber;
  ++givenCount;
  return {};
}

// The place of a node's new value; the caller fills it.
GraphNode &RecordingSite::change(uint32_t index) {
  if (changeCount == changes.size())
    changes.emplace_back();
  changes[changeCount].index = index;
  changeOf[index] = uint32_t(++changeCount);
  return changes[changeCount - 1].value;
}

const GraphNode &RecordingSite::givenNode(uint32_t index) const {
  return changeOf[index] ? changes[changeOf[index] - 1].value : latest->spec.nodes[index];
}

// Takes a copy's, a fill's or a skipped node's value.
void RecordingSite::give(uint32_t index, const GraphNode &value) {
  if (latest) {
    const GraphNode &node = latest->spec.nodes[index];
    bool same = sameShape(node, value);
    if (same && sameValues(node, value))
      return;
    reshaped |= !same;
  }
  change(index) = value;
}

Status RecordingSite::giveKernel(uint32_t index, const vyre_kernel_desc *kernel,
                                 const vyre_launch_desc *launch) {
  bool empty = false;
  if (!isPlainlyLegal(kernel, launch)) {
    Status legal = checkLaunch(kernel, launch, empty);
    if (!legal.ok())
      return keepFailure(legal);
  }
  Status status = checkIndex(index);
  if (!status.ok())
    return status;
  if (latest) {
    const GraphNode &node = latest->spec.nodes[index];
    bool same =
        node.empty == empty && (empty || (node.kind == NodeKind::Kernel && node.kernel == kernel &&
                                          sameLaunch(node.launch, *launch)));
    if (same && (empty || kernel->param_bytes == 0 ||
                 std::memcmp(node.args.data(), launch->args, kernel->param_bytes) == 0))
      return {};
    reshaped |= !same;
  }
  GraphNode &value = change(index);
  value.kind = NodeKind::Kernel;
  value.empty = empty;
  value.kernel = kernel;
  value.launch = *launch;
  auto *bytes = static_cast<const unsigned char *>(launch->args);
  value.args.assign(bytes, bytes + (empty ? 0 : kernel->param_bytes));
  return {};
}

Status RecordingSite::giveCopy(uint32_t index, void *dst, const void *src, uint64_t bytes) {
  GraphNode value;
  value.kind = NodeKind::Copy;
  // As vyreMemcpy has it: mirrored memory of one place needs no copy.
  value.empty = bytes == 0 || (dst == src && dst);
  value.dst = dst;
  value.src = src;
  value.bytes = bytes;
  if (!value.empty && (!dst || !src))
    return keepFailure({VYRE_INVALID_ARGUMENT, "a copy needs a source and a destination"});
  Status status = checkIndex(index);
  if (status.ok())
    give(index, value);
  return status;
}

Status RecordingSite::giveFill(uint32_t index, void *dst, uint64_t fill, uint32_t elementBytes,
                               uint64_t count) {
  GraphNode value;
  value.kind = NodeKind::Fill;
  value.empty = count == 0;
  value.dst = dst;
  value.bytes = count;
  value.value = fill;
  value.elementBytes = elementBytes;
  if (!value.empty && !dst)
    return keepFailure({VYRE_INVALID_ARGUMENT, "a fill needs a destination"});
  if (elementBytes != 1 && elementBytes != 2 && elementBytes != 4 && elementBytes != 8)
    return keepFailure({VYRE_INVALID_ARGUMENT, "a fill's elements have 1, 2, 4 or 8 bytes"});
  Status status = checkIndex(index);
  if (status.ok())
    give(index, value);
  return status;
}

Status RecordingSite::skip(uint32_t index) {
  GraphNode nothing;
  nothing.empty = true;
  Status status = checkIndex(index);
  if (status.ok())
    give(index, nothing);
  return status;
}

// The recording of this shape, if the given nodes have that of one.
Recording *RecordingSite::find(uint64_t shape) {
  for (auto &recording : recordings) {
    bool same = recording->shape == shape;
    for (uint32_t i = 0; same && i != givenIn.size(); ++i)
      same = sameShape(recording->spec.nodes[i], givenNode(i));
    if (same)
      return recording.get();
  }
  return nullptr;
}

// Makes a recording of the given nodes, in place of an old one if there are too many.
Recording &RecordingSite::add(uint64_t shape) {
  auto fresh = std::make_unique<Recording>();
  fresh->shape = shape;
  fresh->spec.location = location.c_str();
  fresh->spec.edges = edges;
  fresh->spec.nodes.resize(givenIn.size());
  for (uint32_t i = 0; i != givenIn.size(); ++i)
    assign(fresh->spec.nodes[i], givenNode(i));
  recordings.reserve(maxRecordings);
  makeRoom();
  recordings.push_back(std::move(fresh));
  siteList().recordings.fetch_add(1, std::memory_order_relaxed);
  return *recordings.back();
}

void RecordingSite::makeRoom() {
  latest = nullptr;
  if (recordings.size() >= maxRecordings)
    evictOldest();
  // Where all other sites are being replayed, and this one has nothing to give, there is
  // one recording more than the limit says.
  if (siteList().recordings.load(std::memory_order_relaxed) >= maxRecordingsOfAll &&
      !evictFrom(this) && !recordings.empty())
    evictOldest();
}

void RecordingSite::evictOldest() {
  auto oldest =
      std::min_element(recordings.begin(), recordings.end(),
                       [](const auto &a, const auto &b) { return a->lastUse < b->lastUse; });
  if (latest == oldest->get())
    latest = nullptr;
  recordings.erase(oldest);
  siteList().recordings.fetch_sub(1, std::memory_order_relaxed);
  count(counters().graphEvictions);
}

// Evicts the recording that was used least recently, of all sites that nobody replays.
// False if there is none.
bool RecordingSite::evictFrom(const RecordingSite *mine) {
  SiteList &list = siteList();
  std::lock_guard<std::mutex> hold(list.lock);
  RecordingSite *chosen = nullptr;
  uint64_t oldest = UINT64_MAX;
  for (RecordingSite *site : list.sites) {
    // Only tried: whoever has a site's lock may be waiting for the list's.
    if (site == mine || !site->lock.try_lock())
      continue;
    bool older = false;
    for (auto &recording : site->recordings)
      if (recording->lastUse < oldest) {
        oldest = recording->lastUse;
        older = true;
      }
    if (older)
      std::swap(chosen, site);
    if (site)
      site->lock.unlock();
  }
  if (!chosen)
    return false;
  chosen->evictOldest();
  chosen->lock.unlock();
  return true;
}

// Makes `latest` the recording of the given nodes' shape. What differs from it is left
// in `changes`; a new one has no difference.
void RecordingSite::choose() {
  if (!reshaped)
    return;
  Hash hash;
  for (uint32_t i = 0; i != givenIn.size(); ++i)
    addShape(hash, givenNode(i));
  Recording *known = find(hash.get());
  if (!known) {
    Recording &fresh = add(hash.get());
    for (size_t i = 0; i != changeCount; ++i)
      changeOf[changes[i].index] = 0;
    changeCount = 0;
    latest = &fresh;
    return;
  }
  for (uint32_t i = 0; i != givenIn.size(); ++i) {
    bool isChange = changeOf[i] != 0;
    if (!isChange && !sameValues(known->spec.nodes[i], givenNode(i))) {
      GraphNode value = givenNode(i);
      change(i) = std::move(value);
    }
  }
  latest = known;
}

// Tells the device what changed. What it does not take is recorded anew.
void RecordingSite::update(Stream &stream) {
  for (size_t i = 0; i != changeCount; ++i) {
    GraphNode &node = latest->spec.nodes[changes[i].index];
    if (sameValues(node, changes[i].value))
      continue;
    std::swap(node, changes[i].value);
    node.launch.args = node.args.data();
    if (!latest->exec)
      continue;
    count(counters().graphUpdates);
    if (!stream.device.update(*latest->exec, changes[i].index, node, stream).ok())
      latest->exec.reset();
  }
}

void RecordingSite::record(Stream &stream) {
  if (latest->exec || latest->refused)
    return;
  count(counters().graphInstantiations);
  Status status = stream.device.instantiate(latest->spec, stream, latest->exec);
  if (!status.ok())
    refuse(status);
}

void RecordingSite::refuse(const Status &status) {
  latest->exec.reset();
  // Another try is in vain where the device cannot do it at all.
  latest->refused = status.code() == VYRE_UNAVAILABLE || status.code() == VYRE_INVALID_ARGUMENT;
  count(counters().graphRefusals);
  addFallback(location + ": recording refused, its nodes run one by one: " + status.message());
}

Status RecordingSite::runPlainly(uint64_t times, Stream &stream) {
  Status status;
  for (uint64_t i = 0; status.ok() && i != times; ++i)
    status = stream.device.runNodes(latest->spec.nodes, stream);
  return status;
}

Status RecordingSite::replay(uint64_t times, Stream &stream) {
  count(counters().graphLaunches);
  Status status = stream.device.replay(*latest->exec, stream);
  bool refused = status.code() == VYRE_UNAVAILABLE || status.code() == VYRE_OUT_OF_MEMORY ||
                 status.code() == VYRE_INVALID_ARGUMENT;
  if (refused && !stream.failed()) { // nothing of it has run
    refuse(status);
    return runPlainly(times, stream);
  }
  if (!status.ok() || times == 1)
    return status;
  count(counters().graphLaunches, times - 1);
  return stream.device.repeat(*latest->exec, times - 1, stream);
}

Status RecordingSite::run(uint64_t times, Stream &stream) {
  if (!latest->exec)
    return runPlainly(times, stream);
  if (!Process::get().options().verify)
    return replay(times, stream);
  return verifyReplay(
      latest->spec, location, stream, [&] { return replay(times, stream); },
      [&] { return runPlainly(times, stream); });
}

Status RecordingSite::submit(uint64_t times, Stream &stream) {
  if (!failure.ok())
    return failure;
  if (givenCount != givenIn.size())
    return {VYRE_INVALID_ARGUMENT, "a graph was submitted before all its nodes were given"};
  if (times == 0) {
    stream.device.launchSkipped(stream);
    return {};
  }
  try {
    choose();
    latest->lastUse = siteList().clock.fetch_add(1, std::memory_order_relaxed) + 1;
    update(stream);
    record(stream);
    Status status = run(times, stream);
    if (!status.ok())
      latest->exec.reset(); // whatever it holds, the next replay records anew
    return status;
  } catch (const std::exception &) {
    // Out of memory in the middle: the recording may not be what it should.
    if (latest)
      latest->exec.reset();
    throw;
  }
}

} // namespace vyre::rt
