// The whole policy library in one include. Start reading at Bundle.h and Group.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_POLICY_POLICY_H
#define VYRE_POLICY_POLICY_H

#include "vyre/Policy/Bundle.h"
#include "vyre/Policy/Display.h"
#include "vyre/Policy/Group.h"
#include "vyre/Policy/Race.h"

#endif // VYRE_POLICY_POLICY_H
