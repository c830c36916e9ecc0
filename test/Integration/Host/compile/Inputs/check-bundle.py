"""Checks the report of the GPU bundle's run.sh against the bundle's contents.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
Usage: check-bundle.py BUNDLE RESULTS.json
"""

import json
import pathlib
import sys

MODES = {"plain", "graph", "persistent", "auto"}
LIMIT_BYTES = 40 * 1024 * 1024

bundle, report = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
programs = {path.stem for path in (bundle / "programs").glob("*.expected")}
assert len(programs) >= 8, programs
size = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())
assert size < LIMIT_BYTES, f"the bundle has {size} bytes"

status = {(c["program"], c["device"], c["mode"]): c for c in report["checks"]}
timed = {(t["program"], t["device"], t["mode"]): t for t in report["timings"]}
for program in programs:
    for mode in MODES:
        host = status[program, "host", mode]
        assert host["status"] == "passed", host
        time = timed[program, "host", mode]
        assert 0 < time["median_ns"] <= time["median_process_ns"], time
        assert time["median_ns"] in time["all_ns"], time
        cuda = status[program, "cuda", mode]
        assert cuda["status"] in ("passed", "skipped"), cuda
        # What was skipped says why, and has no time.
        if cuda["status"] == "skipped":
            assert cuda["reason"] and (program, "cuda", mode) not in timed, cuda
for mode in ("plain", "graph", "persistent"):
    baseline = status.get(("heat-2d-baseline", "cuda", mode))
    assert baseline and (baseline["status"] == "passed" or baseline["reason"]), baseline
counted = {name: 0 for name in ("passed", "failed", "skipped")}
for check in report["checks"]:
    counted[check["status"]] += 1
assert counted == report["summary"], (counted, report["summary"])
print(f"bundle: {len(programs)} programs, {size >> 20} MiB, {counted}")
