#!/bin/bash
# Assembles a PTX file with ptxas for the chip that its .target names, to show
# that the driver's compiler takes it. The result is thrown away.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: assemble-ptx.sh FILE [ptxas options]     (PTXAS names another ptxas)
# Exit code: ptxas's; 2 wrong usage or no .target; 127 no ptxas on PATH.
set -euo pipefail

if [ $# -lt 1 ] || [ ! -r "$1" ]; then
  echo "usage: assemble-ptx.sh FILE [ptxas options]" >&2
  exit 2
fi
file=$1
shift
ptxas=${PTXAS:-$(command -v ptxas || echo /usr/local/cuda/bin/ptxas)}
if ! command -v "$ptxas" >/dev/null; then
  echo "assemble-ptx: no ptxas on PATH (it is part of the CUDA toolkit)" >&2
  exit 127
fi
chip=$(sed -n -E 's/^[[:space:]]*\.target[[:space:]]+(sm_[0-9]+[af]?).*/\1/p' "$file" | head -n 1)
if [ -z "$chip" ]; then
  echo "assemble-ptx: $file names no .target" >&2
  exit 2
fi
exec "$ptxas" --gpu-name="$chip" --output-file=/dev/null "$@" "$file"
