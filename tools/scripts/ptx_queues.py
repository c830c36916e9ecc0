"""Checks how the resident kernel of a live queue takes its items, instruction by
instruction. docs/live-queue.md has the protocol, vyre_abi.h and vyre_queue_state.h the
words.

The first argument is the address of the ring in the host's memory, which names memory
for the device alone; the last one leads to the abort word. Thread 0 of a block, its
leader, waits and signals; block barriers stand between that and what all threads do.

  unled-wait, unled-signal   a word by which blocks or the host meet is read or written
                      by others than the leader; or the ring by others than block 0
  access-beside-wait, access-beside-signal   other threads use memory between the same
                      two block barriers as the leader's wait or signal: what it acquired
                      does not cover their reads, what it releases not their writes
  leaves-wait         a thread leaves the kernel there
  weak-tail           the host's `tail` is not acquired at system scope
  weak-wait           `published` or `arrived` is not acquired at GPU scope
  weak-report         `done` or `left` is not released at system scope
  weak-signal         `published` or `arrived` is not released at GPU scope
  early-done          `done` is stored without a look at `arrived`
  left-not-last       the kernel says that it left without, or before, its last `done`;
                      or accesses memory behind it
  no-abort-poll       a wait that never looks at the abort word: nothing ends it; or no
                      look but in waits: a block that always has work goes on for ever
  weak-abort-poll     the abort word is read so that the host's write may stay unseen
  busy-poll           a wait without a pause
  incomplete-queue    a part of the protocol is missing
  unknown-wait, unknown-state   an acquire load of anything else, or an access to a word
                      of the ring or of the state that it is not for

A fence of the scope does what a qualifier does: behind a relaxed load on every path to
a use, before a relaxed store on every path to it.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import ptx_code
from ptx_leaders import Leaders
from ptx_meetings import ABORT_ADDRESS
from ptx_memory import MEMORY, OWN_SPACES, WIDE, Addresses, is_barrier, is_fence

HEADER_BYTES = 512
# (memory, offset, whether it is written): what the access does.
WORDS = {
    ("ring", 0, False): "tail",
    ("ring", 8, False): "constant",
    ("ring", 16, False): "constant",
    ("ring", 128, True): "done",
    ("ring", 136, True): "left",
    ("device", 0, False): "published",
    ("device", 0, True): "publish",
    ("device", 128, False): "arrived",
    ("device", 128, True): "arrive",
    ("state", ABORT_ADDRESS, False): "constant",
    ("abort", 0, False): "abort",
}
WAITS = ("tail", "published", "arrived")
REPORTS = ("done", "left")
SIGNALS = ("publish", "arrive") + REPORTS
# Of the items: the ring's, and the copies in the device's memory.
ITEMS = {("ring", False): "item", ("device", False): "copied", ("device", True): "copy"}
OTHERS = ("item", "copied", "copy", "data")


class Queue:
    """The protocol of one kernel, and what is wrong with it."""

    def __init__(self, function):
        self.function, self.code = function, function.instructions
        kinds = {name: "state" for name in function.parameters[-1:]}
        kinds |= {name: "ring" for name in function.parameters[:1]}
        self.addresses = Addresses(
            function, kinds, {("ring", 16): "device", ("state", ABORT_ADDRESS): "abort"})
        self.roles = {n: role for n in range(len(self.code)) if (role := self._role(n))}
        self.barriers = {n for n, one in enumerate(self.code) if is_barrier(one)}
        self.begin = [0] if self.code else []
        self.starts = self.begin + [n for barrier in self.barriers
                                    for n in function.successors[barrier]]
        # Where a block has one row, its number does not count.
        size = function.block_size + [1, 1] if function.block_size else [0, 0, 0]
        self.threads = Leaders(
            function, [f"%tid.{axis}" for axis, threads in zip("xyz", size) if threads != 1],
            [f"%ntid.{axis}" for axis in "xyz"])
        self.blocks = Leaders(function, ("%ctaid.x",), ())
        self.found = []

    def _role(self, index):
        """What an instruction does to memory: a word's role, one of ITEMS, data, or
        unknown; None for nothing."""
        one = self.code[index]
        if one.base not in MEMORY or any(space in one.parts for space in OWN_SPACES):
            return None
        places = self.addresses.of(one)
        writes = one.base in ("st", "red", "atom")
        roles = {self._word(kind, offset, writes) for kind, offset in places} or {"data"}
        role = roles.pop()
        if roles or (role == "arrive") != (one.base in ("atom", "red") and role != "data"):
            return "unknown"
        return role

    @staticmethod
    def _word(kind, offset, writes):
        if offset is None or (kind in ("ring", "device") and offset >= HEADER_BYTES):
            return ITEMS.get((kind, writes), "unknown")
        return WORDS.get((kind, offset, writes), "unknown")

    def report(self, index, rule, message=""):
        text = message or f"{self.code[index].opcode} of '{self.roles[index]}'"
        self.found.append((self.code[index].line, rule, f"{text} in {self.function.name}"))

    def _having(self, *roles):
        return {n for n, role in self.roles.items() if role in roles}

    def check(self):
        """The findings: (line, rule, message)."""
        for role in WAITS + SIGNALS + ("item", "copy"):
            if not self._having(role):
                self.found.append((self.function.line, "incomplete-queue",
                                   f"no access to '{role}' in {self.function.name}"))
        for index in self._having("unknown"):
            self.report(index, "unknown-state",
                        f"{self.code[index].opcode} of a word that is not for it")
        for index in self._having("data"):
            one = self.code[index]
            if one.base == "ld" and one.semantics()[0] == "acquire":
                self.report(index, "unknown-wait", f"{one.opcode} of no known word")
        self._check_leaders()
        for start in self.starts:
            self._check_region(start)
        self._check_orders()
        self._check_ends()
        self._check_polls()
        return sorted(set(self.found))

    def _others(self, starts):
        """What other threads than the leader run from there to the next block barrier."""
        return set() if self.function.one_thread else self.threads.others(starts, self.barriers)

    def _check_leaders(self):
        others = self._others(self.starts)
        other_blocks = self.blocks.others(self.begin, set())
        for index in self._having(*WAITS) & others | self._having("tail", "item") & other_blocks:
            self.report(index, "unled-wait")
        for index in self._having(*SIGNALS) & others | (
                self._having("publish", "copy") & other_blocks):
            self.report(index, "unled-signal")

    def _check_region(self, start):
        """What lies between a block barrier and the next one."""
        region = self.function.reach([start], self.barriers) - self.barriers
        waits = region & self._having(*WAITS)
        signals = region & self._having(*SIGNALS)
        if not waits and not signals:
            return
        for index in self._others([start]) & self._having(*OTHERS):
            self.report(index, "access-beside-wait" if waits else "access-beside-signal")
        for index in region:
            if self.code[index].base in ptx_code.ENDS:
                self.report(index, "leaves-wait", self.code[index].opcode)

    def _fences(self, scopes):
        return {n for n, one in enumerate(self.code) if is_fence(one, scopes)}

    def _check_orders(self):
        for index in self._having(*WAITS, *SIGNALS, "abort"):
            role = self.roles[index]
            order, scope = self.code[index].semantics()
            scopes = WIDE if role in ("published", "arrived", "publish", "arrive") else ("sys",)
            strong = order != "weak" and scope in scopes
            if role == "abort":
                if not strong:
                    self.report(index, "weak-abort-poll")
            elif role in WAITS:
                if not strong or not (order == "acquire" or self._is_fenced_behind(index, scopes)):
                    self.report(index, "weak-tail" if role == "tail" else "weak-wait")
            elif not strong or not (order in ("release", "acq_rel")
                                    or self._is_fenced_before(index, scopes)):
                self.report(index, "weak-report" if role in REPORTS else "weak-signal")

    def _is_fenced_behind(self, index, scopes):
        uses = self.barriers | self._having(*SIGNALS, *OTHERS)
        return not self.function.reach_after(index, self._fences(scopes) | self.barriers) & uses

    def _is_fenced_before(self, index, scopes):
        stops = self._fences(scopes)
        before = self._having(*WAITS, *SIGNALS, *OTHERS) - {index} | self.barriers
        return not any(index in self.function.reach_after(start, stops) for start in before)

    def _check_ends(self):
        """`done` comes after a look at `arrived`, `left` after `done`, nothing after
        `left`: on all paths since the last block barrier."""
        reach = self.function.reach
        for role, first, rule in (("done", "arrived", "early-done"),
                                  ("left", "done", "left-not-last")):
            for index in self._having(role) & reach(self.starts,
                                                    self._having(first) | self.barriers):
                self.report(index, rule)
        for index in self._having("left"):
            behind = self.function.reach_after(index, self.barriers)
            for late in behind & self._having(*WAITS, *SIGNALS, *OTHERS):
                self.report(late, "left-not-last")

    def _check_polls(self):
        """Each wait that goes round looks for an abort there, and pauses. There is also a
        look elsewhere, for blocks that always have work."""
        reach = self.function.reach_after
        pauses = {n for n, one in enumerate(self.code) if one.base == "nanosleep"}
        looks = self._having("abort")
        waiting = set()
        for index in self._having(*WAITS):
            onward = reach(index, self.barriers)
            if index not in onward:
                continue
            round_trip = {n for n in onward if index in reach(n, self.barriers)}
            waiting |= round_trip
            if not round_trip & looks:
                self.report(index, "no-abort-poll")
            if not round_trip & pauses:
                self.report(index, "busy-poll")
        if not looks - waiting:
            self.found.append((self.function.line, "no-abort-poll",
                               f"blocks that never wait never look in {self.function.name}"))
