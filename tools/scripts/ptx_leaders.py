"""Which instructions of a kernel only thread 0 of a block runs, or only block 0; a part
of lint-ptx.py.

A test is a comparison of the thread's (or the block's) number with zero. What a
predicate says about it is a pair: whether it is true only where the number is zero, and
whether it is false only there.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import re

# Sums and products of numbers that are not negative: zero only if all terms are.
LINEAR = ("mov", "cvt", "add", "mad", "mul", "or", "shl")
ALWAYS, NEVER = (False, True), (True, False)  # of a predicate that has a constant value


class Leaders:
    """`names` are the special registers whose sum, each times a positive factor, is the
    number; `sizes` those of their ranges."""

    def __init__(self, function, names, sizes):
        self.function = function
        self.names = frozenset(names)
        self.definitions = {}
        for one in function.instructions:
            for register in one.operands[:1]:
                if one.base not in ("st", "red", "bra", "bar", "barrier", "call"):
                    self.definitions.setdefault(register, []).append(one)
        self.sizes = self._derived(sizes, {})
        # Of each register, the names that are in it.
        self.numbers = self._derived(names, self.sizes)
        self.negative = {}
        for register, made_by in self.definitions.items():
            if all(one.base == "neg" for one in made_by):
                names = frozenset.intersection(
                    *(self.numbers.get(one.operands[1], frozenset()) for one in made_by))
                if names:
                    self.negative[register] = names
        self.says = {register: (True, True) for register in self.definitions
                     if self._is_predicate(register)}
        changed = True
        while changed:
            changed = False
            for register in self.says:
                pairs = [self._pair(one) for one in self.definitions[register]]
                pair = tuple(all(side) for side in zip(*pairs))
                if pair != self.says[register]:
                    self.says[register] = pair
                    changed = True

    def _derived(self, begin, others):
        """Registers computed from some of `begin` and, beside them, from `others` and
        constants alone; of each, which of `begin`."""
        known = {name: frozenset([name]) for name in begin}
        changed = True
        while changed:
            changed = False
            for register, made_by in self.definitions.items():
                if register not in known and all(self._is_linear(one, known, others)
                                                 for one in made_by):
                    known[register] = frozenset.intersection(
                        *(frozenset().union(*(known.get(source, ()) for source in one.operands[1:]))
                          for one in made_by))
                    changed = True
        return known

    @staticmethod
    def _is_linear(one, known, others):
        sources = one.operands[1:]
        # A product of two numbers is zero where one of them is.
        is_product = one.base in ("mul", "mad") and all(source in known for source in sources[:2])
        return (one.base in LINEAR and not is_product
                and any(source in known for source in sources)
                and all(source in known or source in others or re.fullmatch(r"\d+", source)
                        for source in sources))

    def _is_predicate(self, register):
        return all(one.base == "setp" or one.parts[-1] == "pred"
                   for one in self.definitions[register])

    def _pair(self, one):
        """What the predicate that an instruction makes says."""
        if one.predicate:
            return False, False
        sources = one.operands[1:]
        if one.base == "setp":
            is_test = len(sources) == 2 and self._is_test(*sources)
            return is_test and one.parts[1] == "eq", is_test and one.parts[1] == "ne"
        pairs = [self._of(source) for source in sources]
        if one.base == "mov" and len(pairs) == 1:
            return pairs[0]
        if one.base == "not" and len(pairs) == 1:
            return pairs[0][::-1]
        if one.base in ("and", "or") and len(pairs) == 2:
            join, meet = (any, all) if one.base == "and" else (all, any)
            return join(pair[0] for pair in pairs), meet(pair[1] for pair in pairs)
        return False, False

    def _is_test(self, left, right):
        """True if the sides are equal only where the number is zero: it is one of them
        and the other 0, or a part of it is one and the rest, negated, the other."""
        for number, other in ((left, right), (right, left)):
            names = self.numbers.get(number, frozenset())
            if names and names | self.negative.get(other, frozenset()) == self.names and (
                    other == "0" or other in self.negative):
                return True
        return False

    def _of(self, source):
        if re.fullmatch(r"-?\d+", source):
            return NEVER if source == "0" else ALWAYS
        return self.says.get(source, (False, False))

    def _is_for_all(self, one, taken):
        """True if threads (blocks) other than the first may run a predicated
        instruction, or with `taken` false, may skip it."""
        when_true, when_false = self._of(one.predicate)
        return not (when_true if taken != one.negated else when_false)

    def others(self, starts, stops):
        """Instructions that others than the first may run, on paths from `starts` up to
        `stops`, which are part of the result."""
        code, seen, work = self.function.instructions, set(), list(starts)
        while work:
            index = work.pop()
            if index in seen:
                continue
            one = code[index]
            runs = not one.predicate or self._is_for_all(one, True)
            if one.base != "bra" and not runs:
                # The others go on behind it.
                work += self.function.successors[index]
                continue
            seen.add(index)
            if index in stops:
                continue
            after = self.function.successors[index]
            if one.base == "bra" and one.predicate and len(after) == 2:
                after = [place for place, taken in zip(after, (True, False))
                         if self._is_for_all(one, taken)]
            work += after
        return seen
