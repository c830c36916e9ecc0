"""Paired timing: interleaved runs of two sides, the median ratio and its interval.

The sides run in turn (A B A B ...), so that a change of the machine's load hits
both. A limit is missed only when the whole bootstrap interval lies beyond it.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import os
import random
import statistics


def compare(name, ours, baseline, pairs, limit=None):
    """Runs both sides `pairs` times; each returns its seconds. A record for JSON."""
    ours(), baseline()  # warm caches and page tables
    times = [(ours(), baseline()) for _ in range(pairs)]
    return summarize(name, times, limit)


def summarize(name, times, limit=None):
    """The record of (ours, baseline) pairs of seconds."""
    ratios = [a / b for a, b in times]
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(ratios, k=len(ratios))) for _ in range(2000))
    low, high = medians[50], medians[1949]  # 95 %
    record = {
        "name": name,
        "pairs": len(times),
        "vyre_s": round(statistics.median(a for a, _ in times), 6),
        "baseline_s": round(statistics.median(b for _, b in times), 6),
        "ratio": round(statistics.median(ratios), 3),
        "interval": [round(low, 3), round(high, 3)],
    }
    if limit is not None:
        record |= {"limit": limit, "holds": low <= limit}
    return record


def machine():
    """The hardware, as the results name it."""
    model = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {"cpu": model, "cores": os.cpu_count(), "load_1min": round(os.getloadavg()[0], 1)}
