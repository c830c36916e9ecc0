"""Random functions that are called with buffers that overlap.

A function gets two ranges x and y of `length` words; y begins `shift` words after
x in the same buffer, 0 <= shift <= length. Each launch is free of races for all
such shifts: it works on x alone or on y alone, or goes from the lower half of x to
the upper half of y, or back. What one launch writes, the next may or may not read:
that depends on the shift.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from .kernels import Scope
from .syntax import Call, For, Function, Let, Store, View, add, i, load, v


class AliasFunctions:
    def __init__(self, r, fresh, kernels):
        self.r, self.fresh, self.kernels = r, fresh, kernels
        self.made = []

    def call(self, functions, buffer, scope):
        """Calls a function, a new or an old one, once or twice."""
        length = scope.size // 2
        if not self.made or self.r.random() < 0.3:
            self.made.append(self.function(length))
            functions.append(self.made[-1])
        function = self.r.choice(self.made)
        statements = []
        for _ in range(self.r.choice([1, 1, 2])):
            shift = self.r.choice([0, 1, length // 4, length // 2, length - 1, length])
            x, y = self.fresh("x"), self.fresh("y")
            statements.append(View(x, buffer, (i(0),), (length,), (1,)))
            if shift == 0 and self.r.random() < 0.5:
                y = x
            else:
                statements.append(View(y, buffer, (i(shift),), (length,), (1,)))
            statements.append(Call(function.name, (x, y), (i(self.r.choice([0, 1, 3, 4, 4, 7])),)))
        return statements

    def function(self, length):
        x, y, trips, iv = (self.fresh(stem) for stem in ("x", "y", "n", "t"))
        scope = Scope([x, y], [], length, (), None, None, None, [(iv, 7)])
        body = [self.launch(scope) for _ in range(self.r.choice([1, 2, 2, 3]))]
        loop = For(iv, i(0), v(trips), i(1), body)
        return Function(self.fresh("f"), (x, y), (trips,), [loop])

    def launch(self, scope):
        half = scope.size // 2
        low, high = scope.line
        same = self.r.choice(scope.line)
        where, j = v(self.fresh("i")), v(self.fresh("j"))
        count, source, target, read, write = self.r.choice(
            [
                (scope.size, same, same, where, where),
                (half, same, same, self.kernels.elsewhere(where, half, scope), add(where, i(half))),
                (half, low, high, self.kernels.elsewhere(where, half, scope), add(where, i(half))),
                (half, high, low, add(self.kernels.elsewhere(where, half, scope), i(half)), where),
            ]
        )
        grid, block, linear, total = self.kernels.shape(count, scope)
        value = self.kernels.mix([load(source, v(j[1]))], scope)
        body = [Let(j[1], "index", read), Store(target, (write,), value)]
        body = self.kernels.guard(where, count, total, body)
        return self.kernels.launch(grid, block, [Let(where[1], "index", linear), *body])
