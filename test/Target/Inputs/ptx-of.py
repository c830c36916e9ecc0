"""Prints the PTX in the first gpu.binary of a module that is read from stdin.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import re
import sys

found = re.search(r'assembly = "((?:[^"\\]|\\.)*)"', sys.stdin.read())
if not found:
    sys.exit("ptx-of: no gpu.binary with PTX")
print(re.sub(r"\\([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), found[1]).rstrip("\0"))
