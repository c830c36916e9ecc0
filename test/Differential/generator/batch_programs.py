"""Random loops whose iterations are independent, or nearly, with several launches each.

Every iteration works on rows or ranges of its own, found by the loop's counter alone,
so that a compiler can prove it. The near misses share a buffer between the launches,
read or write a row of another iteration, or hand overlapping ranges to a function.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from .kernels import Scope
from .syntax import Call, For, Function, Let, Store, View, add, i, load, mul, v

KINDS = ["map"] * 3 + ["strided", "stencil", "red_black", "half", "window", "tile"]


class BatchPrograms:
    """Makes the statements; `programs` makes single launches."""

    def __init__(self, r, fresh, kernels, programs):
        self.r, self.fresh, self.kernels, self.programs = r, fresh, kernels, programs
        self.made = []

    def statements(self, functions, scope):
        make = self.r.choice([self.rows, self.rows, self.rows, self.ranges, self.call])
        return make(functions, scope)

    def bounds(self, scope, most):
        """A loop's bounds with a counter below `most`."""
        low, step = self.r.choice([0, 0, 0, 1]), self.r.choice([1, 1, 1, 2])
        if most > 7 and self.r.random() < 0.4:  # known at run time only, and below 8
            return i(low), ("ix", load(scope.cells, i(self.r.choice([4, 5, 6, 7])))), i(step)
        return i(low), i(self.r.choice([n for n in (2, 3, 4, 5, 8, 9, 12) if n <= most])), i(step)

    def body(self, inner):
        kinds = KINDS if self.r.random() < 0.9 else [*KINDS, "growing"]
        return [self.programs.kernel(inner, kinds) for _ in range(self.r.choice([1, 2, 2, 3]))]

    def rows(self, functions, scope):
        """Rows of the planes."""
        rows, columns = scope.shape
        near = self.r.random() < 0.3  # the next iteration's row, too
        iv, backwards = self.fresh("t"), self.r.random() < 0.2
        low, high, step = self.bounds(scope, rows - 1 if near else rows)
        inner = scope.inside(blocks=self.r.choice([4, 8, 16]))
        inner.size, inner.table, inner.line, views = columns, "rowtable", [], []
        inner.ivs.append((iv, rows))
        places = [(plane, v(iv)) for plane in scope.plane]
        if near:
            places.append((self.r.choice(scope.plane), add(v(iv), i(1))))
        for plane, row in places:
            if backwards:
                row = ("sub", i(rows - 1), row)
            inner.line.append(self.fresh("row"))
            views.append(View(inner.line[-1], plane, (row, i(0)), (1, columns), (1, 1), True))
        if scope.size >= columns and self.r.random() < 0.15:  # all iterations share it
            inner.line.append(self.fresh("shared"))
            views.append(View(inner.line[-1], scope.line[0], (i(0),), (columns,), (1,)))
        return [For(iv, low, high, step, views + self.body(inner))]

    def ranges(self, functions, scope):
        """Ranges of the lines, side by side; as a near miss one too long or too short."""
        iv, width = self.fresh("t"), self.r.choice([4, 6, 8])
        pace = width - self.r.choice([0, 0, 0, 1, -1])
        low, high, step = self.bounds(scope, min((scope.size - width) // pace + 1, 12))
        inner = scope.inside(blocks=4)
        inner.size, inner.table, inner.line, views = width, None, [], []
        inner.ivs.append((iv, 12))
        for line in scope.line:
            inner.line.append(self.fresh("part"))
            views.append(View(inner.line[-1], line, (mul(v(iv), i(pace)),), (width,), (1,)))
        return [For(iv, low, high, step, views + self.body(inner))]

    def call(self, functions, scope):
        """A function of two ranges that may overlap, called once or twice."""
        width, trips = 4, 4
        if not self.made or self.r.random() < 0.3:
            self.made.append(self.function(width, width * trips))
            functions.append(self.made[-1])
        function, found = self.r.choice(self.made), []
        for _ in range(self.r.choice([1, 2])):
            shift = self.r.choice([0, width, width + 1, 2 * width, width * trips, width * trips])
            x, y = self.fresh("x"), self.fresh("y")
            for name, first in self.r.sample([(x, 0), (y, shift)], 2):
                found.append(View(name, "line0", (i(first),), (width * trips,), (1,)))
            found.append(Call(function.name, (x, y), (i(self.r.choice([0, 1, 3, 4, 4])),)))
        return found

    def function(self, width, length):
        """Iteration t takes range t of x and of y. They begin in the same place or at least
        a range apart, so no launch reads what it writes elsewhere."""
        x, y, trips, iv = (self.fresh(stem) for stem in ("x", "y", "n", "t"))
        parts = [self.fresh("part"), self.fresh("part")]
        scope = Scope(parts, [], width, (), None, None, None, [(iv, 4)])
        body = [View(part, whole, (mul(v(iv), i(width)),), (width,), (1,))
                for part, whole in zip(parts, (x, y))]  # fmt: skip
        for _ in range(self.r.choice([1, 2, 2, 3])):
            source, target = self.r.choice([parts, parts, parts[::-1], [parts[1]] * 2])
            body.append(self.launch(source, target, scope))
        loop = For(iv, i(0), v(trips), i(1), body)
        return Function(self.fresh("f"), (x, y), (trips,), [loop], apart=True)

    def launch(self, source, target, scope):
        linear, at = self.fresh("i"), self.fresh("j")
        grid, block, number, total = self.kernels.shape(scope.size, scope)
        value = self.kernels.mix([load(source, v(at))], scope)
        body = [Let(at, "index", v(linear)), Store(target, (v(linear),), value)]
        body = self.kernels.guard(v(linear), scope.size, total, body)
        return self.kernels.launch(grid, block, [Let(linear, "index", number), *body])
