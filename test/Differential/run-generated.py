#!/usr/bin/env python3
"""Runs random programs in every mode and compares them with their sequential twins.

Each seed is one program. It is printed twice, with launches and as sequential
loops; the first is compiled by Vyre and run in each mode, with various numbers of
host workers, the second by upstream MLIR. All must end with the same hash of each
buffer. Before that, the program is run in Python, which shows that it is free of
races. With --shrink, a failing program is made small and kept as a pair of files.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0 all programs agree; 1 one does not, or fails, or too few take a form
that --require names; 2 usage.
"""

import argparse
import concurrent.futures
import dataclasses
import pathlib
import shutil
import sys
import tempfile
import time

from generator import machine, programs, runner, shrink
from generator.module import print_module


def seeds(text):
    first, dots, last = text.partition("..")
    if not first.isdigit() or (dots and not last.isdigit()):
        raise argparse.ArgumentTypeError(f"not A..B or A: {text}")
    return range(int(first), int(last or first) + 1)


def requirement(text):
    mode, _, count = text.partition("=")
    if mode not in (*runner.MODES, "batch") or not count.isdigit():
        raise argparse.ArgumentTypeError(f"not MODE=N: {text}")
    return mode, int(count)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Run random programs in every mode.")
    parser.add_argument("--seeds", type=seeds, required=True, metavar="A..B", help="both included")
    parser.add_argument("--jobs", type=int, default=1, help="batches that run at a time")
    parser.add_argument("--batch", type=int, default=10, help="programs per module")
    parser.add_argument("--modes", default=",".join(runner.MODES), help="comma-separated")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each program and mode")
    parser.add_argument("--device", default="host")
    parser.add_argument("--tool", default="vyre-compile", help="or vyre-run")
    parser.add_argument("--option", action="append", default=[], help="of the tool (repeatable)")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for each command")
    parser.add_argument("--shrink", action="store_true", help="make failing programs small")
    parser.add_argument("--shrink-seconds", type=float, default=120.0)
    parser.add_argument(
        "--keep", type=pathlib.Path, default=pathlib.Path("generated-failures"), metavar="DIR",
        help="where failing programs are written",
    )  # fmt: skip
    parser.add_argument(
        "--require", type=requirement, action="append", default=[], metavar="MODE=N",
        help="fail if fewer programs than N take the form in that mode (repeatable)",
    )  # fmt: skip
    parser.add_argument("--print", choices=("gpu", "twin"), help="print the programs; run nothing")
    args = parser.parse_args()
    args.modes = tuple(m for m in args.modes.split(",") if m)
    if not args.modes or not args.seeds or args.jobs < 1 or args.batch < 1 or args.repeat < 1:
        parser.error("nothing would run")
    return args


def settings_of(args):
    return runner.Settings(
        args.modes, args.device, args.tool, tuple(args.option), args.timeout, args.repeat
    )


def failure_again(finding, settings):
    """A function that tells whether a program fails as the finding's did."""
    modes = (finding.mode,) if finding.mode else settings.modes
    settings = dataclasses.replace(settings, modes=modes, repeat=2)

    def fails(program):
        wanted = machine.run(program)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            if finding.kind != "wrong" and runner.check_twins([program], [wanted], settings, path):
                return False  # not a program at all
            found = runner.check_modes([program], [wanted], settings, path, runner.Coverage())
        return any(other.kind == finding.kind for other in found)

    return fails


def keep(finding, args):
    """Writes the program, shrunk if that was asked for, and its twin."""
    program = finding.program
    if args.shrink and finding.kind in ("wrong", "compile", "run"):
        program = shrink.shrink(
            program, failure_again(finding, settings_of(args)), args.shrink_seconds
        )
    args.keep.mkdir(parents=True, exist_ok=True)
    file = args.keep / f"seed-{program.seed}.mlir"
    first = str(finding).splitlines()[0]
    license = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
    run = "RUN: %{python} %S/run-differential.py %s"
    file.write_text(print_module([program], "gpu", [first, license, run])[0])
    twin = f"The twin of {file.name}: its launches as loops over blocks and threads."
    file.with_suffix(".twin.mlir").write_text(print_module([program], "twin", [twin, license])[0])
    return file


def report(findings, args):
    """Prints each failing program once, and writes it."""
    done = {}
    for finding in findings:
        print(f"FAIL {finding}", flush=True)
        if finding.program.seed not in done:
            done[finding.program.seed] = finding
            print(f"     kept in {keep(finding, args)}", flush=True)
    return done


def print_coverage(coverage):
    total = sum(coverage.total.values())
    print("programs with a launch group that took the form, by mode:")
    for mode in sorted({mode for mode, _ in coverage.programs}):
        forms = sorted((f, n) for (m, f), n in coverage.programs.items() if m == mode)
        print(f"  {mode:<11}" + ", ".join(f"{form} {n} of {total}" for form, n in forms))
    print("by kind of program, in mode persistent:")
    for family in sorted(coverage.total):
        forms = sorted((f, n) for (k, f), n in coverage.families.items() if k == family)
        count = coverage.total[family]
        print(f"  {family:<8} {count:>4}: " + ", ".join(f"{form} {n}" for form, n in forms))
    print("groups without a persistent form, by reason:")
    for reason, count in coverage.refusals.most_common():
        print(f"  {reason} {count}")


def main():
    args = parse_arguments()
    if args.print:
        print(print_module([programs.generate(s) for s in args.seeds], args.print)[0], end="")
        return 0
    if not shutil.which(args.tool):
        print(f"error: {args.tool} is not on PATH", file=sys.stderr)
        return 1
    start, settings = time.monotonic(), settings_of(args)
    batches = [args.seeds[n : n + args.batch] for n in range(0, len(args.seeds), args.batch)]
    coverage, failed = runner.Coverage(), {}

    def work(batch):
        return runner.check([programs.generate(seed) for seed in batch], settings)

    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for number, (findings, part) in enumerate(pool.map(work, batches), 1):
            failed |= report(findings, args)
            coverage.add(part)
            if number % 50 == 0:
                now = time.monotonic() - start
                print(f"{number * args.batch} programs after {now:.0f} s", file=sys.stderr)
    print_coverage(coverage)
    missed = [x for x in args.require if coverage.of_form(x[0]) < x[1]]
    for mode, count in missed:
        print(f"FAIL fewer than {count} programs took the {mode} form: too little is tested")
    print(
        f"seeds {args.seeds[0]}..{args.seeds[-1]}: {len(args.seeds)} programs, "
        f"{coverage.runs} runs of {len(batches)} modules in modes {', '.join(args.modes)}, "
        f"{time.monotonic() - start:.0f} s: "
        + (f"{len(failed)} programs FAILED: {sorted(failed)}" if failed else "all agree")
    )
    return 1 if failed or missed else 0


if __name__ == "__main__":
    sys.exit(main())
