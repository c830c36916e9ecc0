"""Random programs: the host code around random kernels.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import random

from .alias_programs import AliasFunctions
from .batch_programs import BatchPrograms
from .kernels import Scope
from .plane_kernels import PlaneKernels
from .syntax import (
    Buffer, Call, Carried, Copy, For, Function, HostWord, If, Let, Program, Select, Store, Unknown, View,
    While, add, i, load, mul, v,
)  # fmt: skip

LINE = ["map"] * 4 + ["strided", "stencil", "stencil", "red_black", "half", "window"]
LINE += ["growing", "shifted", "tile", "tile", "reduce", "shuffle"]
FEW = ["count", "single", "broadcast"]
PLANE = ["plane_stencil", "plane_map", "plane_row", "plane_column_sum"]
# How often each kind of program is made.
FAMILIES = {
    "loop": 5, "stencil": 4, "batch": 4, "while": 3, "alias": 3, "glue": 3, "nested": 3, "mixed": 3,
    "queue": 4,
}  # fmt: skip


# From this seed on all programs are of one more kind, so that those of the seeds before
# stay what they were.
FIRST_OF_BATCHES = 10000


class Programs:
    def __init__(self, seed):
        self.seed = seed
        self.r = random.Random(seed)
        self.names = 0
        self.kernels = PlaneKernels(self.r, self.fresh)
        self.functions = []
        self.long = False  # may the outermost loops run for long?
        self.alias = AliasFunctions(self.r, self.fresh, self.kernels)
        self.batches = BatchPrograms(self.r, self.fresh, self.kernels, self)

    def fresh(self, stem):
        self.names += 1
        return f"{stem}{self.names}"

    # Loops.

    def trips(self, scope):
        """(low, high, step) of a loop, and a bound that its variable stays below."""
        low, step = self.r.choice([0] * 6 + [1, 2]), self.r.choice([1, 1, 1, 1, 1, 2])
        chance = self.r.random()
        if chance < 0.55:
            high = self.r.choice([0, 1, 2, 4, 5, 6, 8, 9])
            if self.long and not scope.ivs and self.r.random() < 0.3:
                high = self.r.choice([16, 21, 32])
            return (i(low), i(high), i(step)), max(high, 1)
        if chance < 0.8:  # known at run time only
            cell = self.r.choice([4, 5, 6, 7])
            return (i(low), ("ix", load(scope.cells, i(cell))), i(step)), 7
        if chance < 0.9:  # from what a kernel or the host computed
            cell = load(scope.cells, i(self.r.randrange(3)))
            return (i(0), add(("rem", ("ix", cell), i(6)), i(1)), i(step)), 6
        if scope.ivs:
            name, bound = self.r.choice(scope.ivs)
            return (i(low), add(v(name), i(1)), i(step)), bound + 1
        return (i(0), i(3), i(1)), 3

    def carried(self, scope, inner, always=None):
        """Values that a loop carries, if any; `inner` gets their names."""
        found = []
        kind = always or self.r.choice(["none"] * 5 + ["swap"] * 4 + ["rotate", "word", "index"])
        if kind in ("swap", "rotate"):
            which = self.r.choice(["line", "line", "plane"])
            outer, mine = getattr(scope, which), getattr(inner, which)
            many = 3 if kind == "rotate" and len(outer) > 2 else 2
            places = self.r.sample(range(len(outer)), many)
            names = [self.fresh("b") for _ in places]
            for n, place in enumerate(places):
                mine[place] = names[n]
                following = names[(n + 1) % many]
                found.append(Carried(names[n], "buffer", outer[place], following, self.fresh("e")))
        elif kind == "word":
            name = self.fresh("c")
            term = self.r.choice([load(scope.cells, i(1)), ("w", 3)])
            following = (self.r.choice(["wadd", "wxor", "wmul"]), ("wv", name), term)
            found.append(Carried(name, "word", ("w", 1), following, self.fresh("e")))
            inner.words.append(name)
        elif kind == "index":
            name = self.fresh("c")
            following = ("rem", add(mul(v(name), i(3)), i(1)), i(8))
            found.append(Carried(name, "index", i(2), following, self.fresh("e")))
            inner.ivs.append((name, 8))
        return found

    def after(self, carried, scope):
        """Lets what follows a loop see what the loop carried."""
        for c in carried:
            if c.kind == "word" and self.r.random() < 0.7:
                scope.words.append(c.result)
        swapped = {c.first: c.result for c in carried if c.kind == "buffer"}
        if self.r.random() < 0.6:
            scope.line = [swapped.get(name, name) for name in scope.line]
            scope.plane = [swapped.get(name, name) for name in scope.plane]

    def loop(self, scope, depth, make, always=None):
        bounds, bound = self.trips(scope)
        iv = self.fresh("t")
        inner = scope.inside(blocks=self.r.choice([0, 8, 16, 16, 24]))
        carried = self.carried(scope, inner, always)
        inner.ivs.append((iv, bound))
        statement = For(iv, *bounds, make(inner, depth + 1), carried)
        self.after(carried, scope)
        return [statement]

    def while_loop(self, scope, depth, make):
        """Runs until a kernel says that it is enough, or for so many rounds."""
        flag, n = load(scope.cells, i(3)), self.fresh("n")
        inner = scope.inside(blocks=self.r.choice([0, 8, 16]))
        carried = self.carried(scope, inner, self.r.choice(["none", "none", "swap", "word"]))
        counter = Carried(n, "index", i(0), add(v(n), i(1)), self.fresh("e"))
        one = (i(1), i(1), i(1))
        if self.r.random() < 0.5:
            test = ("wlt", flag, ("w", self.r.choice([1, 3, 5, 6])))
            more = ("wadd", flag, ("wadd", ("w", 1), ("wand", load(scope.line[0], i(3)), ("w", 1))))
        else:
            test = ("wne", ("wand", flag, ("w", 3)), ("w", 3))
            more = load(scope.line[0], i(self.r.randrange(scope.size)))
            test = ("and", test, ("lt", v(n), i(6)))
        if test[0] == "and" or self.r.random() < 0.3:
            carried.append(counter)
            inner.ivs.append((n, 6))
        body = make(inner, depth + 1)
        last = Store(scope.cells, (i(3),), more)
        body.append(self.kernels.launch(one, one, [last]) if self.r.random() < 0.8 else last)
        start = Store(scope.cells, (i(3),), ("w", 0))
        statement = While(test, body, carried)
        self.after(carried, scope)
        return [start, statement]

    # Bodies.

    def kernel(self, scope, kinds=None):
        kinds = kinds or self.r.choice([LINE, LINE, LINE, FEW, PLANE])
        return getattr(self.kernels, self.r.choice(kinds))(scope)

    def launches(self, scope, depth, kinds=None):
        return [self.kernel(scope, kinds) for _ in range(self.r.choice([1, 1, 2, 2, 3]))]

    def stencils(self, scope, depth):
        """Stencils back and forth, or one way with a swap that the loop carries."""
        if self.r.random() < 0.4:
            source, target = self.r.sample(scope.plane, 2)
            first = self.kernels.plane_stencil(scope, source, target)
            second = self.kernels.plane_stencil(scope, target, source)
        else:
            source, target = self.r.sample(scope.line, 2)
            reach = self.r.choice([1, 1, 2, 5])
            first = self.kernels.stencil(scope, source, target, reach)
            second = self.kernels.stencil(scope, target, source, reach)
        return self.r.choice([[first], [first, second], [first, second]])

    def parity(self, scope, depth):
        """Ping-pong by the parity of the iteration instead of a carried swap."""
        a, b = self.r.sample(scope.line, 2)
        even = ("eq", ("rem", v(scope.ivs[-1][0]), i(2)), i(0))
        first, second = self.fresh("p"), self.fresh("q")
        inner = scope.inside()
        inner.line = [first if x == a else second if x == b else x for x in inner.line]
        body = [Select(first, even, a, b), Select(second, even, b, a)]
        if self.r.random() < 0.6:
            return body + [self.kernels.stencil(inner, first, second)]
        return body + self.launches(inner, depth, LINE)

    def rows(self, scope, depth):
        """Views of the iteration's row, or of a range that moves with it."""
        iv, inner, views = scope.ivs[-1], scope.inside(), []
        if self.r.random() < 0.6:
            rows, columns = scope.shape
            inner.size, inner.table, inner.line = columns, "rowtable", []
            shift = self.r.choice([0, 0, 0, 1, rows - 1])
            for n, plane in enumerate(scope.plane[:2]):
                row = self.kernels.within(iv, rows)
                if n and shift:
                    row = ("rem", add(v(iv[0]), i(shift)), i(rows))
                inner.line.append(self.fresh("row"))
                views.append(View(inner.line[-1], plane, (row, i(0)), (1, columns), (1, 1), True))
        else:
            width, stride = self.r.choice([(8, 1), (12, 1), (4, 1), (6, 2)])
            pace = width * stride - self.r.choice([0, 0, 1, -1])
            steps = (scope.size - width * stride) // pace + 1
            inner.size, inner.table, inner.line = width, None, []
            for line in scope.line[:2]:
                first = mul(self.kernels.within(iv, steps), i(pace))
                inner.line.append(self.fresh("part"))
                views.append(View(inner.line[-1], line, (first,), (width,), (stride,)))
        kinds = [k for k in LINE if k not in ("reduce", "shuffle", "shifted")]
        return views + self.launches(inner.inside(blocks=4), depth, kinds)

    def glue(self, scope, depth):
        """Launches between loads, stores and computations of the host."""
        body = [self.kernel(scope)]
        for _ in range(self.r.randint(1, 2)):
            word = self.fresh("h")
            source = self.r.choice(scope.line + [scope.cells])
            size = 8 if source == scope.cells else scope.size
            got = load(source, self.kernels.uniform(size, scope))
            body.append(Let(word, "word", self.kernels.mix([got], scope)))
            scope.words.append(word)
            if self.r.random() < 0.6:
                target = self.r.choice(scope.line + [scope.cells])
                size = 3 if target == scope.cells else scope.size
                at = self.kernels.uniform(size, scope)
                body.append(Store(target, (at,), self.kernels.mix([("wv", word)], scope)))
            if self.r.random() < 0.1:
                body.append(Unknown())
            if self.r.random() < 0.7:
                body.append(self.kernel(scope))
        return body

    def queue(self, scope, depth):
        """Launches with words that only the host can compute, and now and then something
        for which a queue of them is closed or drained."""
        body = []
        for _ in range(self.r.randint(1, 3)):
            word = self.fresh("h")
            known = self.r.random() < 0.9
            value = self.kernels.scalar(scope)
            if self.r.random() < 0.15:  # needs what kernels wrote
                value = load(self.r.choice(scope.line), self.kernels.uniform(scope.size, scope))
            body.append(HostWord(word, value, known))
            scope.words.append(word)
            body += self.launches(scope, depth)
            chance = self.r.random()
            if chance < 0.1:
                body.append(Unknown())
            elif chance < 0.2:
                body += self.host_call(scope)
            elif chance < 0.25:
                body.append(Copy(*self.r.sample(scope.line, 2)))
        return body

    def host_call(self, scope):
        """A function of the host that stores to a buffer."""
        x, n, name = self.fresh("x"), self.fresh("n"), self.fresh("f")
        body = [Store(x, (v(n),), ("wadd", load(x, v(n)), ("w", 7)))]
        self.functions.append(Function(name, (x,), (n,), body))
        return [Call(name, (self.r.choice(scope.line),), (self.kernels.uniform(48, scope),))]

    def mixed(self, scope, depth):
        body = []
        for _ in range(self.r.randint(1, 3)):
            body += self.anything(scope, depth)
        return body

    def anything(self, scope, depth):
        kinds = ["launches"] * 4 + ["glue", "copy", "call"]
        if scope.ivs:
            kinds += ["rows", "parity", "branch"]
        if depth < 3:
            kinds += ["loop"] * 2 + ["while"]
        kind = self.r.choice(kinds)
        if kind == "copy":
            lines = self.r.choice([scope.line, scope.plane])
            return [Copy(*self.r.sample(lines, 2))]
        if kind == "call" and self.r.random() < 0.3:
            return self.host_call(scope)
        if kind == "call":
            return self.alias.call(self.functions, "line0", scope)
        if kind == "branch":
            left = v(self.r.choice(scope.ivs)[0])
            test = (self.r.choice(["lt", "ge", "ne"]), left, i(self.r.randint(0, 3)))
            return [If(test, self.launches(scope.inside(), depth))]
        if kind == "loop":
            return self.loop(scope, depth, self.r.choice([self.launches, self.mixed]))
        if kind == "while":
            return self.while_loop(scope, depth, self.launches)
        return getattr(self, kind)(scope, depth)

    def of_family(self, family, scope):
        def nest(inner, depth):
            body = self.loop(inner, depth, self.r.choice([self.launches, self.stencils, self.rows]))
            return self.r.choice([body, body + self.launches(inner, depth)])

        if family == "batches":
            return self.batches.statements(self.functions, scope)
        if family == "while":
            return self.while_loop(scope, 1, self.r.choice([self.launches, self.stencils]))
        if family == "alias":
            call = self.alias.call(self.functions, "line0", scope)
            if self.r.random() < 0.6:
                return call
            return self.loop(scope, 1, lambda inner, depth: self.alias.call(
                self.functions, "line0", inner))  # fmt: skip
        if family == "stencil":
            always = self.r.choice(["none", "swap", "swap"])
            make = self.r.choice([self.stencils, self.stencils, self.parity])
            return self.loop(scope, 1, make, always)
        make = {"loop": self.launches, "batch": self.rows, "glue": self.glue, "nested": nest,
                "queue": self.queue}
        return self.loop(scope, 1, make.get(family, self.mixed))

    def program(self):
        size = self.r.choice([48, 64, 64, 96, 100])
        shape = self.r.choice([(6, 16), (8, 8), (5, 24), (12, 10), (20, 8), (34, 5)])
        scope = Scope(
            [f"line{n}" for n in range(self.r.randint(2, 4))],
            [f"plane{n}" for n in range(2)],
            size, shape, "table", "counts", "cells",
        )  # fmt: skip
        buffers = [Buffer(b, (size,), (7 + 4 * n, n, 61, 20)) for n, b in enumerate(scope.line)]
        buffers += [Buffer(b, shape, (5, 3 * n, 53, 11)) for n, b in enumerate(scope.plane)]
        buffers += [
            Buffer("table", (size,), (7, 5, size, 0)),
            Buffer("rowtable", (shape[1],), (7, 1, shape[1], 0)),
            Buffer("counts", (8,), (3, 1, 17, 0)),
            Buffer("cells", (8,), (5, 3, 8, 0)),
        ]
        family = self.r.choices(list(FAMILIES), FAMILIES.values())[0]
        if self.seed >= FIRST_OF_BATCHES:
            family = "batches"
        self.long = family in ("loop", "stencil", "batch")
        body = []
        for _ in range(self.r.choice([1, 1, 2])):
            body += self.of_family(family, scope)
            if self.r.random() < 0.3:
                body += self.launches(scope, 1)
        return Program(self.seed, family, buffers, self.functions, body)


def generate(seed):
    """The program of a seed: the same one each time."""
    return Programs(seed).program()
