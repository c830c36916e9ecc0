#!/usr/bin/env python3
"""2-D heat on the host device, plain mode, against the same loop with OpenMP.

Both programs run the time loop three times in one process, print each run's
nanoseconds and then a hash of all points. The first run warms up; a sample is
the better of the other two. Compilation is outside the measured time.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0 the limit holds; 1 it is missed or the results differ.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import paired

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
LIMIT = 1.3
FLAGS = ["-O3", "-march=native", "-ffp-contract=off", "-fopenmp", "-std=c++17"]


def run(command, hashes):
    """The seconds of a sample; remembers the hash."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    *times, value = done.stdout.split()
    hashes.add(value)
    return min(int(time) for time in times[1:]) / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vyre-compile", default="vyre-compile")
    parser.add_argument("--cxx", default="clang++-22")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--modes", default="plain", help="the first one has the limit")
    parser.add_argument("--json", help="also write the result there")
    options = parser.parse_args()

    records, hashes = [], set()
    with tempfile.TemporaryDirectory() as folder:
        ours, baseline = f"{folder}/vyre", f"{folder}/openmp"
        subprocess.run([options.cxx, *FLAGS, PROGRAMS / "heat-2d-1024.cpp", "-o", baseline],
                       check=True)
        subprocess.run([options.vyre_compile, "--device=host", "--march=native",
                        PROGRAMS / "heat-2d-1024.mlir", "-o", ours], check=True)
        for number, mode in enumerate(options.modes.split(",")):
            records.append(paired.compare(
                f"2-D heat, 1024 x 1024 f32, 100 steps, mode {mode}, against OpenMP",
                lambda m=mode: run(["env", f"VYRE_MODE={m}", ours], hashes),
                lambda: run([baseline], hashes), options.pairs, None if number else LIMIT))
    same = len(hashes) == 1
    result = {"machine": paired.machine(), "flags": " ".join(FLAGS), "same_hash": same,
              "results": records}
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        pathlib.Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0 if same and all(record.get("holds", True) for record in records) else 1


if __name__ == "__main__":
    sys.exit(main())
