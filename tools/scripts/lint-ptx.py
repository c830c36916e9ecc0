#!/usr/bin/env python3
"""Finds code in PTX that ptxas accepts and that hangs or reads stale data.

  non-coherent       a kernel with a grid barrier (its name ends in _persistent or
                     _queue, or it polls with an acquire load) reads with ld.global.nc
                     or ldu: data that another block wrote may come from a cache
                     that never sees the write
  missing-release    a kernel polls with ld.acquire, but has neither a release
                     nor a fence: what a block wrote may arrive after its signal
  silent-queue       a kernel polls a queue in the host's memory (ld.acquire.sys), but
                     releases nothing at system scope: the host may hear of an item's
                     end before it sees the results
  busy-queue         ... or it never pauses: the polls take the bus from the work
  predicated-barrier a block barrier under a predicate: the threads that skip it
                     never arrive, and the block hangs
  unresolved         a .extern .func __nv_*: a math function whose library was
                     not linked, so the module fails to load

and, in kernels that may start early, what comes before their wait (ptx_early.py),
in persistent kernels, how blocks meet, and in resident kernels of live queues
(_queue), how they take items: ptx_meetings.py and ptx_queues.py list those rules.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Usage: lint-ptx.py [--summary=FILE] FILE...
The summary says how many meetings and queues were checked, in all and for each file.
Exit code: 0 clean; 1 findings, one line each; 2 usage, or no PTX in a file.
"""

import pathlib
import re
import sys

import ptx_code
import ptx_early
import ptx_meetings
import ptx_queues

EXTERN_MATH = re.compile(r"^\s*\.extern\s+\.func\b.*?\b(__nv_\w+)")
NON_COHERENT = re.compile(r"\b(ld\.global(?:\.[\w:]+)*\.nc(?:\.[\w:]+)*|ldu(?:\.\w+)+)\b")
ACQUIRE_LOAD = re.compile(r"\bld\.acquire\.(?:gpu|sys)\b")
RELEASE = re.compile(
    r"\b(?:(?:red|atom|st)\.(?:\w+\.)*?(?:release|acq_rel)\.(?:gpu|sys)"
    r"|(?:red|atom|st)\.(?:release|acq_rel)\.(?:gpu|sys)"
    r"|fence\.(?:acq_rel|sc|release)\.(?:gpu|sys)|membar\.(?:gl|sys))\b"
)
HOST_POLL = re.compile(r"\bld\.acquire\.sys\b")
HOST_RELEASE = re.compile(
    r"\bst(?:\.\w+)*?\.release\.sys\b|\bfence\.(?:acq_rel|sc|release)\.sys\b|\bmembar\.sys\b"
)
PREDICATED_BARRIER = re.compile(
    r"@!?%?\w+\s+((?:bar(?:rier)?(?:\.cta)?\.(?:sync|red|arrive)|barrier\.cluster)[\w.]*)"
)


def lint(text):
    """The findings of a PTX module, (line, rule, message), its persistent kernels, (name,
    grid barriers, meetings of neighbours), and the names of its resident ones."""
    lines = ptx_code.strip_comments(text).splitlines()
    found, persistent, resident = [], [], []
    for number, line in enumerate(lines, 1):
        match = EXTERN_MATH.match(line)
        if match:
            found.append((number, "unresolved", f"{match.group(1)} has no definition"))
    for function in ptx_code.functions(lines):
        found += lint_function(function)
        if ptx_early.is_early(function):
            found += ptx_early.check(function)
        if function.kind == "entry" and function.name.endswith("_persistent"):
            meetings = ptx_meetings.Meetings(function)
            found += meetings.check()
            persistent.append((function.name, meetings.grid, meetings.neighbours))
        if function.kind == "entry" and function.name.endswith("_queue"):
            found += ptx_queues.Queue(function).check()
            resident.append(function.name)
    return sorted(found), persistent, resident


def lint_function(function):
    """Findings that need no control flow."""
    whole = "\n".join(line for _, line in function.body)
    polls = ACQUIRE_LOAD.search(whole) is not None
    stays = function.kind == "entry" and (
        function.name.endswith(("_persistent", "_queue")) or polls)
    if polls and not RELEASE.search(whole):
        yield (function.line, "missing-release",
               f"{function.name} polls, but nothing in it releases")
    if HOST_POLL.search(whole):
        if not HOST_RELEASE.search(whole):
            yield (function.line, "silent-queue",
                   f"{function.name} releases nothing to the host it polls")
        if "nanosleep" not in whole:
            yield function.line, "busy-queue", f"{function.name} polls the host without a pause"
    for number, line in function.body:
        match = NON_COHERENT.search(line)
        if match and stays:
            yield number, "non-coherent", f"{match.group(1)} in {function.name}"
        match = PREDICATED_BARRIER.search(line)
        if match:
            yield number, "predicated-barrier", f"{match.group(1)} in {function.name}"


def summarize(checked):
    """The summary's text; `checked` is [(file, persistent kernels, resident kernels)]."""
    kernels = [kernel for _, persistent, _ in checked for kernel in persistent]
    lines = [f"{len(checked)} files, {len(kernels)} persistent kernels, "
             f"{sum(grid for _, grid, _ in kernels)} grid barriers, "
             f"{sum(near for _, _, near in kernels)} meetings of neighbours, "
             f"{sum(len(resident) for *_, resident in checked)} live queues: no findings"]
    for name, persistent, resident in checked:
        for kernel, grid, near in persistent:
            lines.append(f"{pathlib.Path(name).name} {kernel}: {grid} grid, {near} neighbours")
        for kernel in resident:
            lines.append(f"{pathlib.Path(name).name} {kernel}: live queue")
    return "\n".join(lines) + "\n"


def read_ptx(name):
    """The text of a file of PTX; ends the program if it is none."""
    try:
        text = pathlib.Path(name).read_text(errors="replace")
    except OSError as error:
        print(f"lint-ptx: {name}: {error.strerror}", file=sys.stderr)
        sys.exit(2)
    if not re.search(r"^\s*\.version\s", text, re.MULTILINE):
        print(f"lint-ptx: {name}: no PTX (.version) in it", file=sys.stderr)
        sys.exit(2)
    return text


def main():
    names, summary = sys.argv[1:], None
    if names and names[0].startswith("--summary="):
        summary = names.pop(0).removeprefix("--summary=")
    if not names or names[0].startswith("-"):
        print("usage: lint-ptx.py [--summary=FILE] FILE...", file=sys.stderr)
        return 2
    findings, checked = 0, []
    for name in names:
        found, persistent, resident = lint(read_ptx(name))
        checked.append((name, persistent, resident))
        for line, rule, message in found:
            findings += 1
            print(f"{name}:{line}: error: {rule}: {message}")
    if summary and not findings:
        pathlib.Path(summary).write_text(summarize(checked), encoding="utf-8")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
