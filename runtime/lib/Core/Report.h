// The reports a process leaves: statistics, explanation, trace, audit log.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_REPORT_H
#define VYRE_RT_CORE_REPORT_H

#include "Status.h"

namespace vyre::rt {

// Writes every report that the options name. The first failure is returned;
// the other reports are still written.
Status writeReports();

std::string statsJson();
std::string explainJson();
std::string explainText();
// The counters in Prometheus' text format.
std::string metricsText();

} // namespace vyre::rt

#endif // VYRE_RT_CORE_REPORT_H
