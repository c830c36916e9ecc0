#!/usr/bin/env python3
"""Persistent kernels on the host device against the same by hand.

Five loops of launches: 1,000 dependent launches of one small block, 10,000
independent ones, 512 independent ones of which each takes longer than the one before,
1,000 over points that depend on themselves only, and 1,000 steps of a stencil on 256 x
256 points. The baselines
with a limit are C++ programs with a team of threads that stays and spins; the
other ratios are for comparison. A sample is the median of eight runs in one
process, after a warm-up; compilation is outside the measured time.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0 the limits hold; 1 one is missed or results differ.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import paired

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
LIMIT = 1.2
FLAGS = ["-O3", "-march=native", "-ffp-contract=off", "-fopenmp", "-pthread", "-std=c++20"]
# Program, name of the twin's loop, and per comparison: mode, baseline, limit.
CASES = [
    ("chain-1000", "chain", [("persistent", "spin", LIMIT), ("persistent", "openmp", None),
                             ("persistent", "plain", None)]),
    ("batch-10000", "batch", [("persistent", "spin", LIMIT), ("persistent", "openmp", None),
                              ("persistent", "plain", None)]),
    ("triangle-512", "triangle", [("persistent", "spin", LIMIT), ("persistent", "openmp", None),
                                  ("persistent", "plain", None)]),
    ("kept-1000", "kept", [("persistent", "spin", LIMIT), ("persistent", "openmp", None),
                           ("persistent", "plain", None)]),
    ("stencil-256", "stencil", [("persistent", "std", LIMIT), ("persistent", "spin", LIMIT),
                                ("persistent", "openmp", None), ("persistent", "plain", None)]),
]


def run(command, hashes):
    """The seconds of a sample; remembers the hash."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    *times, value = done.stdout.split()
    hashes.add(value)
    return statistics.median(int(time) for time in times[1:]) / 1e9


def compare_case(program, loop, comparisons, options, twin):
    """The records of one program."""
    records, hashes = [], set()
    with tempfile.TemporaryDirectory() as folder:
        ours = f"{folder}/vyre"
        subprocess.run([options.vyre_compile, "--device=host", "--march=native",
                        PROGRAMS / f"{program}.mlir", "-o", ours], check=True)
        for mode, baseline, limit in comparisons:
            theirs = ["env", f"VYRE_MODE={baseline}", ours] if baseline == "plain" else [
                twin, loop, baseline]
            records.append(paired.compare(
                f"{program}, mode {mode}, against {baseline}",
                lambda m=mode: run(["env", f"VYRE_MODE={m}", ours], hashes),
                lambda t=theirs: run(t, hashes), options.pairs, limit))
    for record in records:
        record["same_hash"] = len(hashes) == 1
    return records


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vyre-compile", default="vyre-compile")
    parser.add_argument("--cxx", default="clang++-22")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--json", help="also write the result there")
    options = parser.parse_args()

    records = []
    with tempfile.TemporaryDirectory() as folder:
        twin = f"{folder}/twins"
        subprocess.run([options.cxx, *FLAGS, PROGRAMS / "persistent-twins.cpp", "-o", twin],
                       check=True)
        for case in CASES:
            records += compare_case(*case, options, twin)
    result = {"machine": paired.machine(), "flags": " ".join(FLAGS), "results": records}
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        pathlib.Path(options.json).write_text(text + "\n", encoding="utf-8")
    good = all(record.get("holds", True) and record["same_hash"] for record in records)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
