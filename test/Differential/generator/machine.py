"""Runs an abstract program in Python and finds out whether it is legal.

Illegal is what has no single meaning: two threads of one launch that touch an
element, one of them writing, without a barrier of their block between them;
memory that is read before it is written; an index out of bounds; a loop without
an end. The hashes of the buffers come out as well, a third opinion beside the
program's and its twin's.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

from .module import BASIS, PRIME
from .printer import row_major
from .to_python import translate

MOST_STEPS = 1_000_000


class Illegal(Exception):
    """The program has no meaning; the text says why."""


def word(x):
    """The 32-bit two's complement value of an integer."""
    return ((x + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Memory:
    """A memref: a list of words, and which elements of it a view shows."""

    def __init__(self, root, shape, strides, offset=0):
        self.root, self.shape, self.strides, self.offset = root, shape, strides, offset

    def address(self, at):
        place = self.offset
        for x, size, stride in zip(at, self.shape, self.strides):
            if not 0 <= x < size:
                raise Illegal(f"index {at} in a memref of {self.shape}")
            place += x * stride
        return place


class Machine:
    def __init__(self):
        self.thread = None  # (block, phase, thread) while a kernel runs
        self.touched = {}  # (root, place) -> [last writer, readers, atomic op]
        self.steps = 0

    def tick(self):
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Illegal("too many steps")

    # Called by translated code.

    def load(self, memory, at):
        place = memory.address(at)
        if self.thread:
            self.note(memory, place, "read")
        value = memory.root[place]
        if value is None:
            raise Illegal("a read of shared memory that nobody wrote")
        return value

    def store(self, memory, at, value):
        place = memory.address(at)
        if self.thread:
            self.note(memory, place, "write")
        memory.root[place] = value

    def atomic(self, op, memory, at, value):
        place = memory.address(at)
        self.note(memory, place, op)
        old = memory.root[place]
        if old is None:
            raise Illegal("an atomic update of shared memory that nobody wrote")
        memory.root[place] = ATOMICS[op](old, value)

    def note(self, memory, place, how):
        """Remembers the access, and raises if it races with an earlier one."""
        self.tick()
        me = self.thread
        seen = self.touched.setdefault((id(memory.root), place), [None, set(), None])
        writer, readers, op = seen
        atomic = how not in ("read", "write")
        if atomic:
            if writer or readers or op not in (None, how):
                raise Illegal(f"{how} races with another access")
            seen[2] = how
            return
        if op or (writer and apart(me, writer)):
            raise Illegal(f"a {how} races with an update or a write")
        if how == "read":
            readers.add(me)
            return
        if any(apart(me, reader) for reader in readers):
            raise Illegal("a write races with a read")
        seen[0] = me

    def div(self, a, b):
        if a < 0 or b <= 0:
            raise Illegal(f"{a} divided by {b}")
        return a // b

    def rem(self, a, b):
        if a < 0 or b <= 0:
            raise Illegal(f"{a} modulo {b}")
        return a % b

    def trips(self, low, high, step):
        if step <= 0:
            raise Illegal(f"a loop with step {step}")
        return range(low, high, step)

    def fold(self, low, high, value, step):
        for x in range(low, high):
            value = step(x, value)
        return value

    def view(self, source, offsets, sizes, strides, reduce):
        for offset, size, stride, whole in zip(offsets, sizes, strides, source.shape):
            if offset < 0 or size < 1 or offset + (size - 1) * stride >= whole:
                raise Illegal("a view out of bounds")
        place = source.offset + sum(o * s for o, s in zip(offsets, source.strides))
        steps = tuple(a * b for a, b in zip(source.strides, strides))
        drop = 1 if reduce else 0
        return Memory(source.root, sizes[drop:], steps[drop:], place)

    def copy(self, source, target):
        if source.shape != target.shape:
            raise Illegal("a copy between shapes")
        if source.root is target.root:
            raise Illegal("a copy within a buffer")
        for at in positions(source.shape):
            target.root[target.address(at)] = source.root[source.address(at)]

    def launch(self, grid, block, tiles, kernel):
        """Runs a kernel block by block; its threads are generators that yield
        where they meet."""
        size = block[0] * block[1] * block[2]
        if min(grid) < 0 or min(block) < 1 or size > 1024:
            raise Illegal(f"a launch of {grid} blocks of {block} threads")
        self.touched = {}
        alive = []  # keeps the tiles' ids from being used again
        for number, (z, y, x) in enumerate(positions((grid[2], grid[1], grid[0]))):
            memory = [Memory([None] * count, (count,), (1,)) for count in tiles]
            alive.append(memory)
            threads = [
                kernel(x, y, z, tx, ty, tz, *grid, *block, *memory)
                for tz, ty, tx in positions((block[2], block[1], block[0]))
            ]
            self.run_block(number, threads)
        self.thread = None

    def run_block(self, number, threads):
        answers = [None] * len(threads)
        phase = 0
        while True:
            asked = []
            for n, thread in enumerate(threads):
                self.tick()
                self.thread = (number, phase, n)
                try:
                    asked.append(thread.send(answers[n]))
                except StopIteration:
                    asked.append(None)
            phase += 1
            kinds = {question and question[:2] for question in asked}
            if len(kinds) > 1:
                raise Illegal("threads of a block meet in different places")
            kind = kinds.pop()
            if kind is None:
                return
            answers = answer(kind, asked)


def answer(kind, asked):
    """What the threads of a block get from each other where they meet."""
    if kind[0] == "reduce":
        total = asked[0][2]
        for question in asked[1:]:
            total = REDUCTIONS[kind[1]](total, question[2])
        return [total] * len(asked)
    if kind[0] == "shuffle":
        if len(asked) % 32 or not 0 <= kind[1] < 32:
            raise Illegal("a shuffle of a subgroup that is not full")
        return [asked[n ^ kind[1]][2] for n in range(len(asked))]
    return [None] * len(asked)


def apart(a, b):
    """True if two accesses of one launch are by different threads and unordered."""
    return a != b and (a[0] != b[0] or (a[2] != b[2] and a[1] == b[1]))


def positions(shape):
    if not shape:
        yield ()
        return
    for x in range(shape[0]):
        for rest in positions(shape[1:]):
            yield (x, *rest)


ATOMICS = {
    "addi": lambda a, b: word(a + b),
    "maxs": max,
    "mins": min,
    "ori": lambda a, b: a | b,
    "andi": lambda a, b: a & b,
}
REDUCTIONS = {
    "add": lambda a, b: word(a + b),
    "maxsi": max,
    "minsi": min,
    "xor": lambda a, b: a ^ b,
}


def fnv(words):
    value = BASIS
    for x in words:
        value = ((value ^ (x & 0xFFFFFFFF)) * PRIME) & 0xFFFFFFFFFFFFFFFF
    return value - (1 << 64) if value >> 63 else value


def run(program):
    """Returns the hash of each buffer after the program; raises Illegal."""
    machine = Machine()
    roots = {}
    for buffer in program.buffers:
        a, b, m, c = buffer.fill
        size = 1
        for x in buffer.shape:
            size *= x
        data = [word((a * n + b) % m - c) for n in range(size)]
        roots[buffer.name] = Memory(data, tuple(buffer.shape), row_major(buffer.shape))
    scope = {"machine": machine, "word": word}
    try:
        exec(translate(program), scope)
        scope["main"](*roots.values())
    except (NameError, UnboundLocalError) as error:
        raise Illegal(str(error))
    return [fnv(memory.root) for memory in roots.values()]


def is_legal(program):
    try:
        run(program)
    except Illegal:
        return False
    return True


