// Options that cannot be read are errors that say what can.
// RUN: not vyre-opt %s --vyre-annotate-launch-policy=profile=fast 2>&1 | FileCheck %s --check-prefix=PROFILE
// RUN: not vyre-opt %s --vyre-annotate-launch-policy=figures=launch:x 2>&1 | FileCheck %s --check-prefix=FIGURE
// RUN: not vyre-opt %s --vyre-annotate-launch-policy=mode=quick 2>&1 | FileCheck %s --check-prefix=MODE

// PROFILE: error: unknown profile 'fast': native or portable
// FIGURE: error: 'launch:x' is no figure of a profile, such as launch:4500
// MODE: error: unknown mode 'quick': auto, plain, graph or persistent
module {}
