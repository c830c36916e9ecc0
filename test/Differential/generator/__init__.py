"""Random legal programs, their printers and the shrinker: see ../README.md.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""
