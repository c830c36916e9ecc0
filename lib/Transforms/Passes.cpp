// Anchors the pass declarations of this layer.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vyre/Transforms/Passes.h"
