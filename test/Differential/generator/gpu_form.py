"""Prints launches as gpu.launch, gpu.launch_func or scf.parallel.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from . import syntax
from .printer import Printer, Value

SHARED = "#gpu.address_space<workgroup>"


class GpuForm(Printer):
    def __init__(self, prefix):
        super().__init__()
        self.prefix = prefix
        self.module = []  # lines of the program's gpu.module
        self.kernels = 0

    def on_Launch(self, s):
        grid = [self.value(e) for e in s.grid]
        block = [self.value(e) for e in s.block]
        size = ""
        if s.dynamic:
            bytes = self.value(("wmul", ("cast", s.dynamic[1]), ("w", 4)))
            size = f" dynamic_shared_memory_size {bytes}"
        if s.form == "func":
            self.launch_function(s, grid, block, size)
        elif s.form == "parallel" and not (syntax.has_phases(s.body) or s.tiles or s.dynamic):
            self.parallel(s, grid, block)
        else:
            self.launch_inline(s, grid, block, size)

    def launch_inline(self, s, grid, block, size):
        def spell(names, sizes):
            return ", ".join(f"%{n} = {x}" for n, x in zip(names, sizes))

        def body():
            for name in syntax.IDS:
                self.env[name] = Value(f"%{name}", "index")
            self.kernel(s)
            self.emit("gpu.terminator")

        self.block(
            f"gpu.launch blocks(%bx, %by, %bz) in ({spell(('gx', 'gy', 'gz'), grid)}) "
            f"threads(%tx, %ty, %tz) in ({spell(('sx', 'sy', 'sz'), block)}){size}"
            f"{self.workgroup(s)} {{",
            body,
        )

    def launch_function(self, s, grid, block, size):
        """Moves the kernel into the program's gpu.module; what it uses are arguments."""
        captured = [n for n in syntax.names_used((s.body, s.dynamic)) if n in self.env]
        values = [self.env[n] for n in captured]
        name = f"k{self.kernels}"
        self.kernels += 1
        outer = self.lines, self.env, self.depth
        self.lines, self.depth = [], 2
        self.env = {
            n: Value(f"%{n}", x.type, x.shape, x.strides, x.offset)
            for n, x in zip(captured, values)
        }
        for n in syntax.IDS:
            what = {"b": "block_id", "t": "thread_id", "g": "grid_dim", "s": "block_dim"}[n[0]]
            self.emit(f"%{n} = gpu.{what} {n[1]}")
            self.env[n] = Value(f"%{n}", "index")
        self.kernel(s)
        self.emit("gpu.return")
        body = self.lines
        self.lines, self.env, self.depth = outer
        parameters = ", ".join(f"%{n}: {x.type}" for n, x in zip(captured, values))
        head = f"  gpu.func @{name}({parameters}){self.workgroup(s)} kernel {{"
        self.module += [head, *body, "  }"]
        arguments = ", ".join(f"{x.ssa} : {x.type}" for x in values)
        self.emit(
            f"gpu.launch_func @{self.prefix}_kernels::@{name} blocks in ({', '.join(grid)}) "
            f"threads in ({', '.join(block)}){size}" + (f" args({arguments})" if arguments else "")
        )

    def parallel(self, s, grid, block):
        """One parallel loop over blocks and threads; dimensions of size 1 are left out."""
        sizes = list(zip(("bx", "by", "bz", "tx", "ty", "tz"), s.grid + s.block, grid + block))
        loops = [(n, x) for n, e, x in sizes if e != ("i", 1)] or [("bx", grid[0])]
        zero, one = self.value(("i", 0)), self.value(("i", 1))

        def body():
            for name, ssa in zip(("gx", "gy", "gz", "sx", "sy", "sz"), grid + block):
                self.env[name] = Value(ssa, "index")
            for name, _, _ in sizes:
                self.env[name] = Value(zero, "index")
            for name, _ in loops:
                self.env[name] = Value(f"%{name}", "index")
            self.statements(s.body)
            self.emit("scf.reduce")

        def spell(values):
            return "(" + ", ".join(values) + ")"

        self.block(
            f"scf.parallel {spell([f'%{n}' for n, _ in loops])} = {spell([zero] * len(loops))} "
            f"to {spell([x for _, x in loops])} step {spell([one] * len(loops))} {{",
            body,
        )

    def workgroup(self, s):
        tiles = ", ".join(f"%{n} : memref<{size}xi32, {SHARED}>" for n, size in s.tiles)
        if s.form == "func":
            tiles = tiles.replace(" : ", ": ")
        return f" workgroup({tiles})" if tiles else ""

    def kernel(self, s):
        for name, size in s.tiles:
            self.env[name] = Value(f"%{name}", f"memref<{size}xi32, {SHARED}>")
        if s.dynamic:
            name, size = s.dynamic
            raw = self.define(f"gpu.dynamic_shared_memory : memref<?xi8, {SHARED}>")
            zero, count = self.value(("i", 0)), self.value(size)
            kind = f"memref<?xi32, {SHARED}>"
            view = self.define(
                f"memref.view {raw}[{zero}][{count}] : memref<?xi8, {SHARED}> to {kind}"
            )
            self.env[name] = Value(view, kind)
        self.statements(s.body)

    def on_Atomic(self, s):
        value = self.value(s.value)
        at = ", ".join(self.value(x) for x in s.at)
        memref = self.env[s.buffer]
        self.define(
            f"memref.atomic_rmw {s.op} {value}, {memref.ssa}[{at}] : (i32, {memref.type}) -> i32"
        )

    def on_Barrier(self, s):
        self.emit("gpu.barrier")

    def on_AllReduce(self, s):
        value = self.value(s.value)
        result = self.define(f"gpu.all_reduce {s.op} {value} uniform {{}} : (i32) -> (i32)")
        self.env[s.name] = Value(result, "i32")

    def on_Shuffle(self, s):
        value = self.value(s.value)
        distance, width = self.value(("cast", s.distance)), self.value(("w", 32))
        result, valid = self.fresh_name(), self.fresh_name()
        self.emit(f"{result}, {valid} = gpu.shuffle xor {value}, {distance}, {width} : i32")
        self.env[s.name] = Value(result, "i32")
