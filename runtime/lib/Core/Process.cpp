// Device selection, stream registry, failure reporting and process exit.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Process.h"
#include "Counters.h"
#include "LiveQueue.h"
#include "Report.h"
#include "State/AutotuneStore.h"
#include "State/ProfileFile.h"
#include "Text.h"
#include "Trace.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace vyre::rt {

namespace {

// True when `text` is a whole unsigned number of at most `limit`.
bool parseNumber(const char *text, uint64_t limit, uint64_t &value) {
  if (*text < '0' || *text > '9')
    return false;
  char *end = nullptr;
  errno = 0;
  value = std::strtoull(text, &end, 10);
  return errno == 0 && *end == '\0' && value <= limit;
}

// True for auto, host, cuda and cuda:N.
bool isDeviceName(const std::string &name) {
  uint64_t ordinal;
  return name == "auto" || name == "host" || name == "cuda" ||
         (name.compare(0, 5, "cuda:") == 0 && parseNumber(name.c_str() + 5, 1023, ordinal));
}

Status badOption(const char *name, const char *value, const char *expected) {
  return {VYRE_INVALID_ARGUMENT,
          std::string(name) + "=" + value + " is not understood; expected " + expected};
}

// What can be known to fail is said at the start, not after a long run.
Status checkOptions(const Options &options) {
  policy::DeviceProfile profile;
  Status status;
  if (!options.profile.empty())
    status = loadProfile(options.profile, profile);
  std::string explainFile = options.explain.size() > 5 ? options.explain.substr(5) : "";
  for (const std::string &path : {options.statsFile, options.traceFile, explainFile})
    if (status.ok() && !path.empty() && path != "-") // stderr
      status = checkWritable(path);
  return status;
}

// Owns a thread's default stream; drains it when the thread ends.
struct DefaultStream {
  vyre_stream stream = nullptr;
  ~DefaultStream() {
    closeThreadQueue();
    // While vyreDeviceSync of another thread still finds the stream.
    if (stream)
      (void)stream->device.sync(*stream).ok();
    if (stream)
      Process::get().destroyStream(*stream);
    stream = nullptr;
    clearFast();
  }
  static void clearFast();
};

thread_local DefaultStream threadStream;
// The same pointer without the look at whether threadStream exists yet.
thread_local Stream *threadStreamFast = nullptr;

void DefaultStream::clearFast() { threadStreamFast = nullptr; }

void flushWhenExiting() {
  Process &process = Process::get();
  Status status = process.flushAtExit();
  if (status.ok())
    return;
  process.report(status);
  std::fprintf(stderr, "vyre: %s\n", status.message());
}

} // namespace

Process &Process::get() {
  static auto *process = new Process; // outlives exit handlers and threads
  return *process;
}

Process::Process() : startedNs(nowNs()) {
  readEnvironment();
  std::atexit(flushWhenExiting);
}

void Process::programStarts() { startedNs.store(nowNs(), std::memory_order_relaxed); }

void Process::readEnvironment() {
  static const char *const names[] = {
      "VYRE_DEVICE",     "VYRE_MODE",         "VYRE_PROFILE",      "VYRE_EXPLAIN",    "VYRE_STATS",
      "VYRE_TRACE_FILE", "VYRE_TRACE",        "VYRE_HOST_WORKERS", "VYRE_TIMEOUT_MS", "VYRE_STORE",
      "VYRE_MIN_CHIP",   "VYRE_HOST_MIRRORS", "VYRE_VERIFY"};
  for (const char *name : names)
    if (const char *value = std::getenv(name); value && *value) { // empty is unset
      Status status = setOption(name, value);
      if (!status.ok() && optionFailure.ok())
        optionFailure = status;
    }
}

