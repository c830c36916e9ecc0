"""Compiles and runs batches of programs in every mode, and compares hashes.

A batch is one module, so that starting a compiler costs once for many programs.
Each program prints a line, so a wrong line names its program; where a whole batch
fails to compile or run, halves of it are tried until one program is left.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import json
import os
import pathlib
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field

from . import machine
from .module import print_module

ORACLE = pathlib.Path(__file__).resolve().parent.parent.parent / "lib" / "oracle.sh"
MODES = ("plain", "graph", "persistent", "auto")


class Failed(Exception):
    """A command that failed; the text says how."""


@dataclass
class Settings:
    modes: tuple = MODES
    device: str = "host"
    tool: str = "vyre-compile"  # or vyre-run, which compiles for each run
    options: tuple = ()
    timeout: float = 120.0
    repeat: int = 1


@dataclass
class Finding:
    """A disagreement or a failure, of one program if it could be pinned down."""

    program: object
    kind: str  # "illegal", "twin", "compile", "run" or "wrong"
    mode: str
    workers: int
    detail: str

    def __str__(self):
        name = f"seed {self.program.seed} ({self.program.family})"
        where = f" in mode {self.mode}, {self.workers} workers" if self.mode else ""
        return f"{name}: {self.kind}{where}: {self.detail}"


@dataclass
class Coverage:
    """Which forms programs took in which mode, and why groups lack one."""

    programs: Counter = field(default_factory=Counter)  # (mode, form) -> programs
    families: Counter = field(default_factory=Counter)  # (family, form) -> in mode persistent
    refusals: Counter = field(default_factory=Counter)  # reason -> groups
    total: Counter = field(default_factory=Counter)  # family -> programs
    runs: int = 0

    def of_form(self, form):
        """Programs that took the form in its own mode; a batch is a persistent kernel."""
        return self.programs["persistent" if form == "batch" else form, form]

    def add(self, other):
        for name in ("programs", "families", "refusals", "total"):
            getattr(self, name).update(getattr(other, name))
        self.runs += other.runs


def execute(command, timeout, **environment):
    """Returns the command's standard output; raises Failed if it fails."""
    environment = {**os.environ, **{k: str(x) for k, x in environment.items()}}
    try:
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, env=environment,
        )  # fmt: skip
    except OSError as error:
        raise Failed(f"{command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        raise Failed(f"no end after {timeout:g} s")
    if done.returncode:
        tail = done.stderr.decode(errors="replace").strip().splitlines()[-8:]
        raise Failed("\n    ".join([f"exit code {done.returncode}", *tail]))
    return done.stdout.decode(errors="replace")


def hashes(output):
    """The lists of hashes that printMemrefI64 printed."""
    lines = [line.strip() for line in output.splitlines()]
    return [
        [int(x) for x in line.strip("[]").split(",")]
        for line in lines
        if line.startswith("[") and line.endswith("]")
    ]


class Build:
    """A batch's module in a folder, compiled once if the tool allows it."""

    def __init__(self, programs, settings, folder):
        self.settings, self.folder = settings, folder
        self.source = folder / "programs.mlir"
        text, self.ranges = print_module(programs, "gpu")
        self.source.write_text(text)
        self.explained = folder / "explain.json"
        if settings.tool.endswith("vyre-compile"):
            target = "host" if settings.device == "host" else "fat"
            command = [settings.tool, self.source, "-o", folder / "programs.exe"]
            execute([*command, f"--device={target}", *settings.options], settings.timeout)

    def run(self, mode, workers):
        settings = self.settings
        environment = {"VYRE_HOST_WORKERS": workers, "VYRE_TIMEOUT_MS": 30000}
        environment["VYRE_EXPLAIN"] = f"json:{self.explained}"
        command = [self.folder / "programs.exe"]
        if settings.tool.endswith("vyre-compile"):
            environment |= {"VYRE_MODE": mode, "VYRE_DEVICE": settings.device}
        else:
            command = [settings.tool, self.source, f"--mode={mode}", f"--device={settings.device}"]
            command += settings.options
        return hashes(execute(command, settings.timeout, **environment))

    def groups(self):
        """(number of the program, explanation) of each launch group of the last run."""
        found = []
        for group in json.loads(self.explained.read_text())["launch_groups"]:
            line = int(group["location"].split(":")[-2])
            for number, (first, last) in enumerate(self.ranges):
                if first <= line <= last:
                    found.append((number, group))
        return found


def run_twins(programs, folder, timeout):
    twin = folder / "programs.twin.mlir"
    twin.write_text(print_module(programs, "twin")[0])
    return hashes(execute([ORACLE, twin], timeout))


def plan(modes, seed):
    """(mode, workers) of each run. What depends on the order of blocks shows with
    some numbers of workers only."""
    runs = []
    for number, mode in enumerate(modes):
        workers = 2 + (seed + number) % 4
        runs.append((mode, workers))
        if mode == "persistent":
            runs.append((mode, 2 + (workers - 1) % 4))
    return runs


def cover(coverage, programs, build, mode):
    forms = {}
    for number, group in build.groups():
        forms.setdefault(number, set()).add(group["chosen"])
        is_batch = any(line.startswith("between iterations") for line in group.get("syncs") or [])
        if is_batch and group["chosen"] == "persistent":
            forms[number].add("batch")
        reason = (group.get("refused") or {}).get("persistent")
        if mode == "persistent" and reason:
            coverage.refusals[reason.split(":")[0]] += 1
    for number, program in enumerate(programs):
        for form in forms.get(number, {"no group"}):
            coverage.programs[mode, form] += 1
            if mode == "persistent":
                coverage.families[program.family, form] += 1


def check(programs, settings):
    """Returns (findings, coverage) of programs that share a module."""
    findings, legal, wanted = [], [], []
    for program in programs:
        try:
            wanted.append(machine.run(program))
            legal.append(program)
        except machine.Illegal as error:
            findings.append(Finding(program, "illegal", "", 0, str(error)))
    coverage = Coverage()
    coverage.total.update(program.family for program in legal)
    if legal:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            findings += check_twins(legal, wanted, settings, path)
            findings += check_modes(legal, wanted, settings, path, coverage)
    return findings, coverage


def check_twins(programs, wanted, settings, folder):
    try:
        got = run_twins(programs, folder, settings.timeout)
    except Failed as error:
        return split(programs, wanted, "twin", "", 0, error, lambda some, want: check_twins(
            some, want, settings, folder))  # fmt: skip
    return compare(programs, wanted, got, "twin", "", 0)


def check_modes(programs, wanted, settings, folder, coverage):
    mode, workers = "", 0

    def again(some, want):
        return check_modes(some, want, settings, folder, Coverage())

    try:
        build = Build(programs, settings, folder)
    except Failed as error:
        return split(programs, wanted, "compile", "", 0, error, again)
    findings, covered = [], set()
    for mode, workers in plan(settings.modes, programs[0].seed) * settings.repeat:
        try:
            got = build.run(mode, workers)
        except Failed as error:
            return split(programs, wanted, "run", mode, workers, error, again)
        coverage.runs += 1
        findings += compare(programs, wanted, got, "wrong", mode, workers)
        if mode not in covered:
            cover(coverage, programs, build, mode)
            covered.add(mode)
    return findings


def split(programs, wanted, kind, mode, workers, error, again):
    """Looks for the programs of a batch that make it fail."""
    if len(programs) == 1:
        return [Finding(programs[0], kind, mode, workers, str(error))]
    half = len(programs) // 2
    found = again(programs[:half], wanted[:half]) + again(programs[half:], wanted[half:])
    if not found:
        found = [Finding(programs[0], kind, mode, workers, f"only with its batch: {error}")]
    return found


def compare(programs, wanted, got, kind, mode, workers):
    findings = []
    for number, program in enumerate(programs):
        line = got[number] if number < len(got) else []
        if line != wanted[number]:
            names = [b.name for b, a, c in zip(program.buffers, wanted[number], line) if a != c]
            detail = f"differs in {', '.join(names)}" if names else "printed nothing"
            findings.append(Finding(program, kind, mode, workers, detail))
    return findings
