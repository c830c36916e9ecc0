"""Reads PTX: functions, instructions, the control flow between them.

Enough of the language for what LLVM and nvcc print; a part of lint-ptx.py.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import dataclasses
import re

FUNCTION = re.compile(r"^\s*(?:\.visible\s+|\.weak\s+)*\.(entry|func)\b")
NAME = re.compile(r"([A-Za-z_$%][\w$]*)\s*(?:\(|$)")
PARAMETER = re.compile(r"\.param\s[^,()]*?([\w$]+)(?:\[\d*\])?\s*(?=[,)]|$)", re.MULTILINE)
LABEL = re.compile(r"^\s*([\w$]+):(?!:)\s*")
PREDICATE = re.compile(r"^@(!?)(%?[\w$]+)\s+")
SEMANTICS = ("weak", "relaxed", "acquire", "release", "acq_rel", "sc", "volatile", "mmio")
SCOPES = ("cta", "cluster", "gpu", "sys")
ENDS = ("ret", "exit", "trap")


def strip_comments(text):
    """Blanks comments, keeping the line breaks, so that line numbers hold."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)
    return re.sub(r"//[^\n]*", "", text)


@dataclasses.dataclass
class Instruction:
    """One instruction. `parts` is the opcode at its dots: ld, acquire, gpu, b32."""

    line: int
    text: str
    predicate: str  # the register, or ""
    negated: bool  # runs where the predicate is false
    parts: list
    operands: list

    @property
    def base(self):
        return self.parts[0]

    @property
    def opcode(self):
        return ".".join(self.parts)

    def semantics(self):
        """Ordering and scope, with PTX's defaults. A volatile access is a relaxed one
        that everybody in the system sees."""
        order = next((part for part in self.parts if part in SEMANTICS), None)
        scope = next((part for part in self.parts if part in SCOPES), None)
        if order in ("volatile", "mmio"):
            return "relaxed", "sys"
        if order is None:
            order = "relaxed" if self.base in ("atom", "red") else "weak"
        return order, scope or ("gpu" if self.base in ("atom", "red") else None)

    def address(self):
        """(register or name, offset) of the operand in brackets; None without one."""
        for operand in self.operands:
            match = re.fullmatch(r"\[\s*([\w$%.]+)\s*(?:\+\s*(-?\d+))?\s*\]", operand)
            if match:
                return match.group(1), int(match.group(2) or 0)
        return None


class Function:
    """A function with a body, its instructions and their successors."""

    def __init__(self, kind, name, header, body):
        self.kind, self.name, self.body = kind, name, body
        self.line = body[0][0]
        self.parameters = PARAMETER.findall(header)
        # A block of one thread needs no guard around what one thread does.
        sizes = re.search(r"\.(?:maxntid|reqntid)\s+([\d\s,]+)", header)
        self.block_size = [int(size) for size in sizes.group(1).split(",")] if sizes else []
        self.one_thread = bool(sizes) and all(size == 1 for size in self.block_size)
        self.instructions, self.labels, self.tables = [], {}, {}
        self._read()
        self.successors = [self._successors(n) for n in range(len(self.instructions))]

    def _read(self):
        pending, start = "", 0
        for number, line in self.body:
            for piece in re.split(r"([;{}])", line):
                if piece in "{}":
                    if not pending.strip().startswith(("mov", "ld", "st", "call", "@", "atom",
                                                       "red", "cp", "mma", "wmma", "tex")):
                        pending = ""
                    else:
                        pending += piece  # operands in braces
                    continue
                if piece == ";":
                    self._statement(pending, start)
                    pending = ""
                    continue
                while not pending and (label := LABEL.match(piece)):
                    self.labels[label.group(1)] = len(self.instructions)
                    piece = piece[label.end():]
                    if piece.strip().startswith(".branchtargets"):
                        self.tables[label.group(1)] = piece
                if not pending.strip():
                    start = number
                    # Directives of a line of their own, as .loc, have no semicolon.
                    if re.match(r"\s*\.(loc|pragma|file|section)\b", piece):
                        continue
                pending = f"{pending} {piece}" if pending.strip() else piece

    def _statement(self, text, line):
        text = " ".join(text.split())
        if not text or text.startswith("."):
            return
        match = PREDICATE.match(text)
        rest = text[match.end():] if match else text
        opcode, _, operands = rest.partition(" ")
        pieces = re.findall(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|[^,\s][^,]*", operands)
        self.instructions.append(
            Instruction(line, text, match.group(2) if match else "",
                        bool(match and match.group(1)), opcode.split("."),
                        [piece.strip() for piece in pieces]))

    def _successors(self, index):
        one = self.instructions[index]
        after = [index + 1] if index + 1 < len(self.instructions) else []
        if one.base in ENDS:
            return after if one.predicate else []
        if one.base == "brx":
            targets = re.findall(r"[\w$]+", self.tables.get(one.operands[-1], ""))
            return [self.labels[target] for target in targets if target in self.labels]
        if one.base == "bra":
            target = self.labels.get(one.operands[0])
            jumps = [target] if target is not None and target < len(self.instructions) else []
            return jumps + (after if one.predicate else [])
        return after

    def reach(self, starts, stops):
        """Instructions on paths from `starts`, inclusive; those in `stops` end a path
        and are part of the result."""
        seen, work = set(), list(starts)
        while work:
            index = work.pop()
            if index in seen:
                continue
            seen.add(index)
            if index not in stops:
                work += self.successors[index]
        return seen

    def reach_after(self, index, stops):
        return self.reach(self.successors[index], stops)


def functions(lines):
    """Yields each function with a body."""
    index = 0
    while index < len(lines):
        match = FUNCTION.match(lines[index])
        if not match:
            index += 1
            continue
        header, body, depth, opened = "", [], 0, False
        while index < len(lines):
            line = lines[index]
            index += 1
            if not opened:
                header += line.split("{")[0] + "\n"
            if not opened and ";" in line.split("{")[0]:
                break  # a declaration
            depth += line.count("{") - line.count("}")
            if "{" in line:
                opened = True
            if opened:
                body.append((index, line))
                if depth <= 0:
                    break
        if opened:
            # `.func (.param .b32 r) name(...)`: the return value comes first.
            rest = header[header.index("." + match.group(1)) + len(match.group(1)) + 1 :]
            rest = re.sub(r"^\s*\([^)]*\)", "", rest)
            name = NAME.search(rest.strip())
            yield Function(match.group(1), name.group(1) if name else "?", header, body)
