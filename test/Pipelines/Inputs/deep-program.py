#!/usr/bin/env python3
# Prints a small program whose values or loops have two to the power of 64 paths
# through them: a walk that does not remember where it was never ends.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import sys

DEPTH = 64


def kernel(body):
    """A program with one launch of 8 blocks of 8 threads."""
    return f"""func.func @main() {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %m = memref.alloc() : memref<64xi32>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c8, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c8, %sy = %c1, %sz = %c1) {{
{body}
    gpu.terminator
  }}
  return
}}"""


def twice(type, first="%a0"):
    """DEPTH sums, each of the one before with itself; the last is %last."""
    lines = [f"    %sum0 = arith.addi {first}, {first} : {type}"]
    for i in range(1, DEPTH - 1):
        lines.append(f"    %sum{i} = arith.addi %sum{i - 1}, %sum{i - 1} : {type}")
    lines.append(f"    %last = arith.addi %sum{DEPTH - 2}, %sum{DEPTH - 2} : {type}")
    return "\n".join(lines)


def barrier():
    return kernel(f"""    %a0 = memref.load %m[%tx] : memref<64xi32>
{twice("i32")}
    gpu.barrier
    memref.store %last, %m[%tx] : memref<64xi32>""")


def guard():
    return kernel(f"""    %one = arith.constant 1 : i32
{twice("index", "%bx")}
    %x = arith.addi %last, %tx : index
    %in = arith.cmpi slt, %x, %c8 : index
    scf.if %in {{ memref.store %one, %m[%x] : memref<64xi32> }}""")


def stride():
    return kernel(f"""    %one = arith.constant 1 : i32
{twice("index", "%tx")}
    %in = arith.cmpi slt, %last, %c8 : index
    scf.if %in {{ memref.store %one, %m[%tx] : memref<64xi32> }}""")


def views(barrier):
    lines = ["    %one = arith.constant 1 : i32",
             "    %in = arith.cmpi slt, %tx, %c1 : index",
             "    %v0 = memref.alloca() : memref<4xi32>"]
    for i in range(1, DEPTH):
        lines.append(f"    %v{i} = arith.select %in, %v{i - 1}, %v{i - 1} : memref<4xi32>")
    lines.append(f"    memref.store %one, %v{DEPTH - 1}[%c0] : memref<4xi32>")
    if barrier:
        lines.append("    gpu.barrier")
    lines += ["    %kept = memref.load %v0[%c0] : memref<4xi32>",
              "    memref.store %kept, %m[%tx] : memref<64xi32>"]
    return kernel("\n".join(lines))


def loops():
    body = """    %one = arith.constant 1 : i32
    memref.store %one, %m[%tx] : memref<64xi32>"""
    head, launch = kernel(body).split("  gpu.launch")
    launch, end = launch.split("  return")
    head += "  %zero = arith.constant 0 : i32\n"
    for i in range(DEPTH):
        head += (f"  scf.for %k{i} = %c0 to %c8 step %c1 {{\n"
                 f"  memref.store %zero, %m[%k{i}] : memref<64xi32>\n")
    return head + "  gpu.launch" + launch + "  }\n" * DEPTH + "  return" + end


KINDS = {"barrier": barrier, "guard": guard, "stride": stride, "loops": loops,
         "views": lambda: views(False), "views-barrier": lambda: views(True)}
print(KINDS[sys.argv[1]]())
