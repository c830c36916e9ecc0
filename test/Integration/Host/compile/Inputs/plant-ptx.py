"""Plants defects into the synchronization of PTX, one at a time, and checks that
lint-ptx.py finds each of them by the right rule, and nothing without one.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
Usage: plant-ptx.py grid|neighbours|queue FILE.ptx
FILE must have a persistent kernel with one meeting of that kind, or the resident kernel
of a live queue whose items have no block barriers of their own.
"""

import importlib.util
import pathlib
import re
import shutil
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
BESIDE = "access-beside-wait|access-beside-signal"
UNLED = "unled-wait|unled-signal"
# Every place where the pattern matches gets the defect in turn. Registers 900 are nobody's.
KINDS["queue"] = [
    ("no barrier", BESIDE, r"\tbar\.sync[^;]*;", ""),
    ("a barrier of some threads", BESIDE, r"\tbar\.sync\s+0;", "\tbar.sync 0, 32;"),
    ("a predicated barrier", "predicated-barrier", r"\tbar\.sync", "\t@%p1 bar.sync"),
    ("a load of all threads before the wait", BESIDE, r"(\tmov\.u32[^;]*%ctaid\.x;)",
     r"\1\n\tld.global.b32 %r900, [%rd900];"),
    ("a store of all threads before the wait", BESIDE, r"(\tmov\.u32[^;]*%ctaid\.x;)",
     r"\1\n\tst.global.b32 [%rd900], %r900;"),
    ("one thread of each warp leads", UNLED, r"%tid\.x", "%laneid"),
    ("a block of each processor polls", "unled-wait", r"%ctaid\.x", "%warpid"),
    ("an early end", "leaves-wait", r"(\tld\.acquire[^;]*;)", r"\1\n\t@%p1 ret;"),
    ("the host's tail acquired on the device only", "weak-tail", r"ld\.acquire\.sys",
     "ld.acquire.gpu"),
    ("the host's tail without order", "weak-tail", r"ld\.acquire\.sys", "ld.relaxed.sys"),
    ("the host's tail without order, a narrow fence", "weak-tail",
     r"ld\.acquire\.sys([^;]*;)", r"ld.relaxed.sys\1\n\tfence.acq_rel.gpu;"),
    ("the host's tail by a plain load", "weak-tail", r"ld\.acquire\.sys", "ld"),
    ("a wait of the block only", "weak-wait", r"ld\.acquire\.gpu", "ld.acquire.cta"),
    ("a wait without order", "weak-wait", r"ld\.acquire\.gpu", "ld.relaxed.gpu"),
    ("a wait by plain loads", "weak-wait", r"ld\.acquire\.gpu", "ld"),
    ("a wait for something else", "unknown-wait", r"(ld\.acquire[^\[]*)\[[^\]]*\]",
     r"\1[%rd900]"),
    ("a report to the device only", "weak-report", r"st\.release\.sys", "st.release.gpu"),
    ("a report without order", "weak-report", r"st\.release\.sys", "st.relaxed.sys"),
    ("a report without order, a narrow fence", "weak-report", r"\tst\.release\.sys",
     "\tfence.acq_rel.gpu;\n\tst.relaxed.sys"),
    ("a report by a plain store", "weak-report", r"st\.release\.sys", "st"),
    ("items published to the block only", "weak-signal", r"st\.release\.gpu",
     "st.release.cta"),
    ("items published without order", "weak-signal", r"st\.release\.gpu", "st.relaxed.gpu"),
    ("items published by a plain store", "weak-signal", r"st\.release\.gpu", "st"),
    ("no fence before the count", "weak-signal", r"\tfence[^;]*;", ""),
    ("a fence of the block before the count", "weak-signal", r"fence\.acq_rel\.gpu",
     "fence.acq_rel.cta"),
    ("a count of the block", "weak-signal", r"atom\.global", "atom.cta.global"),
    ("another word counts", "unknown-state", r"(\tatom[^\[]*\[%\w+\+128)\]", r"\g<1>0]"),
    ("a store counts", "unknown-state", r"\tatom\.global\.add\.u64[^\[]*(\[[^\]]*\]), 1;",
     r"\tst.relaxed.gpu.global.b64 \1, 1;"),
    ("nobody counts", "incomplete-queue", r"\tatom[^;]*;", ""),
    ("nobody publishes", "incomplete-queue", r"\tst\.release\.gpu[^;]*;", ""),
    ("nobody polls the host", "incomplete-queue", r"\tld\.acquire\.sys[^;]*;", ""),
    ("done without a look at the others", "early-done",
     r"\tld\.acquire\.gpu[^;]*\+128\];", ""),
    ("left before done", "left-not-last",
     r"\tst\.release\.sys[^;]*\+128\][^;]*;(?=(?:[^;]*;){,3}\s*st\.release\.sys[^;]*\+136\])",
     ""),
    ("a store behind left", "left-not-last", r"(\tst\.release\.sys[^;]*\+136\][^;]*;)",
     r"\1\n\tst.global.b32 [%rd900], %r900;"),
    ("a store to the host's words", "unknown-state", r"(st\.release\.sys[^;]*)\+128\]", r"\1]"),
    ("the abort word read on the device only", "weak-abort-poll", r"ld\.relaxed\.sys",
     "ld.relaxed.gpu"),
    ("the abort word read plainly", "weak-abort-poll", r"ld\.relaxed\.sys", "ld"),
    ("no look for an abort", "no-abort-poll", r"\tld\.relaxed\.sys[^;]*;", ""),
    ("no pause between polls", "busy-poll", r"\tnanosleep[^;]*;", ""),
    ("a cached read of the other blocks' progress", "non-coherent",
     r"ld\.acquire\.gpu\.global", "ld.global.nc"),
    ("a cached read of an item", "non-coherent", r"ld\.global\.v2", "ld.global.nc.v2"),
    ("a cached read of an item's copy", "non-coherent",
     r"ld\.global(\.b\d+[^;]*\+[56]\d\d\];)", r"ld.global.nc\1"),
]
# Other instructions that are right too: a fence does what the qualifier did.
MEETS = [
    ("relaxed polls, then a fence", r"ld\.acquire\.gpu", "ld.relaxed.gpu"),
    ("old fences", r"fence\.acq_rel\.gpu", "membar.gl"),
    ("wider fences", r"fence\.acq_rel\.gpu", "fence.sc.sys"),
    ("a volatile look", r"ld\.relaxed\.sys", "ld.volatile"),
    ("shared memory in between", r"(\tbar\.sync[^;]*;)", r"\1\n\tld.shared.b32 %r1, [%rd10];"),
]
HARMLESS = {"grid": MEETS, "neighbours": MEETS, "queue": MEETS[1:] + [
    ("relaxed polls, then a fence", r"ld\.acquire\.gpu([^;]*;)",
     r"ld.relaxed.gpu\1\n\tfence.acq_rel.gpu;"),
    ("a relaxed poll of the host, then a fence", r"ld\.acquire\.sys([^;]*;)",
     r"ld.relaxed.sys\1\n\tfence.acq_rel.sys;"),
    ("a fence, then relaxed reports", r"\tst\.release\.sys",
     "\tfence.acq_rel.sys;\n\tst.relaxed.sys"),
    ("an addition that releases", r"\tfence\.acq_rel\.gpu;\s*\tatom", "\tatom.release.gpu"),
]}


