#!/bin/sh
# Runs a command and fails unless it ends with the given exit code:
#   expect-exit.sh CODE COMMAND...
# A crash or a hang is never an expected code.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
expected=$1
shift
timeout 60 "$@"
code=$?
if [ "$code" -ne "$expected" ]; then
  echo "expect-exit.sh: exit code $code, expected $expected: $*" >&2
  exit 1
fi
