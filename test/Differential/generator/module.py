"""Prints several programs as one MLIR module whose main runs one after the other.

Each program prints one memref: a 64-bit FNV-1a hash over all bits of each of its
buffers, so the n-th line of data belongs to the n-th program.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import re

from .gpu_form import GpuForm
from .printer import PARAMETER, Value, buffer_type, row_major
from .twin_form import TwinForm

FORMS = {"gpu": GpuForm, "twin": TwinForm}
BASIS = 0xCBF29CE484222325
PRIME = 0x100000001B3
PRELUDE = """
func.func private @printMemrefI64(memref<*xi64>) attributes {llvm.emit_c_interface}

func.func private @printNewline()

func.func private @ffs(i32) -> i32 attributes {vyre.host_only}

func.func private @toascii(i32) -> i32

func.func private @mix(%h: i64, %value: i32) -> i64 {
  %prime = arith.constant 0x100000001b3 : i64
  %word = arith.extui %value : i32 to i64
  %mixed = arith.xori %h, %word : i64
  %next = arith.muli %mixed, %prime : i64
  return %next : i64
}

func.func private @hash1(%m: memref<?xi32>) -> i64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %n = memref.dim %m, %c0 : memref<?xi32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %basis) -> i64 {
    %v = memref.load %m[%i] : memref<?xi32>
    %y = func.call @mix(%h, %v) : (i64, i32) -> i64
    scf.yield %y : i64
  }
  return %r : i64
}

func.func private @hash2(%m: memref<?x?xi32>) -> i64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %basis = arith.constant 0xcbf29ce484222325 : i64
  %rows = memref.dim %m, %c0 : memref<?x?xi32>
  %columns = memref.dim %m, %c1 : memref<?x?xi32>
  %r = scf.for %i = %c0 to %rows step %c1 iter_args(%g = %basis) -> i64 {
    %s = scf.for %j = %c0 to %columns step %c1 iter_args(%h = %g) -> i64 {
      %v = memref.load %m[%i, %j] : memref<?x?xi32>
      %y = func.call @mix(%h, %v) : (i64, i32) -> i64
      scf.yield %y : i64
    }
    scf.yield %s : i64
  }
  return %r : i64
}

// The i-th element becomes (a i + b) mod m - c.
func.func private @element(%i: index, %a: i32, %b: i32, %m: i32, %c: i32) -> i32 {
  %k = arith.index_cast %i : index to i32
  %scaled = arith.muli %k, %a : i32
  %moved = arith.addi %scaled, %b : i32
  %rest = arith.remui %moved, %m : i32
  %w = arith.subi %rest, %c : i32
  return %w : i32
}

func.func private @fill1(%t: memref<?xi32>, %a: i32, %b: i32, %m: i32, %c: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %t, %c0 : memref<?xi32>
  scf.for %i = %c0 to %n step %c1 {
    %w = func.call @element(%i, %a, %b, %m, %c) : (index, i32, i32, i32, i32) -> i32
    memref.store %w, %t[%i] : memref<?xi32>
  }
  return
}

