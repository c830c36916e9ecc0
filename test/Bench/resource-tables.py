#!/usr/bin/env python3
"""What a launch costs with N buffers, handed over one by one and as a table (D9).

A loop launches a kernel of one block that adds the first element of every buffer to
the last buffer; two of the buffers swap in each iteration. The program is compiled
twice, with a table always and never, and runs plain. A sample is the median of eight
runs of 2,000 launches in one process, after a warm-up.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0, or 1 if the two give different results.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import paired

LAUNCHES = 2000
COUNTS = [4, 8, 16, 24, 32, 64]

PROGRAM = """\
func.func private @rtclock() -> f64
func.func private @printI64(i64)
func.func private @printNewline()
func.func @main() {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %runs = arith.constant 9 : index
  %launches = arith.constant {launches} : index
  %billion = arith.constant 1.0e9 : f64
  %one = arith.constant 1 : i64
{buffers}
  scf.for %run = %c0 to %runs step %c1 {{
    gpu.wait
    %begin = func.call @rtclock() : () -> f64
    %p, %q = scf.for %i = %c0 to %launches step %c1 iter_args(%a = %b0, %b = %b1)
        -> (memref<4xi64>, memref<4xi64>) {{
      gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
                 threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {{
        %sum0 = memref.load %a[%c0] : memref<4xi64>
        %x1 = memref.load %b[%c1] : memref<4xi64>
        %sum1 = arith.addi %sum0, %x1 : i64
{body}
        memref.store %sum{last}, %b{last}[%c0] : memref<4xi64>
        gpu.terminator
      }}
      scf.yield %b, %a : memref<4xi64>, memref<4xi64>
    }}
    gpu.wait
    %end = func.call @rtclock() : () -> f64
    %seconds = arith.subf %end, %begin : f64
    %ns = arith.mulf %seconds, %billion : f64
    %whole = arith.fptosi %ns : f64 to i64
    func.call @printI64(%whole) : (i64) -> ()
    func.call @printNewline() : () -> ()
  }}
  %result = memref.alloc() : memref<4xi64>
  gpu.memcpy %result, %b{last} : memref<4xi64>, memref<4xi64>
  %value = memref.load %result[%c0] : memref<4xi64>
  call @printI64(%value) : (i64) -> ()
  call @printNewline() : () -> ()
  return
}}
"""


def program(count):
    """The text of the program with `count` buffers, at least 4."""
    last = count - 1
    buffers = "\n".join(f"  %b{k} = gpu.alloc () : memref<4xi64>\n"
                        f"  gpu.memset %b{k}, %one : memref<4xi64>, i64" for k in range(count))
    body = "\n".join(f"        %x{k} = memref.load %b{k}[%c0] : memref<4xi64>\n"
                     f"        %sum{k} = arith.addi %sum{k - 1}, %x{k} : i64"
                     for k in range(2, count))
    return PROGRAM.format(launches=LAUNCHES, buffers=buffers, body=body, last=last)


def run(command, results):
    """The seconds of a sample; remembers what the program computed."""
    done = subprocess.run(["env", "VYRE_MODE=plain", command], check=True, capture_output=True,
                          text=True)
    *times, value = done.stdout.split()
    results.add(value)
    return statistics.median(int(time) for time in times[1:]) / 1e9


def compare(count, options, folder):
    """The record of one number of buffers: the table against the buffers."""
    source = pathlib.Path(folder, f"{count}.mlir")
    source.write_text(program(count), encoding="utf-8")
    sides = []
    for tables in ("always", "never"):
        sides.append(f"{folder}/{count}-{tables}")
        subprocess.run([options.vyre_compile, f"--device={options.device}", "--march=native",
                        f"--resource-tables={tables}", source, "-o", sides[-1]], check=True)
    results = set()
    record = paired.compare(f"{count} buffers, a table against the buffers",
                            lambda: run(sides[0], results), lambda: run(sides[1], results),
                            options.pairs)
    record["buffers"] = count
    record["table_ns_per_launch"] = round(record.pop("vyre_s") * 1e9 / LAUNCHES, 1)
    record["buffers_ns_per_launch"] = round(record.pop("baseline_s") * 1e9 / LAUNCHES, 1)
    record["same_result"] = len(results) == 1
    return record


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vyre-compile", default="vyre-compile")
    parser.add_argument("--device", default="host", help="host, cuda or fat")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--json", help="also write the result there")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        records = [compare(count, options, folder) for count in COUNTS]
    cheaper = [record["buffers"] for record in records if record["interval"][1] < 1]
    result = {"machine": paired.machine(), "threshold": 24,
              "break_even": min(cheaper, default=None), "results": records}
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        pathlib.Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0 if all(record["same_result"] for record in records) else 1


if __name__ == "__main__":
    sys.exit(main())
