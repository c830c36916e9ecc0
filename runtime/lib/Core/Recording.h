// What a recorded graph's site keeps: one recording for each shape it was replayed in,
// as many as fit, and what the replay in progress gives its nodes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_RECORDING_H
#define VYRE_RT_CORE_RECORDING_H

#include "Device.h"

namespace vyre::rt {

// One recording. `spec` is what `exec` will replay, always.
struct Recording {
  GraphSpec spec;
  std::unique_ptr<GraphExec> exec; // null: not recorded; see `refused`
  uint64_t shape = 0;              // hash of the nodes' shapes
  uint64_t lastUse = 0;            // on the clock of all sites
  bool refused = false;            // the device cannot record this shape
};

// Hangs on vyre_graph_desc.runtime_state and lives as long as the process. From begin to
// the end of submit it belongs to one thread.
class RecordingSite {
public:
  // A site keeps so many recordings, all sites together so many: programs alternate
  // between a few shapes, and a recording of 100 nodes takes some 100 KiB on a GPU.
  static constexpr size_t maxRecordings = 8, maxRecordingsOfAll = 256;

  // The site of `graph`, made on the first call.
  static RecordingSite &of(vyre_graph_desc &graph);
  // The site whose replay the calling thread has begun; null if there is none.
  static RecordingSite *begun(vyre_graph_desc *graph);

  void begin(Stream &stream);
  // Each node once between begin and submit. A failure also fails the submission.
  Status giveKernel(uint32_t index, const vyre_kernel_desc *kernel, const vyre_launch_desc *launch);
  Status giveCopy(uint32_t index, void *dst, const void *src, uint64_t bytes);
  Status giveFill(uint32_t index, void *dst, uint64_t value, uint32_t elementBytes, uint64_t count);
  Status skip(uint32_t index);
  Status submit(uint64_t times, Stream &stream);
  void end();
  // The submission fails: there was no memory for what a node was given.
  void spoil() { (void)keepFailure({VYRE_OUT_OF_MEMORY, "out of memory"}); }

  Stream *stream() const { return current; }

private:
  explicit RecordingSite(const vyre_graph_desc &graph);

  Status keepFailure(const Status &status);
  Status checkIndex(uint32_t index);
  GraphNode &change(uint32_t index);
  void give(uint32_t index, const GraphNode &value);
  const GraphNode &givenNode(uint32_t index) const;

  void choose();
  Recording *find(uint64_t shape);
  Recording &add(uint64_t shape);
  void makeRoom();
  void evictOldest();
  static bool evictFrom(const RecordingSite *mine);
  void update(Stream &stream);
  void record(Stream &stream);
  void refuse(const Status &status);
  Status run(uint64_t times, Stream &stream);
  Status replay(uint64_t times, Stream &stream);
  Status runPlainly(uint64_t times, Stream &stream);

  const std::string location;
  const std::vector<std::pair<uint32_t, uint32_t>> edges;
  std::mutex lock; // from begin to end
  Stream *current = nullptr;
  Status failure; // the first one since begin
  std::vector<std::unique_ptr<Recording>> recordings;
  Recording *latest = nullptr; // of the last replay: the next one's nodes are compared with it

  // Of the replay in progress.
  std::vector<uint32_t> givenIn; // by node: the last replay that gave it
  uint32_t replayNumber = 0, givenCount = 0;
  // Nodes that differ from those of `latest`; the vector only grows, to keep its memory.
  struct Change {
    uint32_t index;
    GraphNode value;
  };
  std::vector<Change> changes;
  size_t changeCount = 0;
  std::vector<uint32_t> changeOf; // by node: number of its change plus one; 0 for none
  bool reshaped = true;           // a change is one of shape, or there is no `latest`
};

} // namespace vyre::rt

#endif // VYRE_RT_CORE_RECORDING_H
