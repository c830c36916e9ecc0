// The C API for embedding programs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Call.h"
#include "Decision.h"
#include "LiveQueue.h"
#include "Report.h"
#include "vyre-rt/vyre_rt.h"

#include <algorithm>
#include <cstring>

using namespace vyre::rt;

namespace {

thread_local std::string lastMessage; // of the last failing call
thread_local std::string lastText;    // what a call returned a pointer into

// Keeps the message of a failure for vyreRtMessage.
vyre_status finish(const Status &status) {
  if (!status.ok())
    lastMessage = status.message();
  return status.code();
}

template <typename Work> vyre_status guarded(Work work) noexcept {
  try {
    return finish(work());
  } catch (const std::exception &) {
    return VYRE_OUT_OF_MEMORY;
  }
}

template <typename Work> vyre_status withDevice(Work work) noexcept {
  return guarded([&]() -> Status {
    Device *device = Process::get().device();
    return device ? work(*device) : Process::get().deviceFailure();
  });
}

template <typename Produce>
uint64_t copyText(char *buffer, uint64_t size, Produce produce) noexcept {
  try {
    std::string text = produce();
    if (buffer && size != 0) {
      uint64_t length = std::min<uint64_t>(text.size(), size - 1);
      std::memcpy(buffer, text.data(), length);
      buffer[length] = '\0';
    }
    return text.size();
  } catch (const std::exception &) {
    return 0;
  }
}

template <typename Produce> const char *deviceText(Produce produce) noexcept {
  vyre_status status = withDevice([&](Device &device) {
    lastText = produce(device);
    return Status();
  });
  return status == VYRE_OK ? lastText.c_str() : nullptr;
}

} // namespace

extern "C" {

vyre_status vyreRtSetOption(const char *name, const char *value) {
  return guarded([&]() -> Status {
    if (!name || !value)
      return {VYRE_INVALID_ARGUMENT, "an option needs a name and a value"};
    return Process::get().setOption(name, value);
  });
}

vyre_status vyreRtCheckOptions(void) {
  return guarded([] { return Process::get().checkSettings(); });
}

vyre_status vyreRtSelectDevice(void) {
  return withDevice([](Device &) { return Status(); });
}

const char *vyreRtDeviceName(void) {
  return deviceText([](Device &device) { return device.name(); });
}

const char *vyreRtAdapterId(void) {
  return deviceText([](Device &device) { return device.adapterId(); });
}

const char *vyreRtMessage(void) { return lastMessage.c_str(); }

vyre_status vyreRtStreamFailure(vyre_stream stream, const char **message) {
  Status failure;
  vyre_status status = guarded([&]() -> Status {
    Stream *on = Process::get().resolve(stream);
    failure = on ? on->failure() : Process::get().deviceFailure();
    lastText = failure.message();
    return {};
  });
  if (message)
    *message = lastText.c_str();
  return status == VYRE_OK ? failure.code() : status;
}

vyre_status vyreRtStreamClearFailure(vyre_stream stream) {
  return guarded([&]() -> Status {
    Stream *on = Process::get().resolve(stream);
    if (!on)
      return Process::get().deviceFailure();
    closeThreadQueue();
    (void)on->device.sync(*on).ok(); // what is queued belongs to the failure
    on->clearFailure();
    return {};
  });
}

vyre_status vyreRtAdoptCudaContext(void *context) {
  closeThreadQueue();
  return withDevice([&](Device &device) { return device.adoptContext(context); });
}

vyre_stream vyreRtAdoptCudaStream(void *native_stream) {
  vyre_stream result = nullptr;
  closeThreadQueue();
  (void)withDevice([&](Device &device) {
    StreamRef stream;
    Status status = device.adoptStream(native_stream, stream);
    if (status.ok()) {
      result = stream.get();
      Process::get().adoptStream(std::move(stream));
    }
    return status;
  });
  return result;
}

uint64_t vyreRtStatsJson(char *buffer, uint64_t size) { return copyText(buffer, size, statsJson); }
uint64_t vyreRtMetrics(char *buffer, uint64_t size) { return copyText(buffer, size, metricsText); }
uint64_t vyreRtExplainJson(char *buffer, uint64_t size) {
  return copyText(buffer, size, explainJson);
}
uint64_t vyreRtAuditLog(char *buffer, uint64_t size) { return copyText(buffer, size, auditLog); }

vyre_status vyreReportFlush(void) {
  return guarded([] { return Process::get().flush(); });
}

} // extern "C"
