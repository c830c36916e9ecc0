"""Compiles every example to PTX for every chip and lints it; with --assemble,
assembles it too, which takes ptxas.

SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
Usage: compile-examples.py EXAMPLES WORK [--assemble]
"""

import pathlib
import subprocess
import sys

CHIPS = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")

assemble = sys.argv[3:] == ["--assemble"]
examples, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
work.mkdir(parents=True, exist_ok=True)
files, persistent = [], set()
for expected in sorted(examples.glob("*.expected")):
    source = expected.with_suffix(".mlir")
    for chip in CHIPS:
        ptx = work / f"{source.stem}.{chip}.ptx"
        command = ["vyre-compile", source, "--emit=ptx", f"--chip={chip}", "-o", ptx]
        subprocess.run(command, check=True)
        if assemble:
            subprocess.run(["assemble-ptx.sh", ptx], check=True)
        text = ptx.read_text()
        assert f".target {chip}" in text, f"{ptx} is not for {chip}"
        # Correctly rounded and never contracted; lines for profilers.
        for word in ("sqrt.approx", "div.approx", "div.full", "fma.rn", "__nv_"):
            assert word not in text, f"{word} in {ptx}"
        assert ".loc" in text, f"{ptx} has no line info"
        if "_persistent(" in text:
            persistent.add(source.stem)
        files.append(ptx)
assert len(files) >= 8 * len(CHIPS), files
subprocess.run(["lint-ptx.py", *files], check=True)
done = "assembled and clean" if assemble else "clean"
print(f"{len(files)} files of PTX {done}, {len(persistent)} examples with persistent kernels")
