#!/bin/sh
# Filters program output for comparison: replaces the buffer address that
# printMemref* prints, which differs between runs, by a fixed word.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: PROGRAM | normalize-output.sh     (reads stdin, writes stdout)
exec sed -E 's/base@ = 0x[0-9a-f]+/base@ = ADDR/'
