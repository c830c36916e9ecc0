#!/usr/bin/env python3
"""Compares a program's output in every Vyre mode with that of its oracle.

The oracle is the stock sequential lowering of upstream MLIR (oracle.sh), run on
FILE.twin.mlir if there is one, else on the program itself. A program for which
stock lowering has no meaning and which has no twin (one with gpu.printf, say)
names a file of expected output instead; with both, both are checked.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Exit code: 0 all outputs are equal; 1 a difference or a failed run; 2 usage.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

LIB = pathlib.Path(__file__).resolve().parent.parent / "lib"
# The second one of graphs compares each replay with plain launches, inside the run.
VERIFIED = "graph-verified"
MODES = ("plain", "graph", VERIFIED, "persistent", "auto")
ADDRESS = re.compile(rb"base@ = 0x[0-9a-f]+")


class Failed(Exception):
    """A run that gave no output to compare; its text says why."""


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Compare a program's output in every mode with its oracle's."
    )
    parser.add_argument("file", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--modes", default=",".join(MODES), help="comma-separated")
    parser.add_argument("--device", default="host")
    parser.add_argument(
        "--mirrors",
        action="store_true",
        help="run an executable for all devices on the CPU, with the host's and the "
        "kernels' memory apart (VYRE_HOST_MIRRORS): a missing copy changes the output",
    )
    parser.add_argument("--vyre-compile", default="vyre-compile", metavar="PROGRAM")
    parser.add_argument("--vyre-run", default="vyre-run", metavar="PROGRAM")
    parser.add_argument(
        "--expected", type=pathlib.Path, help="file with the normalized output"
    )
    parser.add_argument(
        "--no-oracle",
        action="store_true",
        help="compare with --expected only; the program has no sequential form",
    )
    parser.add_argument(
        "--timeout", type=float, default=120.0, help="seconds for each run"
    )
    args = parser.parse_args()
    args.modes = [m for m in args.modes.split(",") if m]
    if not args.modes:
        parser.error("--modes names no mode")
    if args.no_oracle and not args.expected:
        parser.error("--no-oracle needs --expected: nothing would be compared")
    if not args.file.is_file():
        parser.error(f"no such file: {args.file}")
    return args


def run(command, timeout, settings=None):
    """Returns the command's normalized output; raises Failed if it fails."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            env={**os.environ, **(settings or {})},
        )
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        raise Failed(f"no end after {timeout:g} s")
    if done.returncode != 0:
        tail = done.stderr.decode(errors="replace").strip().splitlines()[-20:]
        raise Failed("\n    ".join([f"exit code {done.returncode}", *tail]))
    return ADDRESS.sub(b"base@ = ADDR", done.stdout)


def first_difference(want, got):
    """Describes the first byte, and the lines around it, in which outputs differ."""
    offset = next(
        (i for i, (a, b) in enumerate(zip(want, got)) if a != b),
        min(len(want), len(got)),
    )
    number = want[:offset].count(b"\n")

    def line(text):
        lines = text.split(b"\n")
        found = lines[number] if number < len(lines) else b"<end of output>"
        return found.decode(errors="replace")

    return (
        f"first difference at byte {offset}, line {number + 1}\n"
        f"    want: {line(want)}\n"
        f"    got:  {line(got)}"
    )


def references(args):
    """Returns (name, output) of everything that a mode's output must equal."""
    found = []
    if args.expected:
        found.append((args.expected.name, args.expected.read_bytes()))
    if not args.no_oracle:
        twin = args.file.with_suffix(".twin.mlir")
        source = twin if twin.is_file() else args.file
        output = run([LIB / "oracle.sh", source], args.timeout)
        if not output:
            raise Failed(f"{source.name} printed nothing: nothing would be compared")
        found.append((f"oracle of {source.name}", output))
    return found


def mode_settings(mode):
    """Returns the name that the tools know for a mode, and variables to set for it."""
    return ("graph", {"VYRE_VERIFY": "1"}) if mode == VERIFIED else (mode, {})


def mode_runner(args, folder):
    """Returns a function that gives the output in a mode."""
    if not args.mirrors:

        def run_in_memory(mode):
            known, settings = mode_settings(mode)
            command = [args.vyre_run, args.file, f"--device={args.device}"]
            command += [f"--mode={known}", "--entry-point-result=void"]
            return run(command, args.timeout, settings)

        return run_in_memory
    program = pathlib.Path(folder) / "program"
    run([args.vyre_compile, args.file, "-o", program], args.timeout)
    fixed = {"VYRE_DEVICE": "host", "VYRE_HOST_MIRRORS": "1"}

    def run_program(mode):
        known, settings = mode_settings(mode)
        return run([program], args.timeout, {**fixed, **settings, "VYRE_MODE": known})

    return run_program


def main():
    args = parse_arguments()
    tool = args.vyre_compile if args.mirrors else args.vyre_run
    if not shutil.which(tool):
        print(f"error: {tool} is not on PATH", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        return compare(args, folder)


def compare(args, folder):
    """Prints a line for each mode; returns the exit code."""
    try:
        wanted = references(args)
        output_of = mode_runner(args, folder)
    except (Failed, OSError) as error:
        print(f"FAIL {args.file.name} reference: {error}")
        return 1

    failures = 0
    name, first = wanted[0]
    for other, output in wanted[1:]:
        if output != first:
            failures += 1
            print(f"FAIL {name} and {other}: {first_difference(first, output)}")

    for mode in args.modes:
        try:
            output = output_of(mode)
        except Failed as error:
            failures += 1
            print(f"FAIL {args.file.name} mode {mode}: {error}")
            continue
        if output == first:
            print(f"ok   {args.file.name} mode {mode} equals {name}")
        else:
            failures += 1
            report = first_difference(first, output)
            print(f"FAIL {args.file.name} mode {mode} against {name}: {report}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
