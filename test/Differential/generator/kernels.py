"""What all random kernels are made of; they are free of races by construction.

In each, a thread writes elements that no other thread of the launch touches: the
index it writes is injective in the number of the thread, and what is read is
another buffer, the thread's own element, or elements that this launch does not
write. Updates by atomics are alone with their buffer.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from dataclasses import dataclass, field
from math import gcd

from .syntax import If, Launch, add, i, load, mul, v


@dataclass
class Scope:
    """What host code sees at a place in the program."""

    line: list  # one-dimensional buffers of `size` words, no two of them overlap
    plane: list  # two-dimensional buffers of `shape`, likewise
    size: int
    shape: tuple
    table: str  # a permutation of 0..size-1 that nobody writes, or None
    counts: str  # 8 words, for atomics
    cells: str  # 8 words: 3 scalars to write, a flag for `while`, 4 that nobody writes
    ivs: list = field(default_factory=list)  # (name, an upper bound) of host loops
    words: list = field(default_factory=list)  # host scalars
    blocks: int = 0  # threads per block that launches here like to have

    def inside(self, **changes):
        copy = Scope(**{name: getattr(self, name) for name in self.__dataclass_fields__})
        for name in ("line", "plane", "ivs", "words"):
            setattr(copy, name, list(getattr(self, name)))
        for name, value in changes.items():
            setattr(copy, name, value)
        return copy


class Kernels:
    """Makes launches; `r` is the source of chance, `fresh` that of names."""

    def __init__(self, r, fresh):
        self.r, self.fresh = r, fresh
        # Mostly all kernels of a program are of one form.
        self.forms = r.choice(
            [["inline"]] * 5
            + [["func"]] * 3
            + [["parallel"]] * 2
            + [["inline", "func", "parallel"]]
        )

    # Shapes.

    def shape(self, total, scope):
        """A grid and a block with at least `total` threads, mostly just about.
        Returns them, the linear number of a thread and that of all threads."""
        size = scope.blocks if scope.blocks and self.r.random() < 0.7 else 0
        size = size or self.r.choice([4, 8, 12, 16, 16, 24, 32, 64])
        blocks = max(1, -(-total // size))
        sx, sy, sz = size, 1, 1
        if self.r.random() < 0.25:
            sy = self.r.choice([n for n in (1, 2, 4) if size % n == 0])
            sx = size // sy
        gx, gy, gz = blocks, 1, 1
        if self.r.random() < 0.2:
            gy = self.r.choice([2, 3])
            gx = -(-blocks // gy)
        elif self.r.random() < 0.1:
            gz = 2
            gx = -(-blocks // gz)
        return self.linear((gx, gy, gz), (sx, sy, sz))

    def linear(self, grid, block):
        """The number of a thread, with sizes as constants or as the kernel's own."""
        own = self.r.random() < 0.4

        def size(names, sizes, n):
            return v(names[n]) if own else i(sizes[n])

        def number(ids, names, sizes):
            e = v(ids[2]) if sizes[2] > 1 else i(0)
            for n in (1, 0):
                if e != i(0):
                    e = mul(e, size(names, sizes, n))
                if sizes[n] > 1 or n == 0:
                    e = add(e, v(ids[n]))
            return e

        whole = block[0] * block[1] * block[2]
        threads = v("sx") if own and block[1:] == (1, 1) else i(whole)
        linear = add(
            mul(number(("bx", "by", "bz"), ("gx", "gy", "gz"), grid), threads),
            number(("tx", "ty", "tz"), ("sx", "sy", "sz"), block),
        )
        total = grid[0] * grid[1] * grid[2] * whole
        return tuple(map(i, grid)), tuple(map(i, block)), linear, total

    def launch(self, grid, block, body, **more):
        form = self.r.choice(self.forms)
        return Launch(grid, block, body, form=form, **more)

    def guard(self, linear, n, total, body):
        """`body` for the first n threads only; says so only where it must."""
        if total == n and self.r.random() < 0.7:
            return body
        return [If(("lt", linear, i(n)), body)]

    # Expressions.

    def clamp(self, e, n):
        return ("min", ("max", e, i(0)), i(n - 1))

    def elsewhere(self, x, n, scope):
        """An index in [0, n) that depends on the index x in [0, n)."""
        k = self.r.choice([1, 1, 1, 2, 3, 8, 17])
        choices = [
            x,
            x,
            self.clamp(add(x, i(k)), n),
            self.clamp(("sub", x, i(k)), n),
            ("rem", add(x, i(k)), i(n)),
            ("rem", add(x, i(n - k % n)), i(n)),
            ("sub", i(n - 1), x),
            ("rem", mul(x, i(self.r.choice([3, 5, 7]))), i(n)),
            ("div", x, i(2)),
            self.uniform(n, scope),
        ]
        if scope.table:
            choices.append(("rem", ("ix", load(scope.table, ("rem", x, i(scope.size)))), i(n)))
        return self.r.choice(choices)

    def within(self, iv, n):
        """The variable of a host loop if it stays below n, mostly; else modulo n."""
        name, bound = iv
        return v(name) if bound <= n and self.r.random() < 0.85 else ("rem", v(name), i(n))

    def uniform(self, n, scope):
        """An index in [0, n) that is the same for all threads."""
        if scope.ivs and self.r.random() < 0.7:
            return self.within(self.r.choice(scope.ivs), n)
        return i(self.r.randrange(n))

    def scalar(self, scope):
        """A word that is the same for all threads."""
        choices = [("w", self.r.randint(-9, 99))] * 2
        choices += [("cast", v(name)) for name, _ in scope.ivs]
        choices += [("wv", name) for name in scope.words]
        return self.r.choice(choices)

    def mix(self, terms, scope):
        """A word made of all terms and perhaps a scalar."""
        terms = list(terms) + [self.scalar(scope)]
        self.r.shuffle(terms)
        e = terms[0]
        for term in terms[1:]:
            op = self.r.choice(["wadd", "wadd", "wsub", "wxor", "wmul", "wmin", "wmax", "wor"])
            e = (op, e, term)
        return e

    def reads(self, x, n, scope, without, most=2):
        """Loads from line buffers other than `without`."""
        names = [b for b in scope.line if b not in without]
        names = self.r.sample(names, min(len(names), self.r.randint(0 if without else 1, most)))
        return [load(b, self.elsewhere(x, n, scope)) for b in names]

    def own_index(self, x, n, scope):
        """(index, how many threads) of a place that only this thread has."""
        step = self.r.choice([k for k in (3, 5, 7, 11) if gcd(k, n) == 1] or [1])
        choices = [
            (x, n), (x, n), (x, n), (x, n),
            (("sub", i(n - 1), x), n),
            (mul(x, i(2)), (n + 1) // 2),
            (add(mul(x, i(2)), i(1)), n // 2),
            (("rem", mul(x, i(step)), i(n)), n),
            (add(x, i(1)), n - 1),
            (x, n // 2),
        ]  # fmt: skip
        if scope.table:
            choices.append((("ix", load(scope.table, x)), n))
        return self.r.choice(choices)
