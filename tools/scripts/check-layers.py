#!/usr/bin/env python3
"""Checks that code includes only what its layer may depend on.

The rule is the table below; docs/architecture.md explains it. Every #include of
a source file or header is resolved to the layer it belongs to. An include that
resolves to no file of the tree is a third party's; MLIR, LLVM and the standard
library are told apart from the rest by name.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Usage: check-layers.py [ROOT]
Exit code: 0 clean; 1 violations, one line each; 2 nothing to check.
"""

import pathlib
import re
import sys

# Layer: (its folders, the layers it may include besides itself).
# "std" is the C and C++ standard library, "mlir" is MLIR and LLVM, "other" any
# other library; every layer may use "std".
LAYERS = {
    "Policy": (["include/vyre/Policy", "lib/Policy"], []),
    "Dialect": (["include/vyre/Dialect", "lib/Dialect"], ["Policy", "mlir"]),
    "Analysis": (["include/vyre/Analysis", "lib/Analysis"], ["Dialect", "mlir"]),
    "Transforms": (
        ["include/vyre/Transforms", "lib/Transforms"],
        ["Analysis", "Dialect", "Policy", "mlir"],
    ),
    "Conversion": (
        ["include/vyre/Conversion", "lib/Conversion"],
        ["Dialect", "abi", "mlir"],
    ),
    "Target": (
        ["include/vyre/Target", "lib/Target"],
        ["Conversion", "Dialect", "abi", "mlir"],
    ),
    "Pipelines": (
        ["include/vyre/Pipelines", "lib/Pipelines"],
        ["Policy", "Dialect", "Analysis", "Transforms", "Conversion", "Target", "abi", "mlir"],
    ),
    "abi": (["runtime/include/vyre-abi"], []),
    "runtime": (["runtime/include/vyre-rt", "runtime/lib"], ["abi", "Policy", "other"]),
}
# Where a quoted include is looked for, after the including file's own folder.
INCLUDE_FOLDERS = ["include", "runtime/include", "runtime/lib", "runtime/lib/Core"]
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
SUFFIXES = {".h", ".hpp", ".cpp", ".c", ".cc", ".inc", ".def", ".td"}
TD_INCLUDE = re.compile(r'^\s*include\s+"([^"]+)"')
STANDARD = re.compile(r"^([a-z0-9_]+|[a-z0-9_]+\.h|sys/[a-z0-9_]+\.h|linux/[a-z0-9_]+\.h)$")
THIRD_PARTY_HEADERS = {"xxhash.h"}


def layer_of_path(path):
    """The layer a path of the tree (relative, in normal form) is in, or None."""
    for layer, (folders, _) in LAYERS.items():
        if any(path == folder or path.startswith(folder + "/") for folder in folders):
            return layer
    return None


def target_layer(root, source, name, quoted):
    """The layer, or kind of library, that including `name` in `source` reaches."""
    candidates = [source.parent / name] if quoted else []
    candidates += [root / folder / name for folder in INCLUDE_FOLDERS]
    for candidate in candidates:
        # Generated headers (.inc) do not exist here: their folder decides.
        if candidate.exists() or (name.endswith(".inc") and candidate.parent.is_dir()):
            path = candidate.resolve()
            if path.is_relative_to(root):
                return layer_of_path(path.relative_to(root).as_posix()) or "unlayered"
    if name.startswith(("mlir/", "mlir-c/", "llvm/", "llvm-c/", "clang/", "lld/")):
        return "mlir"
    if name.startswith(("vyre/", "vyre-abi/", "vyre-rt/")):
        prefix = name.split("/")
        return {"vyre-abi": "abi", "vyre-rt": "runtime"}.get(prefix[0], prefix[1])
    if not quoted and STANDARD.match(name) and name not in THIRD_PARTY_HEADERS:
        return "std"
    return "other"


def check_file(root, path, layer):
    """Yields a message for every include that the file's layer may not have."""
    allowed = {layer, "std", *LAYERS[layer][1]}
    expression = TD_INCLUDE if path.suffix == ".td" else INCLUDE
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = expression.match(line)
        if not match:
            continue
        quoted = match.group(1) is not None
        name = match.group(1) or match.group(2)
        target = target_layer(root, path, name, quoted)
        if target not in allowed:
            where = path.relative_to(root).as_posix()
            allowed_text = ", ".join(sorted(allowed - {layer})) or "nothing else"
            yield (
                f"{where}:{number}: error: {layer} may not include '{name}' ({target});"
                f" it may use {allowed_text}"
            )


def main():
    if len(sys.argv) > 2 or (len(sys.argv) == 2 and sys.argv[1].startswith("-")):
        print("usage: check-layers.py [ROOT]", file=sys.stderr)
        return 2
    default = pathlib.Path(__file__).resolve().parent.parent.parent
    root = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) == 2 else default
    checked, errors = 0, []
    for layer, (folders, _) in LAYERS.items():
        for folder in folders:
            for path in sorted((root / folder).rglob("*")):
                if path.suffix in SUFFIXES and path.is_file():
                    checked += 1
                    errors += check_file(root, path, layer)
    if not checked:
        print(f"check-layers: no source file under {root}", file=sys.stderr)
        return 2
    for error in errors:
        print(error)
    print(f"check-layers: {checked} files, {len(errors)} violations")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
