"""Prints launches as sequential loops over blocks and threads.

A kernel in which threads meet becomes phases: one loop over threads for what
lies between two meetings, and loops and conditions with a meeting inside become
loops and conditions around such phases. What a thread computes in one phase is
kept for the next in an array with an element per thread.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from . import syntax
from .printer import Printer, Value

ATOMICS = {"addi": "wadd", "maxs": "wmax", "mins": "wmin", "ori": "wor", "andi": "wand"}
REDUCTIONS = {"add": "wadd", "maxsi": "wmax", "minsi": "wmin", "xor": "wxor"}


class TwinForm(Printer):
    def __init__(self, prefix):
        super().__init__()
        self.module = []
        self.kept = None  # name -> (memref, its type) of variables kept between phases
        self.thread = None  # number of the thread in its block, inside a loop over threads

    def variable(self, name):
        if self.kept and name in self.kept:
            memref, kind = self.kept[name]
            return self.define(f"memref.load {memref}[{self.thread}] : {kind}")
        return self.env[name].ssa

    def on_Launch(self, s):
        env = self.env
        self.env = dict(env)
        for names, sizes in (("gx", "gy", "gz"), s.grid), (("sx", "sy", "sz"), s.block):
            for name, e in zip(names, sizes):
                self.env[name] = Value(self.value(e), "index")
        memory = []
        for name, size in tuple(s.tiles) + ((s.dynamic,) if s.dynamic else ()):
            count = self.value(("i", size) if isinstance(size, int) else size)
            memory.append(self.allocate(count, "i32"))
            self.env[name] = Value(memory[-1], "memref<?xi32>")
        self.kept = {}
        if syntax.has_phases(s.body):
            self.keep(s.body, memory)
        self.loops(("bz", "by", "bx"), ("gz", "gy", "gx"), lambda: self.phases(s.body))
        for name in memory:
            kind = "index" if name.endswith("_index") else "i32"
            self.emit(f"memref.dealloc {name} : memref<?x{kind}>")
        self.kept, self.env = None, env

    def allocate(self, count, kind):
        name = f"{self.fresh_name()}_{kind}"
        self.emit(f"{name} = memref.alloc({count}) : memref<?x{kind}>")
        return name

    def keep(self, body, memory):
        """Makes arrays for the variables of those statements that run in phases."""
        size = self.value(("mul", ("v", "sx"), ("mul", ("v", "sy"), ("v", "sz"))))
        for s in body:
            if isinstance(s, (syntax.Let, syntax.AllReduce, syntax.Shuffle)):
                kind = "index" if isinstance(s, syntax.Let) and s.kind == "index" else "i32"
                memory.append(self.allocate(size, kind))
                self.kept[s.name] = memory[-1], f"memref<?x{kind}>"
            elif isinstance(s, syntax.For) and syntax.has_phases(s.body):
                self.keep(s.body, memory)
            elif isinstance(s, syntax.If) and syntax.has_phases((s.then, s.other)):
                self.keep(s.then, memory)
                self.keep(s.other, memory)

    def loops(self, names, sizes, body):
        if not names:
            body()
            return
        low, step = self.value(("i", 0)), self.value(("i", 1))

        def inner():
            self.env[names[0]] = Value(f"%{names[0]}", "index")
            self.loops(names[1:], sizes[1:], body)

        high = self.env[sizes[0]].ssa
        self.block(f"scf.for %{names[0]} = {low} to {high} step {step} {{", inner)

    def threads(self, body):
        def inside():
            row = ("add", ("mul", ("v", "tz"), ("v", "sy")), ("v", "ty"))
            self.thread = self.value(("add", ("mul", row, ("v", "sx")), ("v", "tx")))
            body()
            self.thread = None

        self.loops(("tz", "ty", "tx"), ("sz", "sy", "sx"), inside)

    def phases(self, body):
        """Prints a block's statements; runs of those without a meeting are one phase."""
        run = []
        for s in list(body) + [None]:
            if s is not None and not syntax.has_phases([s]):
                run.append(s)
                continue
            if run:
                self.threads(lambda: self.statements(run))
                run = []
            if isinstance(s, (syntax.For, syntax.If)):
                self.around(s)
            elif isinstance(s, syntax.AllReduce):
                self.all_reduce(s)
            elif isinstance(s, syntax.Shuffle):
                self.shuffle(s)

    def around(self, s):
        if isinstance(s, syntax.If):
            test = self.test(s.test)
            self.block(f"scf.if {test} {{", lambda: self.phases(s.then))
            if s.other:
                self.lines.pop()
                self.block("} else {", lambda: self.phases(s.other))
            return
        low, high, step = self.value(s.low), self.value(s.high), self.value(s.step)

        def inside():
            self.env[s.iv] = Value(f"%{s.iv}", "index")
            self.phases(s.body)

        self.block(f"scf.for %{s.iv} = {low} to {high} step {step} {{", inside)

    def on_Let(self, s):
        if not self.kept or s.name not in self.kept:
            super().on_Let(s)
            return
        memref, kind = self.kept[s.name]
        self.emit(f"memref.store {self.value(s.value)}, {memref}[{self.thread}] : {kind}")

    def on_Atomic(self, s):
        old = ("load", s.buffer, s.at)
        self.on_Store(syntax.Store(s.buffer, s.at, (ATOMICS[s.op], old, s.value)))

    def values_of_threads(self, value):
        """Puts each thread's value into a new array."""
        size = self.value(("mul", ("v", "sx"), ("mul", ("v", "sy"), ("v", "sz"))))
        array = self.allocate(size, "i32")
        self.threads(
            lambda: self.emit(
                f"memref.store {self.value(value)}, {array}[{self.thread}] : memref<?xi32>"
            )
        )
        return array, size

    def all_reduce(self, s):
        array, size = self.values_of_threads(s.value)
        zero, one = self.value(("i", 0)), self.value(("i", 1))
        first = self.define(f"memref.load {array}[{zero}] : memref<?xi32>")
        self.env[array] = Value(array, "memref<?xi32>")
        n = self.fresh_name()[1:]
        acc = f"{n}_acc"
        self.env[acc] = Value(first, "i32")
        op = (REDUCTIONS[s.op], ("wv", acc), ("load", array, (("v", n),)))
        self.env[n] = Value(one, "index")
        self.env[array + "_size"] = Value(size, "index")
        total = self.sum(n, acc, ("i", 1), ("v", array + "_size"), ("wv", acc), op)
        memref, kind = self.kept[s.name]
        self.threads(lambda: self.emit(f"memref.store {total}, {memref}[{self.thread}] : {kind}"))
        self.emit(f"memref.dealloc {array} : memref<?xi32>")

    def shuffle(self, s):
        array, _ = self.values_of_threads(s.value)
        memref, kind = self.kept[s.name]

        def exchange():
            lane = self.define(f"arith.xori {self.thread}, {self.value(s.distance)} : index")
            other = self.define(f"memref.load {array}[{lane}] : memref<?xi32>")
            self.emit(f"memref.store {other}, {memref}[{self.thread}] : {kind}")

        self.threads(exchange)
        self.emit(f"memref.dealloc {array} : memref<?xi32>")
