/* C API for programs that embed the Vyre runtime: choosing the device, sharing
 * CUDA objects, and reading statistics. Compiled code uses vyre_abi.h.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * All functions are thread-safe; none throws or ends the process.
 */
#ifndef VYRE_RT_H
#define VYRE_RT_H

#include "vyre-abi/vyre_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sets an option by the name and with the values of its environment variable
 * (VYRE_DEVICE, VYRE_MODE, VYRE_PROFILE, VYRE_EXPLAIN, VYRE_STATS, VYRE_TRACE,
 * VYRE_TRACE_FILE, VYRE_HOST_WORKERS, VYRE_TIMEOUT_MS, VYRE_MIN_CHIP,
 * VYRE_HOST_MIRRORS, VYRE_VERIFY); wins over it. Fails with
 * VYRE_INVALID_ARGUMENT for an unknown name or value, and once the device is in
 * use. vyreRtMessage() then says why. */
vyre_status vyreRtSetOption(const char *name, const char *value);

/* Checks the options without starting the device: their values, the profile, the
 * reports' paths, and that there is a GPU if one is asked for. Wrong options are
 * VYRE_INVALID_ARGUMENT, a missing GPU VYRE_UNAVAILABLE. */
vyre_status vyreRtCheckOptions(void);
/* Selects the device now instead of at the first use. */
vyre_status vyreRtSelectDevice(void);
/* "host", "cuda:0"; the id that keys the tuning store. NULL without a device.
 * The text is valid until the calling thread's next call of this API. */
const char *vyreRtDeviceName(void);
const char *vyreRtAdapterId(void);

/* Why the calling thread's last failing call of this API failed. */
const char *vyreRtMessage(void);

/* The failure that `stream` keeps (NULL: the thread's default stream), and its
 * message, valid until the calling thread's next call of this API. Does not
 * wait. */
vyre_status vyreRtStreamFailure(vyre_stream stream, const char **message);
/* Makes a failed stream usable again. Buffers that the failed work should have
 * written are undefined. */
vyre_status vyreRtStreamClearFailure(vyre_stream stream);

/* Makes the runtime use the caller's CUDA context (a CUcontext), which must
 * outlive it. To be called before the first use of the device's memory and
 * before the runtime has streams, events or recordings of its own. */
vyre_status vyreRtAdoptCudaContext(void *context);
/* A Vyre stream that submits to the caller's CUstream. The caller keeps the
 * CUstream and destroys the Vyre stream first. NULL on failure. Device pointers
 * of the caller need no adoption: they pass through. */
vyre_stream vyreRtAdoptCudaStream(void *native_stream);

/* Texts. Each writes at most `size` bytes including a closing NUL and returns
 * the length of the whole text, as snprintf does. */
uint64_t vyreRtStatsJson(char *buffer, uint64_t size);
uint64_t vyreRtMetrics(char *buffer, uint64_t size); /* Prometheus text format */
uint64_t vyreRtExplainJson(char *buffer, uint64_t size);
uint64_t vyreRtAuditLog(char *buffer, uint64_t size);

/* Waits for all streams and writes the reports that the options name, as process
 * exit does. A path that cannot be written is VYRE_INVALID_ARGUMENT. */
vyre_status vyreReportFlush(void);

#ifdef __cplusplus
}
#endif
#endif /* VYRE_RT_H */