func.func private @fill2(%t: memref<?x?xi32>, %a: i32, %b: i32, %m: i32, %c: i32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %rows = memref.dim %t, %c0 : memref<?x?xi32>
  %columns = memref.dim %t, %c1 : memref<?x?xi32>
  scf.for %i = %c0 to %rows step %c1 {
    %first = arith.muli %i, %columns : index
    scf.for %j = %c0 to %columns step %c1 {
      %at = arith.addi %first, %j : index
      %w = func.call @element(%at, %a, %b, %m, %c) : (index, i32, i32, i32, i32) -> i32
      memref.store %w, %t[%i, %j] : memref<?x?xi32>
    }
  }
  return
}
""".strip()


def prelude(printed):
    """The lines of those functions of PRELUDE that the programs need."""
    text = "\n".join(line for _, functions in printed for line in functions)
    kept = []
    for function in reversed(PRELUDE.split("\n\n")):  # a function is above its callers
        name = re.search(r"@\w+\(", function).group()
        if name in text:
            kept.insert(0, function)
            text += function
    return [line for function in kept for line in (*function.splitlines(), "")]


def dynamic_type(rank):
    return "memref<" + "?x" * rank + "i32>"


def print_program(program, number, form):
    """Returns the lines of its gpu.module, if any, and those of its functions."""
    prefix = f"p{number}"
    printer = FORMS[form](prefix)
    printer.functions = {f.name: f"{prefix}_{f.name}" for f in program.functions}
    for function in program.functions:
        print_function(function, printer)
    printer.lines.append(f"func.func private @{prefix}() {{  // {program.family} {program.seed}")
    printer.env = {}
    for buffer in program.buffers:
        kind, rank = buffer_type(buffer.shape), len(buffer.shape)
        name = f"%{buffer.name}"
        printer.emit(f"{name} = memref.alloc() : {kind}")
        printer.env[buffer.name] = Value(name, kind, buffer.shape, row_major(buffer.shape))
        cast = printer.define(f"memref.cast {name} : {kind} to {dynamic_type(rank)}")
        fill = [printer.value(("w", x)) for x in buffer.fill]
        printer.emit(
            f"func.call @fill{rank}({cast}, {', '.join(fill)}) : "
            f"({dynamic_type(rank)}, i32, i32, i32, i32) -> ()"
        )
    outer = printer.env
    printer.env = dict(outer)
    printer.statements(program.body)
    printer.env = outer
    print_hashes(program, printer)
    printer.lines += ["  return", "}"]
    if printer.module:
        printer.module = [f"gpu.module @{prefix}_kernels {{", *printer.module, "}"]
    return printer.module, printer.lines


def print_function(function, printer):
    printer.env = {}
    parameters = []
    for name in function.buffers:
        printer.env[name] = Value(f"%{name}", PARAMETER, (None,), (1,), None)
        parameters.append(f"%{name}: {PARAMETER}")
    for name in function.scalars:
        printer.env[name] = Value(f"%{name}", "index")
        parameters.append(f"%{name}: index")
    name = printer.functions[function.name]
    apart = " attributes {no_inline}" if function.apart else ""
    printer.lines.append(f"func.func private @{name}({', '.join(parameters)}){apart} {{")
    printer.statements(function.body)
    printer.lines += ["  return", "}"]


def print_hashes(program, printer):
    kind = f"memref<{len(program.buffers)}xi64>"
    out = printer.define(f"memref.alloc() : {kind}")
    for number, buffer in enumerate(program.buffers):
        rank, memref = len(buffer.shape), printer.env[buffer.name]
        cast = printer.define(f"memref.cast {memref.ssa} : {memref.type} to {dynamic_type(rank)}")
        value = printer.define(f"func.call @hash{rank}({cast}) : ({dynamic_type(rank)}) -> i64")
        at = printer.value(("i", number))
        printer.emit(f"memref.store {value}, {out}[{at}] : {kind}")
    any_rank = printer.define(f"memref.cast {out} : {kind} to memref<*xi64>")
    printer.emit(f"func.call @printMemrefI64({any_rank}) : (memref<*xi64>) -> ()")
    for buffer in program.buffers:
        memref = printer.env[buffer.name]
        printer.emit(f"memref.dealloc {memref.ssa} : {memref.type}")
    printer.emit(f"memref.dealloc {out} : {kind}")


def print_module(programs, form, comments=()):
    """Returns the text, and for each program its first and last line's number."""
    lines = [f"// {comment}" for comment in comments]
    printed = [print_program(program, number, form) for number, program in enumerate(programs)]
    lines += ["module attributes {gpu.container_module} {", *prelude(printed)]
    ranges, modules = [], []
    for kernels, functions in printed:
        first = len(lines) + 1
        lines += functions
        ranges.append((first, len(lines)))
        modules += kernels
    lines += modules
    calls = [f"  func.call @p{n}() : () -> ()" for n in range(len(programs))]
    lines += ["func.func @main() {", *calls, "  return", "}", "}"]
    return "\n".join(lines) + "\n", ranges
