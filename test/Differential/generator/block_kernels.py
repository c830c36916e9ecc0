"""Random kernels whose threads meet, or that have few results.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from .line_kernels import LineKernels
from .syntax import AllReduce, Atomic, Barrier, For, If, Let, Shuffle, Store, add, i, load, mul, v


class BlockKernels(LineKernels):
    def tile(self, scope):
        """A tile in shared memory, read at other threads' elements after a barrier,
        perhaps several times."""
        source, target = (self.r.choice(scope.line) for _ in range(2))
        n = scope.size
        size = self.r.choice([s for s in (4, 8, 12, 16, 24, 32) if n % s == 0] or [4])
        blocks = -(-n // size)
        if source == target and blocks * size != n:
            return self.map(scope)  # the last threads would read another's element
        x, t, tile = v(self.fresh("i")), v("tx"), self.fresh("tile")
        other = self.r.choice(
            [
                ("sub", i(size - 1), t),
                self.clamp(add(t, i(1)), size),
                ("rem", add(t, i(size // 2)), i(size)),
                ("rem", mul(t, i(3)), i(size)),
            ]
        )
        body = [
            Let(x[1], "index", add(mul(v("bx"), i(size)), t)),
            Store(tile, (t,), self.mix([load(source, self.clamp(x, n))], scope)),
            Barrier(),
            *self.meetings(tile, other, scope),
        ]
        last = Store(target, (x,), self.mix([load(tile, other)], scope))
        body += self.guard(x, n, blocks * size, [last])
        shape = (i(blocks), i(1), i(1)), (i(size), i(1), i(1))
        if self.r.random() < 0.3:
            return self.launch(*shape, body, dynamic=(tile, i(size)))
        return self.launch(*shape, body, tiles=((tile, size),))

    def meetings(self, tile, other, scope):
        """More rounds of reading and writing the tile, or none."""
        got, t = self.fresh("w"), v("tx")
        if self.r.random() < 0.4:
            round = [
                Let(got, "word", self.mix([load(tile, other), load(tile, t)], scope)),
                Barrier(),
                Store(tile, (t,), ("wv", got)),
                Barrier(),
            ]
            return [For(self.fresh("r"), i(0), self.rounds(scope), i(1), round)]
        if self.r.random() < 0.3:
            test = ("eq", ("rem", v("bx"), i(2)), i(0))
            meet = [Let(got, "word", load(tile, other)), Barrier(), Store(tile, (t,), ("wv", got))]
            return [If(test, meet), Barrier()]
        return []

    def rounds(self, scope):
        """A small number of rounds that all threads agree on."""
        if scope.ivs and self.r.random() < 0.4:
            return ("rem", v(self.r.choice(scope.ivs)[0]), i(4))
        return i(self.r.choice([0, 1, 2, 3]))

    def reduce(self, scope):
        """A reduction over each block, kept or used by its threads."""
        source, target = self.r.sample(scope.line, 2)
        size = self.r.choice([8, 16, 24, 32, 40, 64])
        blocks = scope.size // size
        if blocks == 0:
            return self.map(scope)
        x, all = v(self.fresh("i")), self.fresh("all")
        op = self.r.choice(["add", "maxsi", "minsi", "xor"])
        if self.r.random() < 0.5:
            result = Store(target, (x,), self.mix([("wv", all), load(target, x)], scope))
        else:
            result = If(("eq", v("tx"), i(0)), [Store(target, (v("bx"),), ("wv", all))])
        value = self.mix([load(source, self.elsewhere(x, scope.size, scope))], scope)
        body = [
            Let(x[1], "index", add(mul(v("bx"), i(size)), v("tx"))),
            AllReduce(all, op, value),
            result,
        ]
        return self.launch((i(blocks), i(1), i(1)), (i(size), i(1), i(1)), body)

    def shuffle(self, scope):
        """Lanes of a subgroup exchange values."""
        target = self.r.choice(scope.line)
        size = self.r.choice([32, 32, 64])
        blocks = scope.size // size
        if blocks == 0:
            return self.map(scope)
        x, other = v(self.fresh("i")), self.fresh("o")
        distance = i(self.r.choice([1, 2, 4, 16, 31]))
        if scope.ivs and self.r.random() < 0.4:
            distance = ("rem", v(self.r.choice(scope.ivs)[0]), i(32))
        body = [
            Let(x[1], "index", add(mul(v("bx"), i(size)), v("tx"))),
            Shuffle(other, self.mix([load(target, x)], scope), distance),
            Store(target, (x,), self.mix([("wv", other)], scope)),
        ]
        return self.launch((i(blocks), i(1), i(1)), (i(size), i(1), i(1)), body)

    def count(self, scope):
        """Atomic updates of a few words, all of one kind each."""
        n = scope.size
        grid, block, linear, total = self.shape(n, scope)
        x = v(self.fresh("i"))
        value = load(self.r.choice(scope.line), self.elsewhere(x, n, scope))
        body = []
        for op, low, size in self.r.sample(
            [("addi", 0, 3), ("maxs", 3, 2), ("ori", 5, 1), ("andi", 6, 1), ("mins", 7, 1)], 2
        ):
            at = add(("rem", ("div", x, i(self.r.choice([1, 1, 8]))), i(size)), i(low))
            body.append(Atomic(op, scope.counts, (at,), value))
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, n, total, body)]
        )

    def single(self, scope):
        """One thread computes a scalar from a few elements."""
        cell = i(self.r.randrange(3))
        source = self.r.choice(scope.line + [scope.counts])
        size = 8 if source == scope.counts else scope.size
        terms = [load(scope.cells, cell), load(source, self.uniform(size, scope))]
        one = (i(1), i(1), i(1))
        return self.launch(one, one, [Store(scope.cells, (cell,), self.mix(terms, scope))])

    def broadcast(self, scope):
        """All threads read a scalar that a kernel or the host stored."""
        target, n = self.r.choice(scope.line), scope.size
        grid, block, linear, total = self.shape(n, scope)
        x = v(self.fresh("i"))
        scalar = self.r.choice(
            [load(scope.cells, i(self.r.randrange(4))), load(scope.counts, i(self.r.randrange(8)))]
        )
        body = [Store(target, (x,), self.mix([scalar, load(target, x)], scope))]
        return self.launch(
            grid, block, [Let(x[1], "index", linear), *self.guard(x, n, total, body)]
        )
