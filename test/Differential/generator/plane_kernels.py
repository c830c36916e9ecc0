"""Random kernels over two-dimensional buffers and over rows of them.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from .block_kernels import BlockKernels
from .syntax import If, Let, Store, add, i, load, mul, v


class PlaneKernels(BlockKernels):
    def rectangle(self, rows, columns):
        """A two-dimensional launch of at least that many threads: its shape and
        the tests that it needs."""
        sx, sy = self.r.choice([(4, 4), (8, 2), (8, 4), (16, 1), (2, 4), (5, 3)])
        gx, gy = -(-columns // sx), -(-rows // sy)
        y, x = v(self.fresh("y")), v(self.fresh("x"))
        lets = [
            Let(y[1], "index", add(mul(v("by"), i(sy)), v("ty"))),
            Let(x[1], "index", add(mul(v("bx"), i(sx)), v("tx"))),
        ]

        def guarded(body):
            tests = []
            if gy * sy != rows:
                tests.append(("lt", y, i(rows)))
            if gx * sx != columns:
                tests.append(("lt", x, i(columns)))
            if not tests:
                return lets + body
            test = tests[0] if len(tests) == 1 else ("and", *tests)
            return lets + [If(test, body)]

        return ((i(gx), i(gy), i(1)), (i(sx), i(sy), i(1))), y, x, guarded

    def plane_stencil(self, scope, source=None, target=None):
        """Five points, the border clamped or left alone."""
        if source is None:
            source, target = self.r.sample(scope.plane, 2)
        rows, columns = scope.shape
        shape, y, x, guarded = self.rectangle(rows, columns)
        k = self.r.choice([1, 1, 1, 2])
        if self.r.random() < 0.5:
            up, down = self.clamp(("sub", y, i(k)), rows), self.clamp(add(y, i(k)), rows)
            left, right = self.clamp(("sub", x, i(1)), columns), self.clamp(add(x, i(1)), columns)
        else:
            up, down = ("sub", y, i(k)), add(y, i(k))
            left, right = ("sub", x, i(1)), add(x, i(1))
        points = [(y, x), (up, x), (down, x), (y, left), (y, right)]
        points = points[:1] + self.r.sample(points[1:], self.r.randint(1, 4))
        body = [Store(target, (y, x), self.mix([load(source, *p) for p in points], scope))]
        if up[0] == "sub":
            vertical = ("and", ("ge", y, i(k)), ("lt", y, i(rows - k)))
            horizontal = ("and", ("ge", x, i(1)), ("lt", x, i(columns - 1)))
            body = [If(("and", vertical, horizontal), body)]
        return self.launch(*shape, guarded(body))

    def plane_map(self, scope):
        """Own elements, turned or mirrored elements of another buffer."""
        source, target = self.r.sample(scope.plane, 2)
        rows, columns = scope.shape
        shape, y, x, guarded = self.rectangle(rows, columns)
        places = [
            (y, x),
            (y, ("sub", i(columns - 1), x)),
            (("sub", i(rows - 1), y), x),
            (y, self.uniform(columns, scope)),
            (self.uniform(rows, scope), x),
            (y, ("rem", add(x, y), i(columns))),
        ]
        if rows == columns:
            places += [(x, y)] * 3
        terms = [load(source, *self.r.choice(places))]
        if self.r.random() < 0.5:
            terms.append(load(target, y, x))
        return self.launch(
            *shape, guarded([Store(target, (y, x), self.mix(terms, scope))])
        )

    def plane_row(self, scope, how=None):
        """Works on the row of the iteration: on that row only, from the row before,
        from a row that nobody writes, or into the last element of the row before."""
        if not scope.ivs:
            return self.plane_map(scope)
        rows, columns = scope.shape
        iv = self.r.choice(scope.ivs)
        row = self.within(iv, rows)
        before = ("rem", add(v(iv[0]), i(rows - 1)), i(rows))
        if row[0] == "v" and self.r.random() < 0.7:
            before = ("max", ("sub", row, i(1)), i(0))
        other, target = self.r.sample(scope.plane, 2)
        grid, block, linear, total = self.shape(columns, scope.inside(blocks=8))
        x = v(self.fresh("i"))
        how = how or self.r.choice(["own", "own", "before", "other", "edge"])
        terms = [load(target, row, x)]
        if how == "before" and before[0] == "max":
            # Row 0 is its own row before: only the own element of it may be read.
            terms.append(load(target, before, x))
        elif how == "before":
            terms.append(load(target, before, self.r.choice([x, ("sub", i(columns - 1), x)])))
        elif how == "other":
            terms.append(load(other, row, self.elsewhere(x, columns, scope)))
        body = [Store(target, (row, x), self.mix(terms, scope))]
        if how == "edge":
            # At row 0 it may be the row itself, whose first element is this thread's.
            body.append(If(("eq", x, i(0)), [Store(target, (before, i(0)), self.scalar(scope))]))
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, columns, total, body)]
        )

    def plane_column_sum(self, scope):
        """Each thread sums a column and puts the sum into its row's element."""
        source, target = self.r.sample(scope.plane, 2)
        rows, columns = scope.shape
        grid, block, linear, total = self.shape(columns, scope)
        x, j, acc = v(self.fresh("i")), self.fresh("j"), self.fresh("s")
        term = ("wadd", ("wv", acc), load(source, v(j), x))
        value = ("sum", j, acc, i(0), i(rows), self.scalar(scope), term)
        body = [Store(target, (self.uniform(rows, scope), x), value)]
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, columns, total, body)]
        )
