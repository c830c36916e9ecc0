// Device profiles on disk: the figures that the policy decides with.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_STATE_PROFILEFILE_H
#define VYRE_RT_STATE_PROFILEFILE_H

#include "Status.h"
#include "vyre/Policy/Profile.h"

#include <string>

namespace vyre::rt {

struct ProfileFile {
  std::string device; ///< Adapter id, as "cuda-sm_90-NVIDIA H200".
  std::string date;   ///< Of the measurement, "YYYY-MM-DD".
  policy::DeviceProfile profile;
};

/// Reads a profile; what it yields counts as measured. Failures name file, line
/// and what was expected.
Status readProfileFile(const std::string &path, ProfileFile &file);
Status parseProfile(const std::string &text, const std::string &path, ProfileFile &file);

/// Fails, and writes nothing, for a date that is none or a figure over 63 bits.
Status writeProfileFile(const std::string &path, const ProfileFile &file);

/// `native`, `portable`, or the path of a profile.
Status loadProfile(const std::string &nameOrPath, policy::DeviceProfile &profile);

} // namespace vyre::rt

#endif // VYRE_RT_STATE_PROFILEFILE_H
