#!/usr/bin/env python3
"""Finds code in PTX that ptxas accepts and that hangs or reads stale data.

  non-coherent       a kernel with a grid barrier (its name ends in _persistent,
                     or it polls with an acquire load) reads with ld.global.nc
                     or ldu: data that another block wrote may come from a cache
                     that never sees the write
  missing-release    a kernel polls with ld.acquire, but has neither a release
                     nor a fence: what a block wrote may arrive after its signal
  predicated-barrier a block barrier under a predicate: the threads that skip it
                     never arrive, and the block hangs
  unresolved         a .extern .func __nv_*: a math function whose library was
                     not linked, so the module fails to load
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Usage: lint-ptx.py FILE...
Exit code: 0 clean; 1 findings, one line each; 2 usage, or no PTX in a file.
"""

import pathlib
import re
import sys

FUNCTION = re.compile(r"^\s*(?:\.visible\s+|\.weak\s+)*\.(entry|func)\b")
NAME = re.compile(r"([A-Za-z_$%][\w$]*)\s*(?:\(|$)")
EXTERN_MATH = re.compile(r"^\s*\.extern\s+\.func\b.*?\b(__nv_\w+)")
NON_COHERENT = re.compile(r"\b(ld\.global(?:\.[\w:]+)*\.nc(?:\.[\w:]+)*|ldu(?:\.\w+)+)\b")
ACQUIRE_LOAD = re.compile(r"\bld\.acquire\.(?:gpu|sys)\b")
RELEASE = re.compile(
    r"\b(?:(?:red|atom|st)\.(?:\w+\.)*?(?:release|acq_rel)\.(?:gpu|sys)"
    r"|(?:red|atom|st)\.(?:release|acq_rel)\.(?:gpu|sys)"
    r"|fence\.(?:acq_rel|sc|release)\.(?:gpu|sys)|membar\.(?:gl|sys))\b"
)
PREDICATED_BARRIER = re.compile(
    r"@!?%?\w+\s+((?:bar(?:rier)?(?:\.cta)?\.(?:sync|red|arrive)|barrier\.cluster)[\w.]*)"
)


def strip_comments(text):
    """Blanks comments, keeping the line breaks, so that line numbers hold."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", text)


def functions(lines):
    """Yields (kind, name, [(line number, text)]) of each function with a body."""
    index = 0
    while index < len(lines):
        match = FUNCTION.match(lines[index])
        if not match:
            index += 1
            continue
        header, body, depth, opened = "", [], 0, False
        while index < len(lines):
            line = lines[index]
            index += 1
            if not opened:
                header += line.split("{")[0] + "\n"
            if not opened and ";" in line.split("{")[0]:
                break  # a declaration
            depth += line.count("{") - line.count("}")
            if "{" in line:
                opened = True
            if opened:
                body.append((index, line))
                if depth <= 0:
                    break
        if opened:
            # `.func (.param .b32 r) name(...)`: the return value comes first.
            rest = header[header.index("." + match.group(1)) + len(match.group(1)) + 1 :]
            rest = re.sub(r"^\s*\([^)]*\)", "", rest)
            name = NAME.search(rest.strip())
            yield match.group(1), name.group(1) if name else "?", body


def lint(text):
    """Yields (line, rule, message) for every finding in a PTX module."""
    lines = strip_comments(text).splitlines()
    for number, line in enumerate(lines, 1):
        match = EXTERN_MATH.match(line)
        if match:
            yield number, "unresolved", f"{match.group(1)} has no definition"
    for kind, name, body in functions(lines):
        whole = "\n".join(line for _, line in body)
        polls = ACQUIRE_LOAD.search(whole) is not None
        resident = kind == "entry" and (name.endswith("_persistent") or polls)
        if polls and not RELEASE.search(whole):
            yield body[0][0], "missing-release", f"{name} polls, but nothing in it releases"
        for number, line in body:
            match = NON_COHERENT.search(line)
            if match and resident:
                yield number, "non-coherent", f"{match.group(1)} in {name}"
            match = PREDICATED_BARRIER.search(line)
            if match:
                yield number, "predicated-barrier", f"{match.group(1)} in {name}"


def main():
    names = sys.argv[1:]
    if not names or names[0].startswith("-"):
        print("usage: lint-ptx.py FILE...", file=sys.stderr)
        return 2
    findings = 0
    for name in names:
        try:
            text = pathlib.Path(name).read_text(errors="replace")
        except OSError as error:
            print(f"lint-ptx: {name}: {error.strerror}", file=sys.stderr)
            return 2
        if not re.search(r"^\s*\.version\s", text, re.MULTILINE):
            print(f"lint-ptx: {name}: no PTX (.version) in it", file=sys.stderr)
            return 2
        for line, rule, message in sorted(lint(text)):
            findings += 1
            print(f"{name}:{line}: error: {rule}: {message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
