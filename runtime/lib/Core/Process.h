// The runtime's one process-wide state: the selected device, its streams, and
// who is told about failures.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Built on first use and never destroyed, so that threads which still run while
// the process exits find it intact.
#ifndef VYRE_RT_CORE_PROCESS_H
#define VYRE_RT_CORE_PROCESS_H

#include "Device.h"

namespace vyre::rt {

// What the environment or vyre-rt asked for. Read once, at first use.
struct Options {
  std::string device = "auto"; // auto, host, cuda, cuda:N
  std::string mode = "auto";   // auto, plain, graph, persistent
  std::string profile;         // empty: measured; native, portable or a file
  std::string explain;         // empty, "-", "text:FILE", "json:FILE"
  std::string statsFile;
  std::string traceFile;
  std::string storeFile;
  bool audit = false;
  uint32_t minChip = 0;                      // oldest GPU that the program has code for, as 90
  uint32_t hostWorkers = 0;                  // 0: as many as the CPUs this process may use
  uint64_t timeoutMs = 0;                    // 0: none
  uint64_t queueIdleNs = VYRE_QUEUE_IDLE_NS; // changed by tests only
  bool verify = false;                       // compare replays with plain launches
  bool hostMirrors = false;                  // mirrored memory on the host device really is two
};

class Process {
public:
  static Process &get();

  // The options can be changed until the device is first used.
  Status setOption(const char *name, const char *value);
  const Options &options() const { return settings; }

  // Whether the options can hold, without starting the device.
  Status checkSettings();

  // The device, selected on the first call; null when that failed.
  Device *device() {
    Device *ready = selected.load(std::memory_order_acquire);
    return ready ? ready : selectDevice();
  }
  // Why device() is null.
  Status deviceFailure();

  // `stream`, or the calling thread's default stream. Null without a device.
  Stream *resolve(vyre_stream stream) { return stream ? stream : defaultStream(); }

  Status createStream(vyre_stream &stream);
  // The calling thread's default stream if it has one already.
  Stream *existingDefaultStream();
  void adoptStream(StreamRef stream);
  // Keeps a stream for reuse; takeReleased gives one back, or null.
  void releaseStream(Stream &stream);
  Stream *takeReleased();
  void destroyStream(Stream &stream);
  std::vector<StreamRef> liveStreams();

  void setFailureHandler(vyre_failure_handler handler, void *user);
  // Hands `stream`'s failure to the handler if nobody has been told of it.
  void report(Stream &stream);
  // Hands over a failure that belongs to no stream (no device).
  void report(const Status &failure);

  uint64_t startNs() const { return startedNs; }
  // A compiled program begins: the time before, as for compiling, is not its own.
  void programStarts();
  // Waits for all streams and writes the reports, unless nothing happened since
  // they were last written.
  Status flush();
  // Flushes at process exit if anything ran.
  Status flushAtExit();

private:
  Process();
  Device *selectDevice();
  Status checkDevice(int &gpus);
  Stream *defaultStream();
  void readEnvironment();

  Options settings;
  Status optionFailure;
  std::atomic<uint64_t> startedNs;
  std::atomic<Device *> selected{nullptr};
  std::mutex deviceLock;
  Status selectFailure;
  std::mutex streamsLock;
  std::vector<StreamRef> streams;
  std::vector<Stream *> released; // a part of `streams`
  std::mutex flushLock;
  std::string reported; // what the reports last written were made of
  std::mutex handlerLock;
  vyre_failure_handler handler = nullptr;
  void *handlerUser = nullptr;
  bool handlerCalled = false;
};

// The failure handler of vyreExitOnFailure: prints and ends with code 113.
void exitWithFailure(vyre_status status, vyre_cstr message, void *user);

} // namespace vyre::rt

#endif // VYRE_RT_CORE_PROCESS_H
