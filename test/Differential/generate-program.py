#!/usr/bin/env python3
"""Writes a random host-form program whose meaning stock lowering defines.

A program has a few i32 buffers and runs statements on them: parallel loops
(which become kernels), host loads and stores, copies, loops around all of these
with constant, run-time and iteration-dependent bounds, ping-pong buffers in
iter_args, conditions, overlapping views and calls. Each parallel iteration
writes only its own element and reads only buffers that the loop does not write
(or its own element), so that any order of threads gives the same result. Prints
a hash over all buffers.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

Usage: generate-program.py SEED
"""

import random
import sys

SIZE = 96  # elements of each buffer
PRELUDE = """
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

// A 64-bit FNV-1a hash over the elements.
func.func private @hash(%m: memref<?xi32>, %h0: i64) -> i64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %prime = arith.constant 0x100000001b3 : i64
  %n = memref.dim %m, %c0 : memref<?xi32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %h0) -> i64 {
    %v = memref.load %m[%i] : memref<?xi32>
    %w = arith.extui %v : i32 to i64
    %x = arith.xori %h, %w : i64
    %y = arith.muli %x, %prime : i64
    scf.yield %y : i64
  }
  return %r : i64
}
"""


class Program:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []
        self.indent = 1
        self.count = 0
        self.constants = {}
        self.helpers = []

    def fresh(self, stem="v"):
        self.count += 1
        return f"%{stem}{self.count}"

    def emit(self, text):
        self.lines.append("  " * self.indent + text)

    def constant(self, value):
        name = self.fresh("c")
        self.emit(f"{name} = arith.constant {value} : index")
        return name

    def word(self, value):
        name = self.fresh("k")
        self.emit(f"{name} = arith.constant {value} : i32")
        return name

    def view(self, buffer):
        """The buffer itself, or an overlapping view of it cast to its type."""
        if self.random.random() < 0.75:
            return buffer, SIZE
        offset, step = self.random.choice([(0, 1), (1, 1), (7, 1), (0, 2), (3, 2)])
        size = (SIZE - offset) // step
        name = self.fresh("view")
        kind = f"memref<{size}xi32, strided<[{step}], offset: {offset}>>"
        self.emit(f"{name} = memref.subview {buffer[0]}[{offset}] [{size}] [{step}] : "
                  f"memref<{SIZE}xi32> to {kind}")
        return (name, kind), size

    def expression(self, reads, own, iv, scalars):
        """An i32 from elements at or near `iv`, the iteration and scalars."""
        terms = []
        for (name, kind), size in reads:
            shift = self.random.choice([0, 0, 1, 5, 31])
            at = iv
            moved = self.fresh("a")
            self.emit(f"{moved} = arith.addi {at}, {self.constant(shift)} : index")
            inside = self.fresh("a")
            self.emit(f"{inside} = arith.remui {moved}, {self.constant(size)} : index")
            value = self.fresh()
            self.emit(f"{value} = memref.load {name}[{inside}] : {kind}")
            terms.append(value)
        if own is not None and self.random.random() < 0.6:
            value = self.fresh()
            self.emit(f"{value} = memref.load {own[0]}[{iv}] : {own[1]}")
            terms.append(value)
        cast = self.fresh()
        self.emit(f"{cast} = arith.index_cast {self.random.choice([iv] + scalars)} : index to i32")
        terms.append(cast)
        result = terms[0]
        for term in terms[1:]:
            name = self.fresh()
            op = self.random.choice(["addi", "subi", "xori", "muli", "ori"])
            self.emit(f"{name} = arith.{op} {result}, {term} : i32")
            result = name
        name = self.fresh()
        self.emit(f"{name} = arith.addi {result}, {self.word(self.random.randint(-9, 99))} : i32")
        return name

    def parallel(self, buffers, scalars):
        target = self.random.choice(buffers)
        own, size = self.view(target)
        reads = [self.view(b) for b in buffers if b is not target]
        reads = self.random.sample(reads, self.random.randint(0, len(reads)))
        low = self.random.choice([0, 0, 1, 4])
        high = self.random.choice([size, size - 1, size // 2, low])
        step = self.random.choice([1, 1, 1, 3])
        bounds = [self.constant(low), self.constant(high), self.constant(step)]
        if scalars and self.random.random() < 0.3:  # depends on the iteration
            limit = self.fresh("b")
            self.emit(f"{limit} = arith.minsi {self.random.choice(scalars)}, {bounds[1]} : index")
            bounds[1] = limit
        iv = self.fresh("i")
        self.emit(f"scf.parallel ({iv}) = ({bounds[0]}) to ({bounds[1]}) step ({bounds[2]}) {{")
        self.indent += 1
        guarded = self.random.random() < 0.3
        if guarded:
            odd, test = self.fresh(), self.fresh()
            self.emit(f"{odd} = arith.remui {iv}, {self.constant(self.random.choice([2, 3]))} : index")
            self.emit(f"{test} = arith.cmpi ne, {odd}, {self.constant(0)} : index")
            self.emit(f"scf.if {test} {{")
            self.indent += 1
        value = self.expression(reads, own, iv, scalars)
        self.emit(f"memref.store {value}, {own[0]}[{iv}] : {own[1]}")
        for _ in range(2 if guarded else 1):
            if guarded and _ == 0:
                self.indent -= 1
                self.emit("}")
        self.emit("scf.reduce")
        self.indent -= 1
        self.emit("}")

    def host_access(self, buffers, scalars):
        source, target = self.random.choice(buffers), self.random.choice(buffers)
        at = self.constant(self.random.randrange(SIZE))
        value = self.fresh()
        self.emit(f"{value} = memref.load {source[0]}[{at}] : {source[1]}")
        more = self.fresh()
        self.emit(f"{more} = arith.addi {value}, {self.word(self.random.randint(1, 9))} : i32")
        at = self.constant(self.random.randrange(SIZE))
        self.emit(f"memref.store {more}, {target[0]}[{at}] : {target[1]}")

    def copy(self, buffers, scalars):
        source, target = self.random.sample(buffers, 2)
        self.emit(f"memref.copy {source[0]}, {target[0]} : {source[1]} to {target[1]}")

    def branch(self, buffers, scalars, depth):
        left = self.random.choice(scalars) if scalars else self.constant(self.random.randint(0, 5))
        test = self.fresh()
        self.emit(f"{test} = arith.cmpi {self.random.choice(['slt', 'ne', 'sge'])}, {left}, "
                  f"{self.constant(self.random.randint(0, 4))} : index")
        self.emit(f"scf.if {test} {{")
        self.body(buffers, scalars, depth + 1, 2)
        self.emit("}")

    def loop(self, buffers, scalars, depth):
        low = self.constant(self.random.choice([0, 0, 1, 2]))
        high = self.constant(self.random.choice([0, 1, 3, 5, 6]))
        if scalars and self.random.random() < 0.3:
            high = self.random.choice(scalars)
        if self.random.random() < 0.3:  # known only at run time
            cell, loaded = self.fresh("cell"), self.fresh("n")
            self.emit(f"{cell} = memref.alloca() : memref<index>")
            self.emit(f"memref.store {high}, {cell}[] : memref<index>")
            self.emit(f"{loaded} = memref.load {cell}[] : memref<index>")
            high = loaded
        step = self.constant(self.random.choice([1, 1, 1, 2]))
        iv = self.fresh("t")
        inner = list(buffers)
        if self.random.random() < 0.4:  # ping-pong
            a, b = self.random.sample(range(len(buffers)), 2)
            p, q, r = self.fresh("p"), self.fresh("q"), self.fresh("r")
            kind = buffers[a][1]
            self.emit(f"{r}:2 = scf.for {iv} = {low} to {high} step {step} "
                      f"iter_args({p} = {buffers[a][0]}, {q} = {buffers[b][0]}) -> ({kind}, {kind}) {{")
            inner[a], inner[b] = (p, kind), (q, kind)
            self.body(inner, scalars + [iv], depth + 1, 3)
            self.emit(f"  scf.yield {q}, {p} : {kind}, {kind}")
            self.emit("}")
            if self.random.random() < 0.5:
                self.parallel([(f"{r}#0", kind)] + [x for n, x in enumerate(buffers) if n not in (a, b)],
                              scalars)
            return
        self.emit(f"scf.for {iv} = {low} to {high} step {step} {{")
        self.body(inner, scalars + [iv], depth + 1, 3)
        self.emit("}")

    def statement(self, buffers, scalars, depth):
        kinds = ["parallel"] * 6 + ["host", "copy"]
        if depth < 3:
            kinds += ["loop"] * 3 + ["branch"]
        kind = self.random.choice(kinds)
        if kind == "parallel":
            self.parallel(buffers, scalars)
        elif kind == "host":
            self.host_access(buffers, scalars)
        elif kind == "copy":
            self.copy(buffers, scalars)
        elif kind == "loop":
            self.loop(buffers, scalars, depth)
        else:
            self.branch(buffers, scalars, depth)

    def body(self, buffers, scalars, depth, most):
        self.indent += 1
        # Mostly launches alone, so that rewrites happen; host work now and then.
        pure = self.random.random() < 0.6
        for _ in range(self.random.randint(1, most)):
            if pure:
                self.parallel(buffers, scalars)
            else:
                self.statement(buffers, scalars, depth)
        self.indent -= 1

    def main(self):
        kind = f"memref<{SIZE}xi32>"
        buffers = []
        zero, one, size = self.constant(0), self.constant(1), self.constant(SIZE)
        for number in range(self.random.randint(2, 4)):
            name = self.fresh("m")
            self.emit(f"{name} = memref.alloc() : {kind}")
            self.emit(f"scf.for %f{name[1:]} = {zero} to {size} step {one} {{")
            value = self.fresh()
            self.emit(f"  {value} = arith.index_cast %f{name[1:]} : index to i32")
            self.emit(f"  memref.store {value}, {name}[%f{name[1:]}] : {kind}")
            self.emit("}")
            buffers.append((name, kind))
        for _ in range(self.random.randint(1, 3)):
            self.loop(buffers, [], 1)
            if self.random.random() < 0.5:
                self.statement(buffers, [], 1)
        basis = self.fresh("h")
        self.emit(f"{basis} = arith.constant 0xcbf29ce484222325 : i64")
        for name, _ in buffers:
            cast, next_hash = self.fresh("d"), self.fresh("h")
            self.emit(f"{cast} = memref.cast {name} : {kind} to memref<?xi32>")
            self.emit(f"{next_hash} = func.call @hash({cast}, {basis}) : (memref<?xi32>, i64) -> i64")
            basis = next_hash
        self.emit("%out = memref.alloc() : memref<1xi64>")
        self.emit(f"memref.store {basis}, %out[{zero}] : memref<1xi64>")
        self.emit("%any = memref.cast %out : memref<1xi64> to memref<*xi64>")
        self.emit("func.call @printMemrefI64(%any) : (memref<*xi64>) -> ()")
        for name, _ in buffers + [("%out", "")]:
            self.emit(f"memref.dealloc {name} : {'memref<1xi64>' if name == '%out' else kind}")
        self.emit("return")

    def text(self):
        self.main()
        return PRELUDE + "\nfunc.func @main() {\n" + "\n".join(self.lines) + "\n}\n"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].isdigit():
        sys.exit("usage: generate-program.py SEED")
    sys.stdout.write(Program(int(sys.argv[1])).text())
