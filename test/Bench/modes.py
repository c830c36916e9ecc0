#!/usr/bin/env python3
"""Mode auto against the best forced mode, for each program of a folder.

Every program is compiled once and runs in its modes in turn (auto, plain, graph,
persistent, auto, ...). A sample is the runtime's own time without the measuring of the
device, which is the price of the first decision and not of a mode. A mode that a
program refuses runs plain and counts all the same.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0 the limit holds; 1 it is missed for a program, or outputs differ.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import paired

FORCED = ["plain", "graph", "persistent"]
LIMIT = 1.10


def run(program, mode, stats):
    """The seconds of one run and its output."""
    done = subprocess.run([program], check=True, capture_output=True,
                          env=os.environ | {"VYRE_MODE": mode, "VYRE_STATS": stats})
    report = json.loads(pathlib.Path(stats).read_text(encoding="utf-8"))
    # Addresses of buffers are no result.
    output = re.sub(rb"base@ = 0x[0-9a-f]+", b"base@", done.stdout)
    return (report["wall_ns"] - report["calibration_ns"]) / 1e9, output


def compare(source, options, folder):
    """The record of one program: auto against the mode that is best in the median."""
    program = f"{folder}/{source.stem}"
    subprocess.run([options.vyre_compile, "--device=host", "--march=native", source, "-o",
                    program], check=True)
    stats, outputs = f"{folder}/stats.json", set()
    times = {mode: [] for mode in ["auto", *FORCED]}
    for turn in range(options.turns + 1):
        for mode, samples in times.items():
            seconds, output = run(program, mode, stats)
            outputs.add(output)
            if turn > 0:  # the first one warms caches and page tables
                samples.append(seconds)
    best = min(FORCED, key=lambda mode: statistics.median(times[mode]))
    record = paired.summarize(f"{source.stem}, auto against {best}",
                              list(zip(times["auto"], times[best])), LIMIT)
    record["medians_s"] = {mode: round(statistics.median(all_), 6)
                           for mode, all_ in times.items()}
    record["same_output"] = len(outputs) == 1
    return record


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--vyre-compile", default="vyre-compile")
    parser.add_argument("--turns", type=int, default=25)
    parser.add_argument("--json", help="also write the result there")
    options = parser.parse_args()

    sources = sorted(source for source in options.folder.glob("*.mlir")
                     if not source.stem.endswith(".twin"))
    with tempfile.TemporaryDirectory() as folder:
        records = [compare(source, options, folder) for source in sources]
    result = {"machine": paired.machine(), "results": records}
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        pathlib.Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0 if all(record["holds"] and record["same_output"] for record in records) else 1


if __name__ == "__main__":
    sys.exit(main())
