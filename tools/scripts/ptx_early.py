"""Checks kernels that may start before those in front of them have ended.

  early-write   such a kernel writes to memory that others see before it has waited for
                them (griddepcontrol.wait), on some path
  no-wait       ... or ends without having waited: the kernel behind it then takes
                kernels for ended that still run

A part of lint-ptx.py. Which reads may come before the wait is not for PTX to tell.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import ptx_code

WRITES = ("st", "atom", "red", "cp")
OWN_SPACES = ("shared", "local", "param")


def is_early(function):
    """True for a kernel that has to wait by itself."""
    return function.kind == "entry" and any(
        one.base == "griddepcontrol" for one in function.instructions)


def check(function):
    """The findings of one such kernel: (line, rule, message)."""
    waits = {index for index, one in enumerate(function.instructions)
             if one.opcode == "griddepcontrol.wait" and not one.predicate}
    for index in sorted(function.reach([0], waits) - waits):
        one = function.instructions[index]
        spaces = {part.split("::")[0] for part in one.parts}
        if one.base in WRITES and not spaces.intersection(OWN_SPACES):
            yield one.line, "early-write", f"{one.opcode} before the wait in {function.name}"
        ends = one.base in ptx_code.ENDS or index + 1 == len(function.instructions)
        if ends and one.base != "trap":
            yield one.line, "no-wait", f"{function.name} may end without a wait"
