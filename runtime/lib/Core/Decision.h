// The runtime's decisions: the live device profile, and which form each launch
// group runs in.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_DECISION_H
#define VYRE_RT_CORE_DECISION_H

#include "Device.h"
#include "vyre/Policy/Group.h"

namespace vyre::rt {

// The profile that decisions use: the one asked for, else the device's measured
// figures (measured on the first call).
Status activeProfile(Device &device, policy::DeviceProfile &profile);

// What was decided for one group, for the explanation. Holds copies, because
// code compiled in memory may be gone when the reports are written.
struct Decision {
  std::string location;
  uint32_t launchesPerIteration = 0;
  uint32_t resourceCount = 0;
  std::string compiledVerdicts; // members of a JSON object
  int64_t tripCount = -1;       // negative: unknown
  policy::GroupVerdict verdict;
  policy::ProfileSource costs = policy::ProfileSource::Native; // where prices are from
  std::string graphRefusal, persistentRefusal; // the compiler's; empty for a legal form
  std::vector<std::string> syncs;              // synchronizations of the persistent form
  policy::BindlessSupport bindless = policy::BindlessSupport::Unsupported;
  policy::FormChoice choice;
  std::string note; // why the form is not the one asked for; may be empty
};

// The newest decision of every group that ran, in the order of first runs.
std::vector<Decision> decisions();

// A loop or a run of launches that no group holds, and why.
struct Ungrouped {
  std::string location, reason;
};

// All that the program told, in its order.
std::vector<Ungrouped> ungrouped();

// Audit lines and metrics of the decisions so far.
std::string auditLog();
std::string decisionMetrics();

} // namespace vyre::rt

#endif // VYRE_RT_CORE_DECISION_H
