"""Fails unless two explanations have the same members in the same order.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Usage: same-layout.py COMPILED.json RAN.json
A member that one of them leaves to run time ("deferred") may have any value in the other.
"""

import json
import sys


def layout(value, other):
    """The names of members, nested; lists by their elements' layouts."""
    if "deferred" in (value, other):
        return None
    if isinstance(value, dict):
        keys = other if isinstance(other, dict) else {}
        return [(key, layout(part, keys.get(key))) for key, part in value.items()]
    if isinstance(value, list):
        others = other if isinstance(other, list) else []
        others = others + [None] * (len(value) - len(others))
        return [layout(part, match) for part, match in zip(value, others)]
    return None


def main():
    compiled, ran = (json.load(open(path)) for path in sys.argv[1:3])
    if not compiled["launch_groups"] or not compiled["ungrouped"]:
        sys.exit("nothing to compare")
    a, b = layout(compiled, ran), layout(ran, compiled)
    if a != b:
        sys.exit(f"layouts differ:\n{a}\n{b}")


main()
