// VYRE_VERIFY=1: what a replay wrote against what plain launches write.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CORE_VERIFYGRAPH_H
#define VYRE_RT_CORE_VERIFYGRAPH_H

#include "Device.h"

#include <functional>

namespace vyre::rt {

// Runs `replay`, takes back what the nodes of `spec` wrote, runs `plainly` and compares,
// byte by byte. The memory holds the plain result afterwards, and the first difference is
// the failure. Memory that the nodes write belongs to this stream alone meanwhile. Where
// nobody can say what a node writes, or its result varies, only the replay happens and
// the reports tell the reason.
Status verifyReplay(const GraphSpec &spec, const std::string &location, Stream &stream,
                    const std::function<Status()> &replay, const std::function<Status()> &plainly);

} // namespace vyre::rt

#endif // VYRE_RT_CORE_VERIFYGRAPH_H