Status Process::setOption(const char *name, const char *value) {
  std::lock_guard<std::mutex> hold(deviceLock);
  if (selected.load(std::memory_order_relaxed))
    return {VYRE_INVALID_ARGUMENT,
            std::string(name) + " cannot change after the device is in use; set it before"};
  std::string key = name, text = value;
  uint64_t number = 0;
  if (key == "VYRE_DEVICE") {
    if (!isDeviceName(text))
      return badOption(name, value, "auto, host, cuda or cuda:N");
    settings.device = text;
  } else if (key == "VYRE_MODE") {
    if (text != "auto" && text != "plain" && text != "graph" && text != "persistent")
      return badOption(name, value, "auto, plain, graph or persistent");
    settings.mode = text;
  } else if (key == "VYRE_PROFILE") {
    settings.profile = text;
  } else if (key == "VYRE_EXPLAIN") {
    if (!text.empty() && text != "-" && text.compare(0, 5, "text:") != 0 &&
        text.compare(0, 5, "json:") != 0)
      return badOption(name, value, "-, text:FILE or json:FILE");
    if (text.size() == 5 && text.back() == ':')
      return badOption(name, value, "a file's name after the colon");
    settings.explain = text;
  } else if (key == "VYRE_STATS") {
    settings.statsFile = text;
  } else if (key == "VYRE_TRACE_FILE") {
    settings.traceFile = text;
    traceOn.store(!text.empty(), std::memory_order_relaxed);
  } else if (key == "VYRE_STORE") {
    settings.storeFile = text;
  } else if (key == "VYRE_TRACE") {
    if (text != "" && text != "0" && text != "1")
      return badOption(name, value, "0 or 1");
    settings.audit = text == "1";
  } else if (key == "VYRE_HOST_MIRRORS") {
    if (text != "" && text != "0" && text != "1")
      return badOption(name, value, "0 or 1");
    settings.hostMirrors = text == "1";
  } else if (key == "VYRE_VERIFY") {
    if (text != "" && text != "0" && text != "1")
      return badOption(name, value, "0 or 1");
    settings.verify = text == "1";
  } else if (key == "VYRE_HOST_WORKERS") {
    if (!parseNumber(value, 1024, number) || number == 0)
      return badOption(name, value, "a number from 1 to 1024");
    settings.hostWorkers = uint32_t(number);
  } else if (key == "VYRE_MIN_CHIP") { // set by programs, for themselves
    if (!parseNumber(value, 1000, number))
      return badOption(name, value, "a chip's number, as 90 for sm_90");
    settings.minChip = uint32_t(number);
  } else if (key == "VYRE_QUEUE_IDLE_MS") { // not from the environment: for tests
    if (!parseNumber(value, 1000000, number))
      return badOption(name, value, "a number of milliseconds");
    settings.queueIdleNs = number * 1000000u;
  } else if (key == "VYRE_TIMEOUT_MS") {
    if (!parseNumber(value, 1000000000, number))
      return badOption(name, value, "a number of milliseconds");
    settings.timeoutMs = number;
  } else {
    return {VYRE_INVALID_ARGUMENT, "there is no option '" + key + "'"};
  }
  return {};
}

/// A damaged store is no reason not to run: what it would have taught is lost, the
/// file is left as it is, and the user is told once.
static void checkStore(const std::string &path) {
  if (path.empty())
    return;
  AutotuneStore store;
  Status status = store.load(path);
  if (!status.ok())
    std::fprintf(stderr, "vyre: warning: %s; it is not used\n", status.message());
}

// Counts GPUs if one may be used; fails if one is asked for and there is none.
Status Process::checkDevice(int &gpus) {
  std::string why;
  gpus = settings.device == "host" ? 0 : cudaDeviceCount(why);
  if (settings.device == "host" || settings.device == "auto" || gpus != 0)
    return {};
  return {VYRE_UNAVAILABLE, "device '" + settings.device + "' is not available: " + why +
                                "; use VYRE_DEVICE=host to run on the CPU"};
}

Status Process::checkSettings() {
  std::lock_guard<std::mutex> hold(deviceLock);
  int gpus;
  Status status = optionFailure;
  if (status.ok())
    status = checkOptions(settings);
  return status.ok() ? checkDevice(gpus) : status;
}

Device *Process::selectDevice() {
  std::lock_guard<std::mutex> hold(deviceLock);
  if (Device *ready = selected.load(std::memory_order_relaxed))
    return ready;
  if (!selectFailure.ok())
    return nullptr;
  if (!optionFailure.ok()) {
    selectFailure = optionFailure;
    return nullptr;
  }
  selectFailure = checkOptions(settings);
  if (!selectFailure.ok())
    return nullptr;
  std::unique_ptr<Device> device;
  int gpus = 0;
  selectFailure = checkDevice(gpus);
  if (!selectFailure.ok())
    return nullptr;
  if (settings.device == "host" || (settings.device == "auto" && gpus == 0)) {
    device = createHostDevice();
  } else {
    int ordinal =
        settings.device.size() > 5 ? int(std::strtol(settings.device.c_str() + 5, nullptr, 10)) : 0;
    selectFailure = createCudaDevice(ordinal, device);
  }
  // Who asks for this GPU by name gets it, and an error from the first kernel.
  if (device && settings.device == "auto" && !device->isHost() &&
      uint32_t(device->chip()) < settings.minChip) {
    addFallback(device->name() + " is sm_" + std::to_string(device->chip()) +
                ", the program has code for sm_" + std::to_string(settings.minChip) +
                " and newer: it runs on the CPU");
    device = createHostDevice();
  }
  if (!device)
    return nullptr;
  checkStore(settings.storeFile);
  selected.store(device.get(), std::memory_order_release);
  return device.release(); // lives as long as the process
}

