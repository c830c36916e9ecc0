"""Makes a failing program small while it stays legal and keeps failing.

The search is greedy: it tries changes from large to small, a change that keeps
the failure is kept, and ends when no change does. Changes know nothing about what
statements mean; the machine judges whether the result is a legal program.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import dataclasses
import time

from . import machine, syntax

# Operators whose value may stand in for the whole: which operands have its type.
SAME_TYPE = {name: (1, 2) for name in syntax.INDEX_OPS + syntax.WORD_OPS}
SAME_TYPE |= {"sel": (2, 3), "wsel": (2, 3), "sum": (5,), "and": (1, 2)}
WORDS = syntax.WORD_OPS + ("cast", "load", "wsel", "sum")
INDICES = syntax.INDEX_OPS + ("ix", "sel")


def parts(node, path=()):
    """Yields (path, part) of everything below `node`, outermost first."""
    yield path, node
    if dataclasses.is_dataclass(node):
        for item in dataclasses.fields(node):
            yield from parts(getattr(node, item.name), path + (item.name,))
    elif isinstance(node, (list, tuple)):
        for number, item in enumerate(node):
            yield from parts(item, path + (number,))


def replaced(node, path, new):
    """A copy of `node` with another part at `path`."""
    if not path:
        return new
    key, rest = path[0], path[1:]
    if dataclasses.is_dataclass(node):
        return dataclasses.replace(node, **{key: replaced(getattr(node, key), rest, new)})
    items = list(node)
    items[key] = replaced(items[key], rest, new)
    return type(node)(items)


def renamed(node, names):
    """A copy with variables replaced by expressions and buffers by names."""
    if isinstance(node, str):
        return names[node] if isinstance(names.get(node), str) else node
    if isinstance(node, tuple) and len(node) == 2 and node[0] in ("v", "wv"):
        return names[node[1]] if isinstance(names.get(node[1]), tuple) else node
    if dataclasses.is_dataclass(node):
        fields = dataclasses.fields(node)
        return dataclasses.replace(
            node, **{f.name: renamed(getattr(node, f.name), names) for f in fields}
        )
    if isinstance(node, (list, tuple)):
        return type(node)(renamed(item, names) for item in node)
    return node


def without_statements(program):
    """Programs that lack a run of statements, long runs first."""
    bodies = [
        (path, part)
        for path, part in parts(program)
        if isinstance(part, list) and path[-1:] != ("carried",) and path != ("buffers",)
    ]
    longest = max((len(body) for _, body in bodies), default=0)
    size = longest
    while size:
        for path, body in bodies:
            for first in range(0, len(body) - size + 1, size):
                yield replaced(program, path, body[:first] + body[first + size :])
        size //= 2


def without_buffers(program):
    """A program that lacks the buffers that nothing mentions."""
    code = program.body, program.functions
    used = {part for part in syntax.walk(code) if isinstance(part, str)}
    kept = [b for b in program.buffers if b.name in used]
    called = [f for f in program.functions if f.name in used]
    if 0 < len(kept) < len(program.buffers):
        yield dataclasses.replace(program, buffers=kept)
    if len(called) < len(program.functions):
        yield dataclasses.replace(program, functions=called)


def opened(program):
    """Programs in which the body of a loop or condition stands in its place."""
    for path, part in parts(program):
        if isinstance(part, syntax.If):
            bodies = [part.then, part.other]
        elif isinstance(part, syntax.For) and not part.carried:
            bodies = [[syntax.Let(part.iv, "index", part.low), *part.body]]
        else:
            continue
        holder = program
        for key in path[:-1]:
            holder = getattr(holder, key) if dataclasses.is_dataclass(holder) else holder[key]
        for body in bodies:
            new = holder[: path[-1]] + body + holder[path[-1] + 1 :]
            yield replaced(program, path[:-1], new)


def uncarried(program):
    """Programs in which a loop carries one value less."""
    for path, part in parts(program):
        for number, c in enumerate(getattr(part, "carried", ())):
            if not isinstance(part, (syntax.For, syntax.While)):
                continue
            rest = part.carried[:number] + part.carried[number + 1 :]
            loop = replaced(program, path, dataclasses.replace(part, carried=rest))
            yield renamed(loop, {c.name: c.first, c.result: c.first})


def simpler_launches(program):
    for path, part in parts(program):
        if isinstance(part, syntax.Launch):
            if part.form != "inline":
                yield replaced(program, path, dataclasses.replace(part, form="inline"))
            if part.dynamic and part.dynamic[1][0] == "i":
                tile = (part.dynamic[0], part.dynamic[1][1])
                static = dataclasses.replace(part, dynamic=None, tiles=(*part.tiles, tile))
                yield replaced(program, path, static)


def simpler_expressions(program):
    for path, part in parts(program):
        if not isinstance(part, tuple) or not part or not isinstance(part[0], str):
            continue
        op = part[0]
        if op in WORDS or op == "wv":
            yield replaced(program, path, ("w", 1))
        elif op in INDICES or op == "v":
            yield replaced(program, path, ("i", 0))
            yield replaced(program, path, ("i", 1))
        for operand in SAME_TYPE.get(op, ()):
            yield replaced(program, path, part[operand])


def smaller_numbers(program):
    for path, part in parts(program):
        if isinstance(part, tuple) and len(part) == 2 and part[0] in ("i", "w"):
            if part[1] not in (0, 1):
                for value in sorted({0, 1, part[1] // 2, part[1] - 1}):
                    if 0 <= value < abs(part[1]):
                        yield replaced(program, path, (part[0], value))


CHANGES = (
    without_statements, without_buffers, opened, uncarried, simpler_launches,
    simpler_expressions, smaller_numbers,
)  # fmt: skip


def is_valid(program):
    """True if the program is legal, so that its failure says something."""
    try:
        machine.run(program)
    except Exception:  # a change may leave anything behind
        return False
    return True


def shrink(program, fails, seconds=120.0):
    """Returns the smallest program found for which `fails` is true."""
    end = time.monotonic() + seconds
    changed, tried = True, set()
    while changed:
        changed = False
        for change in CHANGES:
            candidates = change(program)
            while True:
                found = None
                for candidate in candidates:
                    if time.monotonic() > end:
                        return program
                    if (spelled := repr(candidate)) in tried:
                        continue
                    tried.add(spelled)
                    if is_valid(candidate) and fails(candidate):
                        found = candidate
                        break
                if found is None:
                    break
                program, changed = found, True
                candidates = change(program)
    return program
