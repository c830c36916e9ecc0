"""The abstract program, from which every printer works.

Statements are dataclasses, so that the shrinker can walk them without knowing
them. Expressions are nested tuples whose first element is the operator:

  index  ("i", 5)  ("v", name)  (INDEX_OPS, a, b)  ("ix", word)  ("sel", test, a, b)
  word   ("w", 5)  ("wv", name)  (WORD_OPS, a, b)  ("cast", index)
         ("load", buffer, (index, ...))  ("wsel", test, a, b)
         ("sum", iv, acc, low, high, init, word)    a loop that carries acc
  test   (TESTS, index, index)  (WORD_TESTS, word, word)  ("and", test, test)

A word is a 32-bit integer that wraps around; an index is never negative where it
is divided. Names are unique in a function, save the ids of a kernel's threads.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import dataclasses
from dataclasses import dataclass, field

INDEX_OPS = ("add", "sub", "mul", "div", "rem", "min", "max")
WORD_OPS = ("wadd", "wsub", "wmul", "wxor", "wor", "wand", "wmin", "wmax")
TESTS = ("lt", "ge", "eq", "ne")
WORD_TESTS = ("wlt", "wge", "weq", "wne")
# Names that every kernel knows: block, thread, grid and block sizes.
IDS = tuple(a + d for a in ("b", "t", "g", "s") for d in "xyz")


@dataclass
class Buffer:
    """A memref of words; element i of the flat memory starts as (a i + b) mod m - c."""

    name: str
    shape: tuple
    fill: tuple


@dataclass
class Let:
    name: str
    kind: str  # "index" or "word"
    value: tuple


@dataclass
class Store:
    buffer: str
    at: tuple
    value: tuple


@dataclass
class Atomic:
    """An update whose order does not matter; its old value is not used."""

    op: str  # "addi", "maxs", "mins", "ori", "andi"
    buffer: str
    at: tuple
    value: tuple


@dataclass
class If:
    test: tuple
    then: list
    other: list = field(default_factory=list)


@dataclass
class Barrier:
    pass


@dataclass
class AllReduce:
    """Over the block; every thread gets the result."""

    name: str
    op: str  # "add", "maxsi", "minsi", "xor"
    value: tuple


@dataclass
class Shuffle:
    """The value of the lane whose number differs in the bits of `distance`."""

    name: str
    value: tuple
    distance: tuple  # an index below 32, the same for all threads


@dataclass
class Carried:
    """A value that a loop carries; `result` is its name after the loop."""

    name: str
    kind: str  # "index", "word" or "buffer"
    first: tuple  # an expression, or a buffer's name
    next: tuple
    result: str


@dataclass
class For:
    iv: str
    low: tuple
    high: tuple
    step: tuple
    body: list
    carried: list = field(default_factory=list)


@dataclass
class While:
    test: tuple
    body: list
    carried: list = field(default_factory=list)


@dataclass
class Launch:
    """A kernel and its launch. Tiles are (name, size) in shared memory; `dynamic`
    is one whose size is an index expression. `form` is "inline" (gpu.launch), "func"
    (gpu.launch_func) or "parallel" (scf.parallel, where threads do not meet)."""

    grid: tuple
    block: tuple
    body: list
    tiles: tuple = ()
    dynamic: tuple = None
    form: str = "inline"


@dataclass
class View:
    """A subview; `reduce` drops its first dimension, whose size is 1."""

    name: str
    source: str
    offsets: tuple
    sizes: tuple
    strides: tuple
    reduce: bool = False


@dataclass
class Select:
    name: str
    test: tuple
    first: str
    second: str


@dataclass
class Copy:
    source: str
    target: str


@dataclass
class Unknown:
    """A call that prints an empty line."""


@dataclass
class HostWord:
    """A word that a C function makes of another: the number of its lowest bit, by one
    that is declared `vyre.host_only`, or its low seven bits, by one of which the
    compiler knows nothing."""

    name: str
    value: tuple
    known: bool


@dataclass
class Function:
    """Takes one-dimensional memrefs at any offset, then indices; returns nothing."""

    name: str
    buffers: tuple
    scalars: tuple
    body: list
    apart: bool = False  # it must not be inlined


@dataclass
class Call:
    function: str
    buffers: tuple
    scalars: tuple


@dataclass
class Program:
    seed: int
    family: str
    buffers: list
    functions: list
    body: list


def walk(node):
    """Yields every statement and expression below `node`, itself included."""
    yield node
    if dataclasses.is_dataclass(node):
        for item in dataclasses.fields(node):
            yield from walk(getattr(node, item.name))
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from walk(item)


def names_used(node):
    """Returns the variables and buffers that statements and expressions mention,
    in the order of their first use. Names that they define may be among them."""
    found = {}
    for part in walk(node):
        if isinstance(part, tuple) and part and part[0] in ("v", "wv", "load"):
            found[part[1]] = None
        elif isinstance(part, (Store, Atomic)):
            found[part.buffer] = None
    return list(found)


def has_phases(body):
    """True if threads of a block meet somewhere in `body`."""
    return any(isinstance(part, (Barrier, AllReduce, Shuffle)) for part in walk(body))


def i(value):
    return ("i", value)


def v(name):
    return ("v", name)


def add(a, b):
    if a == ("i", 0):
        return b
    return a if b == ("i", 0) else ("add", a, b)


def mul(a, b):
    if a == ("i", 1):
        return b
    return a if b == ("i", 1) else ("mul", a, b)


def load(buffer, *at):
    return ("load", buffer, tuple(at))
