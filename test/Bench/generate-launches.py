#!/usr/bin/env python3
"""Prints a program with N launches of generated kernels, to time compilation.

Shapes of the program:
  straight   N kernels, all different, each launched once; no loop to rewrite
  loops      the same, each launch in a loop of its own over time
  repeated   N launches of textually identical kernels
The kernels differ in their constants, so that none can be merged with another.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import argparse

HEAD = """\
func.func private @between()
func.func @main() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c10 = arith.constant 10 : index
  %c64 = arith.constant 64 : index
  %m = memref.alloc() : memref<256xf32>
  %u = memref.cast %m : memref<256xf32> to memref<*xf32>
  gpu.host_register %u : memref<*xf32>
"""

LAUNCH = """\
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c4, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c64, %sy = %c1, %sz = %c1) {{
    %base = arith.muli %bx, %sx : index
    %i = arith.addi %base, %tx : index
    %scale = arith.constant {scale:.6e} : f32
    %shift = arith.constant {shift:.6e} : f32
    %old = memref.load %m[%i] : memref<256xf32>
    %scaled = arith.mulf %old, %scale : f32
    %new = arith.addf %scaled, %shift : f32
    memref.store %new, %m[%i] : memref<256xf32>
    gpu.terminator
  }}
"""


def program(shape, count):
    """The program's text."""
    parts = [HEAD]
    for number in range(count):
        kind = 0 if shape == "repeated" else number
        launch = LAUNCH.format(scale=0.5 + kind / 4096, shift=1.0 + kind)
        if shape == "loops":
            parts += ["  scf.for %t = %c0 to %c10 step %c1 {\n", launch, "  }\n"]
        else:
            parts.append(launch)
        # A call with unknown effects: nothing is fused or grouped across it.
        parts.append("  func.call @between() : () -> ()\n")
    parts.append("  return\n}\n")
    return "".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--shape", choices=("straight", "loops", "repeated"), default="straight")
    options = parser.parse_args()
    print(program(options.shape, options.count), end="")


if __name__ == "__main__":
    main()
