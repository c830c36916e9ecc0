#!/bin/bash
# Runs a host-form MLIR program (affine, scf, linalg on tensors or buffers)
# through the stock sequential lowering of upstream MLIR and prints what it
# prints. This is the reference that every Vyre mode is compared with, so no
# part of Vyre takes part in it.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: oracle.sh FILE [mlir-runner options]
# LLVM_CONFIG names another llvm-config than llvm-config-22.
# Exit code: that of the first tool that fails, else mlir-runner's.
set -euo pipefail

if [ $# -lt 1 ]; then
  echo "usage: oracle.sh FILE [mlir-runner options]" >&2
  exit 2
fi
file=$1
shift

config=${LLVM_CONFIG:-llvm-config-22}
bindir=$("$config" --bindir)
libdir=$("$config" --libdir)

# Tensor programs are bufferized first; the passes up to convert-linalg-to-loops
# leave programs without tensors or linalg as they are. Float arithmetic is
# never contracted: mlir-runner is called without fast-math and mlir-opt emits
# no fmuladd. finalize-memref-to-llvm comes twice because it lowers a
# generic_atomic_rmw only once the arithmetic in its body is LLVM's.
passes=(
  --one-shot-bufferize=bufferize-function-boundaries
  --convert-linalg-to-loops
  --lower-affine
  --convert-scf-to-cf
  --expand-strided-metadata
  --lower-affine
  --convert-vector-to-llvm
  --memref-expand
  --finalize-memref-to-llvm
  --convert-complex-to-llvm
  --convert-math-to-llvm
  --convert-arith-to-llvm
  --finalize-memref-to-llvm
  --convert-index-to-llvm
  --convert-func-to-llvm
  --convert-cf-to-llvm
  --reconcile-unrealized-casts
)
libs=$libdir/libmlir_runner_utils.so,$libdir/libmlir_c_runner_utils.so

# mlir-runner reads stdin only after mlir-opt has succeeded, so that a program
# that does not lower gives one message, not two.
lowered=$("$bindir/mlir-opt" "${passes[@]}" "$file")
exec "$bindir/mlir-runner" --entry-point-result=void --shared-libs="$libs" "$@" \
  <<<"$lowered"
