"""Plants defects into the synchronization of PTX, one at a time, and checks that
lint-ptx.py finds each of them by the right rule, and nothing without one.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
Usage: plant-ptx.py grid|neighbours FILE.ptx WORK
FILE must have a persistent kernel with one meeting of that kind.
"""

import pathlib
import re
import subprocess
import sys

# name, rule that must find it, pattern, replacement
BOTH = [
    ("no barrier before", "access-in-meeting|unopened-meeting", r"\tbar\.sync[^;]*;", ""),
    ("a barrier of some threads before", "access-in-meeting|unopened-meeting",
     r"\tbar\.sync\s+0;", "\tbar.sync 0, 32;"),
    ("a predicated barrier", "predicated-barrier", r"\tbar\.sync", "\t@%p1 bar.sync"),
    ("no barrier behind", "access-in-meeting|split-meeting",
     r"\tbar\.red\.or\.pred\s+(%p\d+), 0, (%p\d+);", r"\tmov.pred \1, \2;"),
    ("a barrier that keeps the abort to itself", "unshared-abort",
     r"\tbar\.red\.or\.pred\s+(%p\d+), 0, (%p\d+);", r"\tbar.sync 0;\n\tmov.pred \1, \2;"),
    ("a load moved up into it", "access-in-meeting",
     r"(\tbar\.sync[^;]*;)", r"\1\n\tld.global.b32 %r1, [%rd10];"),
    ("a store moved down into it", "access-in-meeting",
     r"(\tbar\.red\.or)", r"\tst.b32 [%rd10], %r1;\n\1"),
    ("a call in it", "access-in-meeting", r"(\tbar\.sync[^;]*;)", r"\1\n\tcall.uni somewhere;"),
    ("an early end", "leaves-meeting", r"(\tbar\.sync[^;]*;)", r"\1\n\t@%p1 ret;"),
    ("all threads signal", "unguarded-signal", r"(\tbar\.sync[^;]*;\n(?:.*\n)*?)\t@%p\d+ bra[^;]*;",
     r"\1"),
    ("fences and release of the block only", "weak-signal", r"fence\.acq_rel\.gpu|release\.gpu",
     lambda match: match.group().replace("gpu", "cta")),
    ("a wait of the block only", "weak-wait", r"ld\.acquire\.gpu", "ld.acquire.cta"),
    ("a wait by plain loads", "weak-wait", r"ld\.acquire\.gpu", "ld"),
    ("a wait without order", "weak-wait", r"ld\.acquire\.gpu|\tfence[^;]*;",
     lambda match: "ld.relaxed.gpu" if match.group().startswith("ld") else ""),
    ("the abort word read on the device only", "weak-abort-poll", r"ld\.relaxed\.sys",
     "ld.relaxed.gpu"),
    ("the abort word read plainly", "weak-abort-poll", r"ld\.relaxed\.sys", "ld"),
    ("polls that never end", "no-abort-poll", r"\tld\.relaxed\.sys[^;]*;", ""),
    ("a cached read of the other blocks' progress", "non-coherent", r"ld\.acquire\.gpu(\.global)?",
     "ld.global.nc"),
]
KINDS = {
    "grid": BOTH + [
        ("no fence before the count", "weak-signal", r"\tfence[^;]*;(?=\s*\tatom)", ""),
        ("no fence behind the count", "weak-wait", r"(\tatom[^;]*;\s*)\tfence[^;]*;", r"\1"),
        ("a count of the block", "weak-signal", r"atom\.global", "atom.cta.global"),
        ("a new generation without release", "weak-signal", r"st\.release\.gpu", "st.relaxed.gpu"),
        ("a plain store of the generation", "weak-signal", r"st\.release\.gpu", "st"),
        ("another word counts", "unknown-state", r"(\tatom[^\[]*\[%\w+)\]", r"\1+16]"),
        ("nobody signals", "wait-only", r"\tatom[^;]*;|\tst\.release[^;]*;", ""),
    ],
    "neighbours": BOTH + [
        ("a flag without release or fence", "weak-signal", r"\tfence[^;]*;\s*\tst\.release\.gpu",
         "\tst.relaxed.gpu"),
        ("a plain store of the flag", "weak-signal", r"st\.release\.gpu", "st"),
        ("nobody signals", "wait-only", r"\tst\.release[^;]*;", ""),
        ("nobody waits", "signal-only", r"\tld\.acquire[^;]*;", ""),
        ("a wait for something else", "unknown-wait", r"(ld\.acquire[^\[]*)\[[^\]]*\]", r"\1[%rd0]"),
    ],
}
# Weaker instructions that are still right: a fence does what the qualifier did.
HARMLESS = [
    ("relaxed polls, then a fence", r"ld\.acquire\.gpu", "ld.relaxed.gpu"),
    ("old fences", r"fence\.acq_rel\.gpu", "membar.gl"),
    ("wider fences", r"fence\.acq_rel\.gpu", "fence.sc.sys"),
    ("a volatile look", r"ld\.relaxed\.sys", "ld.volatile"),
    ("shared memory in between", r"(\tbar\.sync[^;]*;)", r"\1\n\tld.shared.b32 %r1, [%rd10];"),
]


def part_of(text, pattern):
    """Splits a module in front of and behind the part to plant into: for block barriers
    the meeting, from the last one before the signal to the one that ends it; otherwise
    the kernel, because the poll may stand elsewhere in it."""
    kernel = text.index("_persistent(")
    if not pattern.lstrip("(").startswith(r"\tbar"):
        return text[:kernel], text[kernel:], ""
    signal = re.search(r"\t(?:atom|st\.release)", text[kernel:]).start() + kernel
    begin = text.rindex("\tbar.sync", kernel, signal)
    end = text.index(";", text.index("\tbar.red", signal)) + 1
    return text[:begin], text[begin:end], text[end:]


def lint(text, path):
    path.write_text(text)
    return subprocess.run(["lint-ptx.py", path], capture_output=True, text=True)


def plant(text, pattern, replacement):
    before, part, after = part_of(text, pattern)
    changed, count = re.subn(pattern, replacement, part)
    assert count, f"nothing to plant {pattern} in:\n{part}"
    return before + changed + after


kind, path, work = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
work.mkdir(parents=True, exist_ok=True)
text, planted = path.read_text(), work / "planted.ptx"
clean = lint(text, planted)
assert clean.returncode == 0, clean.stdout
for name, rule, pattern, replacement in KINDS[kind]:
    done = lint(plant(text, pattern, replacement), planted)
    assert done.returncode == 1, f"{name}: not found: {done.stdout}{done.stderr}"
    assert re.search(f"error: ({rule}): ", done.stdout), f"{name}: found as\n{done.stdout}"
for name, pattern, replacement in HARMLESS:
    done = lint(plant(text, pattern, replacement), planted)
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
print(f"{path.name}: {len(KINDS[kind])} defects of {kind} found, {len(HARMLESS)} harmless accepted")