Status Process::deviceFailure() {
  std::lock_guard<std::mutex> hold(deviceLock);
  return selectFailure;
}

Stream *Process::defaultStream() {
  if (threadStreamFast)
    return threadStreamFast;
  if (!threadStream.stream) {
    Status status = createStream(threadStream.stream);
    if (!status.ok())
      return nullptr;
    threadStream.stream->ownedByThread = true;
  }
  return threadStreamFast = threadStream.stream;
}

Stream *Process::existingDefaultStream() { return threadStream.stream; }

void Process::releaseStream(Stream &stream) {
  std::lock_guard<std::mutex> hold(streamsLock);
  if (std::find(released.begin(), released.end(), &stream) == released.end())
    released.push_back(&stream);
}

Stream *Process::takeReleased() {
  std::lock_guard<std::mutex> hold(streamsLock);
  if (released.empty())
    return nullptr;
  Stream *stream = released.back();
  released.pop_back();
  return stream;
}

Status Process::createStream(vyre_stream &stream) {
  Device *owner = device();
  if (!owner)
    return deviceFailure();
  StreamRef created;
  Status status = owner->createStream(created);
  if (!status.ok())
    return status;
  stream = created.get();
  adoptStream(std::move(created));
  return {};
}

void Process::adoptStream(StreamRef stream) {
  std::lock_guard<std::mutex> hold(streamsLock);
  streams.push_back(std::move(stream));
}

void Process::destroyStream(Stream &stream) {
  StreamRef keep;
  {
    std::lock_guard<std::mutex> hold(streamsLock);
    auto found = std::find_if(streams.begin(), streams.end(),
                              [&](const StreamRef &live) { return live.get() == &stream; });
    if (found == streams.end())
      return;
    keep = std::move(*found);
    streams.erase(found);
    released.erase(std::remove(released.begin(), released.end(), &stream), released.end());
  }
  count(counters().kernelLaunches, keep->launches());
  count(counters().queueItems, keep->items());
  keep->device.destroyStream(*keep);
  report(*keep);
}

std::vector<StreamRef> Process::liveStreams() {
  std::lock_guard<std::mutex> hold(streamsLock);
  return streams;
}

void Process::setFailureHandler(vyre_failure_handler newHandler, void *user) {
  std::lock_guard<std::mutex> hold(handlerLock);
  handler = newHandler;
  handlerUser = user;
}

void Process::report(Stream &stream) {
  if (stream.failed() && stream.takeUnreported())
    report(stream.failure());
}

void Process::report(const Status &failure) {
  vyre_failure_handler call;
  void *user;
  {
    std::lock_guard<std::mutex> hold(handlerLock);
    if (!handler || handlerCalled)
      return;
    handlerCalled = true;
    call = handler;
    user = handlerUser;
  }
  call(failure.code(), failure.message(), user);
}

Status Process::flush() {
  for (const StreamRef &stream : liveStreams()) {
    Status status = syncWork(*stream);
    if (!status.ok())
      report(*stream);
  }
  std::lock_guard<std::mutex> hold(flushLock);
  std::string happened = metricsText() + explainText();
  if (happened == reported)
    return {};
  Status status = writeReports();
  if (status.ok())
    reported = std::move(happened);
  return status;
}

Status Process::flushAtExit() {
  // A program that used no device has nothing to report, unless it asked itself.
  return selected.load(std::memory_order_acquire) ? flush() : Status();
}

void exitWithFailure(vyre_status, vyre_cstr message, void *) {
  // The program's own output comes first, then the message. _exit, because
  // exit handlers would wait for a device that has just failed.
  std::fflush(nullptr);
  std::fprintf(stderr, "vyre: %s\n", message);
  Status status = writeReports();
  if (!status.ok() && std::strcmp(status.message(), message) != 0)
    std::fprintf(stderr, "vyre: %s\n", status.message());
  std::fflush(nullptr);
  ::_exit(113);
}

} // namespace vyre::rt
