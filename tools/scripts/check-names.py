#!/usr/bin/env python3
"""Checks that a pass has one name everywhere.

For each `def FooBarPass : Pass<"vyre-foo-bar", ...>` in a *Passes.td:
  name-flag      the flag is vyre- and the words of the definition's name
  name-source    lib/LAYER/**/FooBar.cpp is there, defines GEN_PASS_DEF_FOOBARPASS
                 and, if it sets DEBUG_TYPE, sets it to the flag
  name-test      test/LAYER/**/foo-bar.mlir is there
  name-option    an option maxNodes has the flag max-nodes
  name-summary   the summary is there
and over all compiler sources:
  name-remark    a remark's category is a pass's flag
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Usage: check-names.py [ROOT]
Exit code: 0 clean; 1 violations, one line each; 2 nothing to check.
"""

import pathlib
import re
import sys

# A definition up to its closing: `def XPass : Pass<"flag"...> {` or `...>;`.
PASS = re.compile(r'^def\s+(\w+)\s*:\s*(?:InterfacePass|Pass)<\s*"([^"]+)"', re.MULTILINE)
OPTION = re.compile(r'\b(?:List)?Option<\s*"(\w+)"\s*,\s*"([^"]+)"')
CATEGORY = re.compile(r'\bcategory\(\s*"([^"]*)"')
DEBUG_TYPE = re.compile(r'^[ \t]*#[ \t]*define[ \t]+DEBUG_TYPE[ \t]+"([^"]*)"', re.MULTILINE)


def kebab(name):
    """maxNodes or MaxNodes as max-nodes; a run of capitals is one word."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1-\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name).lower()


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def check_source(root, layer, where, base, flag):
    """Yields violations of name-source for one pass."""
    found = sorted((root / "lib" / layer).rglob(base + ".cpp"))
    if not found:
        yield f"{where}: error: name-source: no {base}.cpp under lib/{layer}"
        return
    text = found[0].read_text(errors="replace")
    path = found[0].relative_to(root).as_posix()
    macro = f"GEN_PASS_DEF_{base.upper()}PASS"
    if macro not in text:
        yield f"{path}:1: error: name-source: {macro} is not defined here"
    debug_type = DEBUG_TYPE.search(text)
    if debug_type and debug_type.group(1) != flag:
        line = line_of(text, debug_type.start())
        yield f"{path}:{line}: error: name-source: DEBUG_TYPE is not \"{flag}\""


def check_passes(root, td, flags):
    """Yields violations of one table of passes, and adds its flags to `flags`."""
    text = td.read_text()
    layer = td.parent.relative_to(root / "include" / "vyre").as_posix()
    matches = list(PASS.finditer(text))
    for match, following in zip(matches, [*matches[1:], None]):
        name, flag = match.groups()
        flags.add(flag)
        where = f"{td.relative_to(root).as_posix()}:{line_of(text, match.start())}"
        if not name.endswith("Pass"):
            yield f"{where}: error: name-flag: {name} does not end in Pass"
            continue
        base = name[: -len("Pass")]
        if flag.replace("-", "") != "vyre" + base.lower() or not flag.startswith("vyre-"):
            yield f"{where}: error: name-flag: {name} has flag {flag}, not vyre-{kebab(base)}"
            continue
        yield from check_source(root, layer, where, base, flag)
        test = flag[len("vyre-") :] + ".mlir"
        if not any((root / "test" / layer).rglob(test)):
            yield f"{where}: error: name-test: no {test} under test/{layer}"
        body = text[match.end() : following.start() if following else len(text)]
        if not re.search(r'\blet\s+summary\s*=\s*"[^"]', body):
            yield f"{where}: error: name-summary: {name} has no summary"
        for option in OPTION.finditer(body):
            # block2d may be block2d or block-2d.
            if kebab(option.group(1)) != re.sub(r"-(?=\d)", "", option.group(2)):
                yield (
                    f"{where}: error: name-option: {option.group(1)} has flag"
                    f" {option.group(2)}, not {kebab(option.group(1))}"
                )


def check_remarks(root, flags):
    """Yields violations of name-remark; categories are literals or DEBUG_TYPE."""
    for path in sorted((root / "lib").rglob("*.cpp")):
        text = path.read_text(errors="replace")
        for match in CATEGORY.finditer(text):
            if match.group(1) not in flags:
                where = f"{path.relative_to(root).as_posix()}:{line_of(text, match.start())}"
                yield f"{where}: error: name-remark: \"{match.group(1)}\" is no pass's flag"


def main():
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and sys.argv[1].startswith("-")):
        print("usage: check-names.py [ROOT]", file=sys.stderr)
        return 2
    default = pathlib.Path(__file__).resolve().parent.parent.parent
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) == 2 else default
    tables = sorted((root / "include" / "vyre").rglob("*Passes.td"))
    if not tables:
        print(f"check-names: no Passes.td under {root}", file=sys.stderr)
        return 2
    flags, errors = set(), []
    for td in tables:
        errors += check_passes(root, td, flags)
    errors += check_remarks(root, flags)
    for error in errors:
        print(error)
    print(f"check-names: {len(flags)} passes, {len(errors)} violations")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
