#!/usr/bin/env python3
"""Puts the real output of `make demo` into README.md.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Usage: update-readme.py
Exit code: 0 written; 1 the demo failed or README.md has no place for its output.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"(<!-- demo-output: begin[^\n]*-->\n).*?(<!-- demo-output: end -->)", re.DOTALL)


def main():
    # Built first, so that only the program's own output is caught below.
    subprocess.run(["make", "-s", "all"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    demo = subprocess.run(
        ["make", "-s", "demo"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if demo.returncode != 0:
        print(f"update-readme: the demo failed:\n{demo.stdout}", file=sys.stderr)
        return 1
    lines = [line for line in demo.stdout.splitlines() if not line.startswith(("ninja:", "["))]
    block = "\n```\n" + "\n".join(lines).strip() + "\n```\n\n"
    readme = ROOT / "README.md"
    text, count = BLOCK.subn(lambda match: match[1] + block + match[2], readme.read_text())
    if count != 1:
        print("update-readme: README.md has no demo-output block", file=sys.stderr)
        return 1
    readme.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
