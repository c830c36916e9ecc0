"""Prints an abstract program as MLIR; what a launch becomes is left to a subclass.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from dataclasses import dataclass

from . import syntax

WORD_OPS = {
    "wadd": "addi", "wsub": "subi", "wmul": "muli", "wxor": "xori",
    "wor": "ori", "wand": "andi", "wmin": "minsi", "wmax": "maxsi",
}  # fmt: skip
INDEX_OPS = {
    "add": "addi", "sub": "subi", "mul": "muli", "div": "divui",
    "rem": "remui", "min": "minsi", "max": "maxsi",
}  # fmt: skip
TESTS = {"lt": "slt", "ge": "sge", "eq": "eq", "ne": "ne"}
PARAMETER = "memref<?xi32, strided<[1], offset: ?>>"


@dataclass
class Value:
    """An SSA value: its name and its type, and a memref's layout."""

    ssa: str
    type: str
    shape: tuple = ()
    strides: tuple = ()
    offset: object = 0  # None: known at run time only


def buffer_type(shape):
    return f"memref<{'x'.join(map(str, shape))}xi32>"


def row_major(shape):
    strides = [1]
    for size in reversed(shape[1:]):
        strides.insert(0, strides[0] * size)
    return tuple(strides)


class Printer:
    def __init__(self):
        self.lines = []
        self.depth = 1
        self.count = 0
        self.env = {}
        self.functions = {}

    # Text.

    def emit(self, text):
        self.lines.append("  " * self.depth + text)

    def define(self, text):
        """Emits an operation with one result, and returns the result's name."""
        name = self.fresh_name()
        self.emit(f"{name} = {text}")
        return name

    def fresh_name(self):
        self.count += 1
        return f"%_{self.count}"

    def block(self, head, body, tail="}"):
        """Emits a region: what is defined in it is unknown after it."""
        self.emit(head)
        outer, self.env = self.env, dict(self.env)
        self.depth += 1
        body()
        self.depth -= 1
        self.env = outer
        self.emit(tail)

    # Expressions: each method returns the name of the SSA value.

    def value(self, e):
        """The SSA name of an index or a word."""
        op = e[0]
        if op in ("i", "w"):
            return self.define(f"arith.constant {e[1]} : {'index' if op == 'i' else 'i32'}")
        if op in ("v", "wv"):
            return self.variable(e[1])
        if op in INDEX_OPS or op in WORD_OPS:
            kind = "index" if op in INDEX_OPS else "i32"
            name = INDEX_OPS.get(op) or WORD_OPS[op]
            return self.define(f"arith.{name} {self.value(e[1])}, {self.value(e[2])} : {kind}")
        if op == "ix":
            return self.define(f"arith.index_castui {self.value(e[1])} : i32 to index")
        if op == "cast":
            return self.define(f"arith.index_cast {self.value(e[1])} : index to i32")
        if op in ("sel", "wsel"):
            kind = "index" if op == "sel" else "i32"
            test, yes, no = self.test(e[1]), self.value(e[2]), self.value(e[3])
            return self.define(f"arith.select {test}, {yes}, {no} : {kind}")
        if op == "load":
            at = ", ".join(self.value(x) for x in e[2])
            memref = self.env[e[1]]
            return self.define(f"memref.load {memref.ssa}[{at}] : {memref.type}")
        if op == "sum":
            return self.sum(*e[1:])
        raise ValueError(f"no such expression: {e!r}")

    def variable(self, name):
        return self.env[name].ssa

    def sum(self, iv, acc, low, high, init, term):
        low, high, init = self.value(low), self.value(high), self.value(init)
        step = self.value(("i", 1))
        result = self.fresh_name()

        def body():
            self.env[iv], self.env[acc] = Value(f"%{iv}", "index"), Value(f"%{acc}", "i32")
            self.emit(f"scf.yield {self.value(term)} : i32")

        self.block(
            f"{result} = scf.for %{iv} = {low} to {high} step {step} "
            f"iter_args(%{acc} = {init}) -> (i32) {{",
            body,
        )
        return result

    def test(self, e):
        if e[0] == "and":
            return self.define(f"arith.andi {self.test(e[1])}, {self.test(e[2])} : i1")
        word = e[0] in syntax.WORD_TESTS
        name, kind = (TESTS[e[0][1:]], "i32") if word else (TESTS[e[0]], "index")
        return self.define(
            f"arith.cmpi {name}, {self.value(e[1])}, {self.value(e[2])} : {kind}"
        )

    # Statements.

    def statements(self, body):
        for statement in body:
            getattr(self, "on_" + type(statement).__name__)(statement)

    def on_Let(self, s):
        kind = "index" if s.kind == "index" else "i32"
        self.env[s.name] = Value(self.value(s.value), kind)

    def on_Store(self, s):
        value = self.value(s.value)
        at = ", ".join(self.value(x) for x in s.at)
        memref = self.env[s.buffer]
        self.emit(f"memref.store {value}, {memref.ssa}[{at}] : {memref.type}")

    def on_If(self, s):
        test = self.test(s.test)
        tail = "} else {" if s.other else "}"
        self.block(f"scf.if {test} {{", lambda: self.statements(s.then), tail)
        if s.other:
            self.lines.pop()
            self.block("} else {", lambda: self.statements(s.other))

    def carry(self, carried):
        """Returns the first values, as SSA names, and their types."""
        firsts = []
        for c in carried:
            if c.kind == "buffer":
                firsts.append(self.env[c.first])
            else:
                kind = "index" if c.kind == "index" else "i32"
                firsts.append(Value(self.value(c.first), kind))
        return firsts

    def bind_carried(self, carried, firsts):
        for c, first in zip(carried, firsts):
            self.env[c.name] = Value(
                f"%{c.name}", first.type, first.shape, first.strides, first.offset
            )

    def bind_results(self, result, carried, firsts):
        for number, (c, first) in enumerate(zip(carried, firsts)):
            self.env[c.result] = Value(
                f"{result}#{number}", first.type, first.shape, first.strides, first.offset
            )

    def yield_carried(self, carried, types):
        names = [
            self.env[c.next].ssa if c.kind == "buffer" else self.value(c.next) for c in carried
        ]
        self.emit(f"scf.yield {', '.join(names)} : {types}")

    def on_For(self, s):
        low, high, step = self.value(s.low), self.value(s.high), self.value(s.step)
        firsts = self.carry(s.carried)
        types = ", ".join(first.type for first in firsts)
        head = f"scf.for %{s.iv} = {low} to {high} step {step}"
        result = self.fresh_name()
        if s.carried:
            args = ", ".join(f"%{c.name} = {f.ssa}" for c, f in zip(s.carried, firsts))
            head = f"{result}:{len(firsts)} = {head} iter_args({args}) -> ({types})"

        def body():
            self.env[s.iv] = Value(f"%{s.iv}", "index")
            self.bind_carried(s.carried, firsts)
            self.statements(s.body)
            if s.carried:
                self.yield_carried(s.carried, types)

        self.block(head + " {", body)
        self.bind_results(result, s.carried, firsts)

    def on_While(self, s):
        firsts = self.carry(s.carried)
        types = ", ".join(first.type for first in firsts)
        args = ", ".join(f"%{c.name} = {f.ssa}" for c, f in zip(s.carried, firsts))
        names = ", ".join(f"%{c.name}" for c in s.carried)
        result = self.fresh_name()
        head = f"{result}:{len(firsts)} = " if s.carried else ""

        def before():
            self.bind_carried(s.carried, firsts)
            test = self.test(s.test)
            self.emit(f"scf.condition({test})" + (f" {names} : {types}" if names else ""))

        def after():
            self.bind_carried(s.carried, firsts)
            self.statements(s.body)
            self.yield_carried(s.carried, types) if s.carried else self.emit("scf.yield")

        self.block(f"{head}scf.while ({args}) : ({types}) -> ({types}) {{", before, "} do {")
        do = self.lines.pop()[2 * self.depth :]
        arguments = ", ".join(f"%{c.name}: {f.type}" for c, f in zip(s.carried, firsts))
        self.block(do + (f" ^bb0({arguments}):" if s.carried else ""), after)
        self.bind_results(result, s.carried, firsts)

    def on_View(self, s):
        source = self.env[s.source]
        offsets = [str(e[1]) if e[0] == "i" else self.value(e) for e in s.offsets]
        strides = tuple(a * b for a, b in zip(source.strides, s.strides))
        offset = None
        if source.offset is not None and all(e[0] == "i" for e in s.offsets):
            offset = source.offset + sum(e[1] * t for e, t in zip(s.offsets, source.strides))
        drop = 1 if s.reduce else 0
        shape, strides = tuple(s.sizes)[drop:], strides[drop:]
        where = "" if offset == 0 else f", offset: {'?' if offset is None else offset}"
        sizes = "x".join(map(str, shape))
        kind = f"memref<{sizes}xi32, strided<[{', '.join(map(str, strides))}]{where}>>"
        name = self.define(
            f"memref.subview {source.ssa}[{', '.join(offsets)}] "
            f"[{', '.join(map(str, s.sizes))}] [{', '.join(map(str, s.strides))}] : "
            f"{source.type} to {kind}"
        )
        self.env[s.name] = Value(name, kind, shape, strides, offset)

    def on_Select(self, s):
        first, second = self.env[s.first], self.env[s.second]
        test = self.test(s.test)
        name = self.define(f"arith.select {test}, {first.ssa}, {second.ssa} : {first.type}")
        self.env[s.name] = Value(name, first.type, first.shape, first.strides, first.offset)

    def on_Copy(self, s):
        source, target = self.env[s.source], self.env[s.target]
        self.emit(f"memref.copy {source.ssa}, {target.ssa} : {source.type} to {target.type}")

    def on_HostWord(self, s):
        function = "ffs" if s.known else "toascii"
        call = f"func.call @{function}({self.value(s.value)}) : (i32) -> i32"
        self.env[s.name] = Value(self.define(call), "i32")

    def on_Unknown(self, s):
        self.emit("func.call @printNewline() : () -> ()")

    def on_Call(self, s):
        arguments, types = [], []
        for name in s.buffers:
            memref = self.env[name]
            cast = f"memref.cast {memref.ssa} : {memref.type} to {PARAMETER}"
            arguments.append(self.define(cast))
            types.append(PARAMETER)
        for e in s.scalars:
            arguments.append(self.value(e))
            types.append("index")
        name = self.functions[s.function]
        self.emit(f"func.call @{name}({', '.join(arguments)}) : ({', '.join(types)}) -> ()")

    def on_Launch(self, s):
        raise NotImplementedError
