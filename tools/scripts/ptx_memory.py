"""What instructions of PTX do to memory: which are accesses, fences, barriers, and
where registers may point to; a part of lint-ptx.py.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import re

MEMORY = ("ld", "ldu", "st", "atom", "red", "cp", "tex", "tld4", "suld", "sust", "sured", "call",
          "wmma", "multimem", "discard")
OWN_SPACES = ("shared", "local", "param", "const")
WIDE = ("gpu", "sys")


def is_fence(one, scopes=WIDE):
    """True for a fence that orders everything at one of the scopes."""
    if one.predicate:
        return False
    if one.base == "membar":
        return {"gl": "gpu"}.get(one.parts[1], one.parts[1]) in scopes
    return one.base == "fence" and one.parts[1] in ("acq_rel", "sc") and one.parts[-1] in scopes


def is_barrier(one):
    """True for a barrier of all threads of the block."""
    if one.base not in ("bar", "barrier") or "cluster" in one.parts:
        return False
    if "sync" in one.parts:
        return len(one.operands) == 1
    return "red" in one.parts and len(one.operands) == 3


class Addresses:
    """What registers may point to: sets of (kind of memory, offset or None).

    `kinds` says what parameters point to, `pointers` what the words at known places of
    known memory point to: {(kind, offset): kind}."""

    # More offsets than that are any offset: a register that counts up in a loop.
    MOST = 16

    def __init__(self, function, kinds, pointers):
        self.known, self.kinds, self.pointers = {}, kinds, pointers
        changed = True
        while changed:
            changed = False
            for one in function.instructions:
                for register in one.operands[:1]:
                    values = self._value(one)
                    old = self.known.get(register, set())
                    if not self._covers(old, values):
                        self.known[register] = self._widened(old | values)
                        changed = True

    @staticmethod
    def _covers(old, values):
        return all((kind, offset) in old or (kind, None) in old for kind, offset in values)

    def _widened(self, values):
        if len(values) <= self.MOST:
            return values
        return {(kind, None) for kind, _ in values}

    def _value(self, one):
        if one.base == "ld":
            return self._loaded(one)
        if one.base in ("st", "red", "atom", "call", "bra", "setp"):
            return set()
        sources = [self.known.get(operand, set()) for operand in one.operands[1:]]
        if one.base in ("mov", "cvta", "selp", "cvt"):
            return set().union(*sources)
        if one.base == "add" and re.fullmatch(r"-?\d+", one.operands[-1]):
            shift = int(one.operands[-1])
            return {(kind, offset if offset is None else offset + shift)
                    for kind, offset in set().union(*sources)}
        return {(kind, None) for kind, _ in set().union(*sources)}

    def _loaded(self, one):
        where = one.address()
        if where is None:
            return set()
        if "param" in one.parts:
            return {(self.kinds[where[0]], 0)} if where[0] in self.kinds and where[1] == 0 else set()
        return {(self.pointers[place], 0) for place in self.of(one) if place in self.pointers}

    def of(self, one):
        """What the instruction's address may be."""
        where = one.address()
        if where is None:
            return set()
        return {(kind, offset if offset is None else offset + where[1])
                for kind, offset in self.known.get(where[0], set())}
