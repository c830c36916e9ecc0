"""Translates an abstract program to Python source that calls a Machine.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from . import syntax

OPERATORS = {
    "add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})",
    "div": "machine.div({}, {})", "rem": "machine.rem({}, {})",
    "min": "min({}, {})", "max": "max({}, {})",
    "wadd": "word({} + {})", "wsub": "word({} - {})", "wmul": "word({} * {})",
    "wxor": "({} ^ {})", "wor": "({} | {})", "wand": "({} & {})",
    "wmin": "min({}, {})", "wmax": "max({}, {})",
    "lt": "({} < {})", "ge": "({} >= {})", "eq": "({} == {})", "ne": "({} != {})",
    "wlt": "({} < {})", "wge": "({} >= {})", "weq": "({} == {})", "wne": "({} != {})",
}  # fmt: skip


def expression(e):
    op = e[0]
    if op in ("i", "w"):
        return str(e[1])
    if op in ("v", "wv"):
        return e[1]
    if op in OPERATORS:
        return OPERATORS[op].format(expression(e[1]), expression(e[2]))
    if op == "and":  # both sides are evaluated, as in MLIR
        return f"({expression(e[1])} & {expression(e[2])})"
    if op == "ix":
        return f"({expression(e[1])} & 0xFFFFFFFF)"
    if op == "cast":
        return f"word({expression(e[1])})"
    if op in ("sel", "wsel"):  # both values are evaluated, as in MLIR
        return f"({expression(e[3])}, {expression(e[2])})[{expression(e[1])}]"
    if op == "load":
        return f"machine.load({e[1]}, {places(e[2])})"
    if op == "sum":
        iv, acc, low, high, init, term = e[1:]
        return (
            f"machine.fold({expression(low)}, {expression(high)}, {expression(init)}, "
            f"lambda {iv}, {acc}: {expression(term)})"
        )
    raise ValueError(f"no such expression: {e!r}")


def places(expressions):
    return "(" + "".join(expression(e) + ", " for e in expressions) + ")"


class Translator:
    def __init__(self):
        self.lines = []
        self.depth = 0

    def emit(self, text):
        self.lines.append("    " * self.depth + text)

    def body(self, head, statements, after=()):
        self.emit(head)
        self.depth += 1
        for statement in statements:
            getattr(self, "on_" + type(statement).__name__)(statement)
        for line in after:
            self.emit(line)
        self.emit("pass")
        self.depth -= 1

    def assign(self, names, values):
        if names:
            self.emit(f"{', '.join(names)}, = {', '.join(values)},")

    def on_Let(self, s):
        self.emit(f"{s.name} = {expression(s.value)}")

    def on_Store(self, s):
        self.emit(f"machine.store({s.buffer}, {places(s.at)}, {expression(s.value)})")

    def on_Atomic(self, s):
        value = expression(s.value)
        self.emit(f"machine.atomic({s.op!r}, {s.buffer}, {places(s.at)}, {value})")

    def on_If(self, s):
        self.body(f"if {expression(s.test)}:", s.then)
        if s.other:
            self.body("else:", s.other)

    def on_Barrier(self, s):
        self.emit("yield ('barrier', None)")

    def on_AllReduce(self, s):
        self.emit(f"{s.name} = yield ('reduce', {s.op!r}, {expression(s.value)})")

    def on_Shuffle(self, s):
        self.emit(
            f"{s.name} = yield ('shuffle', {expression(s.distance)}, {expression(s.value)})"
        )

    def carried(self, carried, which):
        return [
            value if c.kind == "buffer" else expression(value)
            for c in carried
            for value in [getattr(c, which)]
        ]

    def next_line(self, carried):
        if not carried:
            return []
        names = ", ".join(c.name for c in carried)
        return [f"{names}, = {', '.join(self.carried(carried, 'next'))},"]

    def loop(self, s, head):
        names = [c.name for c in s.carried]
        self.assign(names, self.carried(s.carried, "first"))
        self.body(head, s.body, ["machine.tick()", *self.next_line(s.carried)])
        self.assign([c.result for c in s.carried], names)

    def on_For(self, s):
        bounds = ", ".join(expression(e) for e in (s.low, s.high, s.step))
        self.loop(s, f"for {s.iv} in machine.trips({bounds}):")

    def on_While(self, s):
        self.loop(s, f"while {expression(s.test)}:")

    def on_View(self, s):
        self.emit(
            f"{s.name} = machine.view({s.source}, {places(s.offsets)}, {tuple(s.sizes)}, "
            f"{tuple(s.strides)}, {s.reduce})"
        )

    def on_Select(self, s):
        self.emit(f"{s.name} = ({s.second}, {s.first})[{expression(s.test)}]")

    def on_Copy(self, s):
        self.emit(f"machine.copy({s.source}, {s.target})")

    def on_HostWord(self, s):
        value = expression(s.value)
        self.emit(f"{s.name} = {value}")
        lowest = f"({s.name} & -{s.name}).bit_length()"
        self.emit(f"{s.name} = {lowest if s.known else f'{s.name} & 127'}")

    def on_Unknown(self, s):
        self.emit("pass")

    def on_Call(self, s):
        arguments = list(s.buffers) + [expression(e) for e in s.scalars]
        self.emit(f"{s.function}({', '.join(arguments)})")

    def on_Launch(self, s):
        tiles = tuple(s.tiles) + ((s.dynamic,) if s.dynamic else ())
        parameters = list(syntax.IDS) + [name for name, _ in tiles]
        self.body(
            f"def kernel({', '.join(parameters)}):", s.body, ["if False:", "    yield"]
        )
        sizes = "".join(
            f"{size if isinstance(size, int) else expression(size)}, " for _, size in tiles
        )
        self.emit(f"machine.launch({places(s.grid)}, {places(s.block)}, ({sizes}), kernel)")


def translate(program):
    translator = Translator()
    for f in program.functions:
        translator.body(f"def {f.name}({', '.join((*f.buffers, *f.scalars))}):", f.body)
    translator.body(f"def main({', '.join(b.name for b in program.buffers)}):", program.body)
    return "\n".join(translator.lines) + "\n"
