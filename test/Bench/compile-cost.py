#!/usr/bin/env python3
"""Compile cost of Vyre's device pipeline against stock MLIR's, PTX only.

Both tools compile the same program (generate-launches.py) for sm_90 on one
thread. Compared is the processor time of the process, less that of compiling a
program without launches (start-up of the tool), so that what remains is the
compilation's own. A ratio with start-up is given too.

  straight   no eligible loop, 1, 64 and 1,024 launches: at most 1.3 times
  loops      time per emitted device function, 64 loops: at most 1.3 times, and
             at most 3 functions per source kernel
  repeated   1,024 launches of one kernel: faster than stock
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0 all limits hold; 1 one is missed.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import paired

HERE = pathlib.Path(__file__).resolve().parent
STOCK = ["--gpu-kernel-outlining",
         "--gpu-lower-to-nvvm-pipeline=cubin-chip=sm_90 cubin-features=+ptx80 cubin-format=isa"]
OURS = ["--vyre-pipeline=device=cuda chip=sm_90 assemble=false records=false"]


class Compiler:
    """One side: a tool with its options."""

    def __init__(self, command, folder, name):
        self.command = [*command, "--mlir-disable-threading"]
        self.output = f"{folder}/{name}.out"

    def seconds(self, program):
        """Processor time of compiling `program`."""
        child = subprocess.Popen([*self.command, program, "-o", self.output],
                                 stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            raise SystemExit(f"{' '.join(self.command)} {program}: exit {child.returncode}")
        return usage.ru_utime + usage.ru_stime

    def functions(self, program):
        """How many device functions it emits."""
        self.seconds(program)
        text = pathlib.Path(self.output).read_text(encoding="utf-8", errors="replace")
        return len(re.findall(r"\.(?:entry|func) ", text))


def measure(ours, stock, program, empty, pairs):
    """Pairs of seconds, without and with the start-up of the tools."""
    bare = min(ours.seconds(empty) for _ in range(3)), min(stock.seconds(empty) for _ in range(3))
    whole = [(ours.seconds(program), stock.seconds(program)) for _ in range(pairs)]
    tick = 1e-4  # what processor time can tell apart
    net = [(max(a - bare[0], tick), max(b - bare[1], tick)) for a, b in whole]
    return net, whole


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vyre-opt", default="vyre-opt")
    parser.add_argument("--mlir-opt", default="mlir-opt")
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--json", help="also write the result there")
    options = parser.parse_args()

    results = []
    with tempfile.TemporaryDirectory() as folder:
        ours = Compiler([options.vyre_opt, *OURS], folder, "ours")
        stock = Compiler([options.mlir_opt, *STOCK], folder, "stock")

        def generate(count, shape):
            path = f"{folder}/{shape}-{count}.mlir"
            text = subprocess.run([sys.executable, HERE / "generate-launches.py", str(count),
                                   f"--shape={shape}"], check=True, capture_output=True).stdout
            pathlib.Path(path).write_bytes(text)
            return path

        def case(count, shape, limit):
            program, empty = generate(count, shape), generate(0, shape)
            net, whole = measure(ours, stock, program, empty, options.pairs)
            mine, theirs = ours.functions(program), stock.functions(program)
            if shape == "loops":  # per emitted function
                net = [(a / mine, b / theirs) for a, b in net]
                whole = [(a / mine, b / theirs) for a, b in whole]
            # One launch is all start-up: there the whole run is compared.
            record = paired.summarize(f"{shape}, {count} launches", whole if count == 1 else net,
                                      limit)
            record["ratio_with_startup"] = paired.summarize("", whole)["ratio"]
            record |= {"functions": mine, "stock_functions": theirs}
            if shape == "loops":
                record["functions_per_kernel"] = mine / count
                record["holds"] = record["holds"] and mine <= 3 * count
            results.append(record)

        for count in (1, 64, 1024):
            case(count, "straight", 1.3)
        case(64, "loops", 1.3)
        case(1024, "repeated", 1.0)

    text = json.dumps({"machine": paired.machine(), "results": results}, indent=2)
    print(text)
    if options.json:
        pathlib.Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0 if all(record["holds"] for record in results) else 1


if __name__ == "__main__":
    sys.exit(main())
