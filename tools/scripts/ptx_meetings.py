"""Checks how the blocks of persistent kernels meet, instruction by instruction.

The last argument of a persistent kernel is the address of its barrier's state, so
every access to it, to the flags and to the abort word that it names is known. What
lies between two block barriers and touches count, generation or flags is a meeting:

  bar.sync; one thread signals, somebody polls, then bar.red tells all of an abort

  unopened-meeting    a meeting that no block barrier precedes: what other threads of
                      the block wrote is not covered by the signal
  access-in-meeting   an access to other memory inside: it may miss what other blocks
                      wrote, or come too late for them
  split-meeting       it ends in more than one block barrier, or none
  leaves-meeting      a thread leaves the kernel inside, but for threads that leave
                      together at the beginning: the barrier there counted too few
  weak-signal         a signal that is neither a release at GPU scope nor preceded by
                      such a fence on every path
  weak-wait           a read of the other blocks' progress that is neither an acquire
                      at GPU scope nor followed by such a fence on every path
  unguarded-signal    all threads signal, not one of the block
  signal-only, wait-only   a meeting of which half is missing
  no-abort-poll       a poll that never looks at the abort word: nothing ends it
  weak-abort-poll     the abort word is read so that the host's write may stay unseen
  unshared-abort      the barrier at the end does not tell all threads of an abort
  unknown-wait, unknown-state   an acquire load at GPU scope of anything else, or an
                      access to a word of the state that has no meaning
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import ptx_code
from ptx_memory import MEMORY, OWN_SPACES, WIDE, Addresses, is_barrier, is_fence

# The barrier's state, as lib/Conversion/LowerStages.cpp and vyre_abi.h lay it out.
COUNT, GENERATION, ABORT_ADDRESS, FLAGS_ADDRESS = 0, 32, 64, 72


class Meetings:
    """The meetings of one kernel, and what is wrong with them."""

    def __init__(self, function):
        self.function = function
        self.code = function.instructions
        self.addresses = Addresses(
            function, {name: "state" for name in function.parameters[-1:]},
            {("state", ABORT_ADDRESS): "abort", ("state", FLAGS_ADDRESS): "flags"})
        self.roles = {n: role for n in range(len(self.code)) if (role := self._role(n))}
        self.barriers = {n for n, one in enumerate(self.code) if is_barrier(one)}
        self.fences = {n for n, one in enumerate(self.code) if is_fence(one)}
        self.found = []
        self.grid = self.neighbours = 0

    def _role(self, index):
        """What an instruction does to memory: arrive, reset, publish, flag (signals),
        generation, flagged (waits), abort, address, data; None for nothing."""
        one = self.code[index]
        if one.base not in MEMORY or any(space in one.parts for space in OWN_SPACES):
            return None
        places = self.addresses.of(one)
        if not places:
            return "data"
        writes = one.base in ("st", "red", "atom")
        table = {("state", COUNT): "reset" if one.base == "st" else "arrive" if writes else None,
                 ("state", GENERATION): "publish" if writes else "generation"}
        roles = set()
        for kind, offset in places:
            if kind == "flags":
                roles.add("flag" if writes else "flagged")
            elif kind == "abort":
                roles.add(None if writes else "abort")
            elif offset in (ABORT_ADDRESS, FLAGS_ADDRESS):
                roles.add(None if writes else "address")
            else:
                roles.add(table.get((kind, offset)))
        role = roles.pop()
        return "unknown" if roles or role is None else role

    def report(self, index, rule, message):
        self.found.append((self.code[index].line, rule, f"{message} in {self.function.name}"))

    def _having(self, region, *roles):
        return {n for n in region if self.roles.get(n) in roles}

    def check(self):
        """The findings: (line, rule, message)."""
        for index, role in self.roles.items():
            one = self.code[index]
            if role == "unknown":
                self.report(index, "unknown-state", f"{one.opcode} of an unknown word of the state")
            if role == "abort" and (one.semantics()[0] == "weak" or one.semantics()[1] != "sys"):
                self.report(index, "weak-abort-poll", f"{one.opcode} of the abort word")
            if role == "data" and one.base == "ld" and one.semantics() == ("acquire", "gpu"):
                self.report(index, "unknown-wait", f"{one.opcode} of no known word")
        self._check_region(None, self.function.reach([0], self.barriers) if self.code else set())
        for opener in sorted(self.barriers):
            self._check_region(opener, self.function.reach_after(opener, self.barriers))
        return self.found

    def _check_region(self, opener, region):
        closers = region & self.barriers
        inside = region - self.barriers
        signals = self._having(inside, "arrive", "publish", "flag")
        waits = self._having(inside, "generation", "flagged")
        if not signals and not waits:
            return
        first = min(signals | waits)
        if opener is None:
            self.report(first, "unopened-meeting", f"{self.code[first].opcode} before any barrier")
            return
        self.grid += bool(self._having(inside, "arrive"))
        self.neighbours += bool(self._having(inside, "flag"))
        for index in self._having(inside, "data"):
            self.report(index, "access-in-meeting", self.code[index].opcode)
        counted = "popc" in self.code[opener].parts
        before = self.function.reach_after(opener, self.barriers | signals | waits)
        for index in inside:
            if self.code[index].base in ptx_code.ENDS and not (counted and index in before):
                self.report(index, "leaves-meeting", self.code[index].opcode)
        if len(closers) != 1:
            self.report(first, "split-meeting", f"{len(closers)} barriers end the meeting")
            return
        self._check_order(opener, inside, signals, waits)
        self._check_polls(inside, signals, waits, next(iter(closers)))
        self._check_guards(opener, signals, closers)

    def _check_order(self, opener, inside, signals, waits):
        reach = self.function.reach_after
        writes = signals | self._having(inside, "reset")
        for index in signals:
            order, scope = self.code[index].semantics()
            released = order in ("release", "acq_rel") and scope in WIDE
            # A path from the start, or from another write to the state, without a fence.
            bare = [start for start in {opener} | (writes - {index})
                    if index in reach(start, self.fences)]
            if order == "weak" or scope not in WIDE or (not released and bare):
                self.report(index, "weak-signal", self.code[index].opcode)
        for index in self._having(inside, "reset"):
            if self.code[index].semantics()[1] not in WIDE:
                self.report(index, "weak-signal", self.code[index].opcode)
        for index in waits | self._having(inside, "arrive"):
            order, scope = self.code[index].semantics()
            acquired = order in ("acquire", "acq_rel") and scope in WIDE
            # Who arrives last goes on at once; the others wait with loads.
            ends = (self._having(inside, "publish") if index in signals
                    else self.barriers | signals)
            bare = reach(index, self.fences | self.barriers) & ends
            if order == "weak" or scope not in WIDE or (not acquired and bare):
                self.report(index, "weak-wait", self.code[index].opcode)

    def _check_polls(self, inside, signals, waits, closer):
        polls = [n for n in waits if n in self.function.reach_after(n, self.barriers)]
        if not polls:
            self.report(min(signals | waits), "signal-only", "nobody waits")
        if not signals:
            self.report(min(waits), "wait-only", "nobody signals")
        aborts = self._having(inside, "abort")
        for index in polls:
            onward = self.function.reach_after(index, self.barriers)
            if not any(look in onward and index in self.function.reach_after(look, self.barriers)
                       for look in aborts):
                self.report(index, "no-abort-poll", self.code[index].opcode)
        if aborts and "red" not in self.code[closer].parts:
            self.report(closer, "unshared-abort", self.code[closer].opcode)

    def _check_guards(self, opener, signals, closers):
        for index in signals:
            around = self.function.reach_after(opener, self.barriers | {index})
            guarded = self.code[index].predicate or around & closers
            if not guarded and not self.function.one_thread:
                self.report(index, "unguarded-signal", self.code[index].opcode)
