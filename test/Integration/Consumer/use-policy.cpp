// Asks the installed policy library how to run a loop of launches.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Policy/Bundle.h"
#include "vyre/Policy/Display.h"

#include <iostream>
#include <string>

int main() {
  vyre::policy::DispatchInputs inputs;
  inputs.persistent.batchSize = 100;
  inputs.persistent.perLaunchOverheadNs = 5000;
  inputs.persistent.persistentSetupOverheadNs = 50000;
  const auto verdicts = vyre::policy::evaluateDispatchPolicy(inputs);
  const std::string mode = vyre::policy::display(verdicts.primaryExecutionMode());
  // 100 launches of 5,000 ns, less the set-up of 50,000 ns.
  if (mode != "persistent-kernel:450000") {
    std::cerr << "unexpected verdict " << mode << "\n";
    return 1;
  }
  return 0;
}