def plant_meeting(text, pattern, replacement):
    """The modules with a defect in a meeting: one. Block barriers are those from the last
    one before the signal to the one that ends the meeting; other instructions may stand
    elsewhere in the kernel, because the poll may."""
    begin, end = text.index("_persistent("), len(text)
    if pattern.lstrip("(").startswith(r"\tbar"):
        signal = re.compile(r"\t(?:atom|st\.release)").search(text, begin).start()
        begin = text.rindex("\tbar.sync", begin, signal)
        end = text.index(";", text.index("\tbar.red", signal)) + 1
    changed, count = re.subn(pattern, replacement, text[begin:end])
    assert count, f"nothing to plant {pattern} in:\n{text[begin:end]}"
    return [text[:begin] + changed + text[end:]]


def plant_queue(text, pattern, replacement):
    """The modules with a defect at one of the places in the resident kernel each."""
    kernel = re.search(r"\.entry \w+_queue\(", text).start()
    found = list(re.compile(pattern).finditer(text, kernel))
    assert found, f"nothing to plant {pattern}"
    return [text[: one.start()] + one.expand(replacement) + text[one.end():] for one in found]


spec = importlib.util.spec_from_file_location("lint_ptx", shutil.which("lint-ptx.py"))
sys.path.insert(0, str(pathlib.Path(spec.origin).parent))
linter = importlib.util.module_from_spec(spec)
spec.loader.exec_module(linter)
kind, path = sys.argv[1], pathlib.Path(sys.argv[2])
plant = plant_queue if kind == "queue" else plant_meeting
text, planted = path.read_text(), 0
found = linter.lint(text)[0]
assert not found, found
for name, rule, pattern, replacement in KINDS[kind]:
    for defective in plant(text, pattern, replacement):
        planted += 1
        found = linter.lint(defective)[0]
        assert found, f"{name}: not found"
        assert any(re.fullmatch(rule, one[1]) for one in found), f"{name}: found as\n{found}"
for name, pattern, replacement in HARMLESS[kind]:
    for changed in plant(text, pattern, replacement):
        found = linter.lint(changed)[0]
        assert not found, f"{name}: {found}"
print(f"{path.name}: {planted} defects of {kind} found, {len(HARMLESS[kind])} harmless accepted")
