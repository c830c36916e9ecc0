"""Checks the report of the GPU bundle's run.sh against the bundle's contents.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
Usage: check-bundle.py BUNDLE RESULTS.json
"""

import json
import pathlib
import re
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
benchmarks = {path.stem for path in (bundle / "benchmarks").glob("*.hash")}
assert len(benchmarks) == 5, benchmarks
sides = {(side["benchmark"], side["side"]): side for side in report["sides"]}
targets = {}
for entry in report["comparisons"]:
    # Every comparison has numbers or the reason why not; a target is met, missed or open.
    assert ("skipped" in entry) != ("median" in entry), entry
    assert "skipped" not in entry or (entry["skipped"] and entry["met"] is None), entry
    if "median" in entry:
        low, high = entry["interval"]
        assert low <= entry["median"] <= high and entry["turns"] == report["pairs"], entry
        assert (entry["met"] is None) == (entry["target"] is None), entry
    if entry["target"] is not None:
        targets.setdefault(entry["benchmark"], []).append(entry["target"])
assert targets == {"chain-1000": [20, 5], "batch-10000": [100], "stencil-256": [1],
                   "live-queue-submit": [200]}, targets
for benchmark in benchmarks:
    for mode in ("plain", "persistent"):
        assert sides[benchmark, f"host:{mode}"]["samples"] == report["pairs"], sides
    items = sides[benchmark, "host:persistent"]["queue_items"]
    assert (items == 9 * 201) if benchmark.startswith("live-queue") else items == 0, sides
    twin = status[benchmark, "twin", "compile" if report["machine"]["nvcc"] else "plain"]
    assert twin["status"] == ("passed" if report["machine"]["nvcc"] else "skipped"), twin
# At least the two benchmarks of live queues have one, each for two chips.
queues = re.search(r"(\d+) live queues: no findings", report["ptx"])
assert queues and int(queues[1]) >= 4, report["ptx"]
counted = {name: 0 for name in ("passed", "failed", "skipped")}
for check in report["checks"]:
    counted[check["status"]] += 1
assert counted == report["summary"], (counted, report["summary"])
print(f"bundle: {len(programs)} programs, {size >> 20} MiB, {counted}")
