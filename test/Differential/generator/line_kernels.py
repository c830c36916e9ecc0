"""Random kernels over one-dimensional buffers, a thread apart from the others.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from .kernels import Kernels
from .syntax import For, If, Let, Store, add, i, load, mul, v


class LineKernels(Kernels):
    def map(self, scope, target=None):
        """Each thread one element, from elements of other buffers and its own."""
        target = target or self.r.choice(scope.line)
        n = scope.size
        x = v(self.fresh("i"))
        where, count = self.own_index(x, n, scope)
        grid, block, linear, total = self.shape(count, scope)
        at = self.fresh("at")
        terms = self.reads(x, n, scope, [target])
        if self.r.random() < 0.5 or not terms:
            terms.append(load(target, v(at)))
        body = [Let(at, "index", where), Store(target, (v(at),), self.mix(terms, scope))]
        if self.r.random() < 0.2:
            body = [If(("ne", ("rem", x, i(self.r.choice([2, 3]))), i(0)), body)]
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, count, total, body)]
        )

    def strided(self, scope):
        """Few threads walk over all elements, a grid apart."""
        target = self.r.choice(scope.line)
        n = scope.size
        grid, block, linear, total = self.shape(max(1, n // self.r.choice([2, 3, 5])), scope)
        x, j, k = v(self.fresh("i")), self.fresh("j"), v(self.fresh("k"))
        terms = self.reads(k, n, scope, [target]) + [load(target, k)]
        body = [
            Let(k[1], "index", add(x, mul(v(j), i(total)))),
            If(("lt", k, i(n)), [Store(target, (k,), self.mix(terms, scope))]),
        ]
        loop = For(j, i(0), i(-(-n // total)), i(1), body)
        return self.launch(grid, block, [Let(x[1], "index", linear), loop])

    def stencil(self, scope, source=None, target=None, reach=None):
        """Neighbours at up to `reach`, the border clamped or left to a branch."""
        if source is None:
            source, target = self.r.sample(scope.line, 2)
        n, k = scope.size, reach or self.r.choice([1, 1, 1, 2, 4, 9, 20])
        grid, block, linear, total = self.shape(n, scope)
        x = v(self.fresh("i"))
        if self.r.random() < 0.5:
            near = [self.clamp(("sub", x, i(k)), n), x, self.clamp(add(x, i(k)), n)]
            body = [Store(target, (x,), self.mix([load(source, e) for e in near], scope))]
        else:
            near = [("sub", x, i(k)), x, add(x, i(k))]
            inner = Store(target, (x,), self.mix([load(source, e) for e in near], scope))
            inside = ("and", ("ge", x, i(k)), ("lt", x, i(n - k)))
            other = self.r.choice([[], [Store(target, (x,), load(source, x))]])
            body = [If(inside, [inner], other)]
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, n, total, body)]
        )

    def red_black(self, scope):
        """In place: writes elements of one parity, reads those of the other."""
        target, n = self.r.choice(scope.line), scope.size
        color = self.r.choice([i(0), i(1)])
        if scope.ivs and self.r.random() < 0.6:
            color = ("rem", v(self.r.choice(scope.ivs)[0]), i(2))
        grid, block, linear, total = self.shape(n // 2 - 1, scope)
        x, at = v(self.fresh("i")), v(self.fresh("at"))
        terms = [load(target, ("sub", at, i(1))), load(target, add(at, i(1))), load(target, at)]
        body = [
            Let(at[1], "index", add(add(mul(x, i(2)), i(1)), color)),
            Store(target, (at,), self.mix(terms, scope)),
        ]
        count = n // 2 - 1
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, count, total, body)]
        )

    def half(self, scope):
        """From one half of a buffer to the other half."""
        target, half = self.r.choice(scope.line), scope.size // 2
        grid, block, linear, total = self.shape(half, scope)
        x = v(self.fresh("i"))
        low, high = self.elsewhere(x, half, scope), add(x, i(half))
        if self.r.random() < 0.5:
            body = Store(target, (high,), self.mix([load(target, low)], scope))
        else:
            body = Store(target, (x,), self.mix([load(target, add(low, i(half)))], scope))
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, half, total, [body])]
        )

    def window(self, scope):
        """Each thread sums over a row of elements of another buffer."""
        source, target = self.r.sample(scope.line, 2)
        n = scope.size
        grid, block, linear, total = self.shape(n, scope)
        x, j, acc = v(self.fresh("i")), self.fresh("j"), self.fresh("s")
        width = i(self.r.choice([2, 3, 5]))
        if scope.ivs and self.r.random() < 0.5:
            width = self.within(self.r.choice(scope.ivs), 6)
        term = ("wadd", ("wv", acc), load(source, ("rem", add(x, v(j)), i(n))))
        total_of = ("sum", j, acc, i(0), width, self.scalar(scope), term)
        body = [Store(target, (x,), total_of)]
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, n, total, body)]
        )

    def growing(self, scope):
        """The grid, and so how much is written, depends on the iteration."""
        if not scope.ivs:
            return self.map(scope)
        target, n = self.r.choice(scope.line), scope.size
        size = self.r.choice([4, 8, 16])
        blocks = self.within(self.r.choice(scope.ivs), n // size + 1)
        if scope.cells and self.r.random() < 0.15:
            blocks = ("rem", ("ix", load(scope.cells, i(self.r.randrange(8)))), i(n // size + 1))
        x = v(self.fresh("i"))
        terms = self.reads(x, n, scope, [target], 1) + [load(target, x)]
        body = [
            Let(x[1], "index", add(mul(v("bx"), i(size)), v("tx"))),
            Store(target, (x,), self.mix(terms + [("cast", v("gx"))], scope)),
        ]
        return self.launch((blocks, i(1), i(1)), (i(size), i(1), i(1)), body)

    def shifted(self, scope):
        """A short range of a buffer whose place moves with the iteration: ranges
        of two iterations touch, overlap by one or keep apart."""
        if not scope.ivs:
            return self.half(scope)
        width = self.r.choice([4, 6, 8])
        pace = width + self.r.choice([-1, 0, 0, 1])
        steps = max(1, (scope.size - width) // pace + 1)
        target = self.r.choice(scope.line)
        x, at = v(self.fresh("i")), v(self.fresh("at"))
        grid, block, linear, total = self.shape(width, scope.inside(blocks=4))
        start = mul(self.within(self.r.choice(scope.ivs), steps), i(pace))
        terms = self.reads(at, scope.size, scope, [target], 1) + [load(target, at)]
        body = [
            Let(at[1], "index", add(start, x)),
            Store(target, (at,), self.mix(terms, scope)),
        ]
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, width, total, body)]
        )
