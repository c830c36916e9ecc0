"""The generator of random programs: legal, repeatable, wide enough, and able to
show and shrink a failure.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Differential"
sys.path.insert(0, str(FOLDER))

from generator import machine, programs, runner, shrink, syntax  # noqa: E402
from generator.machine import Illegal  # noqa: E402
from generator.module import print_module  # noqa: E402
from generator.syntax import (  # noqa: E402
    AllReduce, Atomic, Barrier, Buffer, For, If, Launch, Let, Program, Store, add, i, load, v,
)  # fmt: skip

SCRIPT = FOLDER / "run-generated.py"
SEEDS = [*range(200), *range(10000, 10050)]  # those of the lit tests
ONE = (i(1), i(1), i(1))
# Stands for vyre-compile: its executable prints what the machine computes for the
# seeds of the module, but for one of them in one mode.
FAKE = f"""#!{sys.executable}
import json, os, re, sys
sys.path.insert(0, {str(FOLDER)!r})
source, out = open(sys.argv[1]).read(), sys.argv[3]
seeds = [int(x) for x in re.findall(r"// [a-z]+ ([0-9]+)$", source, re.M)]
if os.environ.get("BROKEN_COMPILER") and int(os.environ["BROKEN_COMPILER"]) in seeds:
    sys.exit("error: planted")
with open(out, "w") as file:
    file.write(f'''#!{sys.executable}
import json, os, sys
sys.path.insert(0, {str(FOLDER)!r})
from generator import machine, programs
for seed in {{seeds}}:
    wanted = machine.run(programs.generate(seed))
    if str(seed) == os.environ.get("WRONG") and os.environ["VYRE_MODE"] == "graph":
        wanted[0] ^= 1
    print(wanted)
with open(os.environ["VYRE_EXPLAIN"].partition(":")[2], "w") as file:
    json.dump({{{{"launch_groups": []}}}}, file)
''')
os.chmod(out, 0o755)
"""


def kernel(body, grid=2, block=4, **more):
    return Launch((i(grid), i(1), i(1)), (i(block), i(1), i(1)), body, **more)


def program(*statements):
    buffers = [Buffer("a", (8,), (7, 1, 61, 20)), Buffer("b", (8,), (3, 1, 61, 20))]
    return Program(0, "test", buffers, [], list(statements))


NUMBER = add(("mul", v("bx"), i(4)), v("tx"))
NEXT = ("rem", add(NUMBER, i(1)), i(8))
NEXT_IN_BLOCK = ("rem", add(v("tx"), i(1)), i(4))


class Machine(unittest.TestCase):
    """What is illegal is found, and what looks like it is not."""

    def illegal(self, why, *statements):
        with self.assertRaisesRegex(Illegal, why):
            machine.run(program(*statements))

    def test_reading_what_another_block_writes_is_a_race(self):
        self.illegal("races", kernel([Store("a", (NUMBER,), load("a", NEXT))]))

    def test_reading_another_buffer_is_none(self):
        machine.run(program(kernel([Store("a", (NUMBER,), load("b", NEXT))])))

    def test_two_threads_that_write_an_element_are_a_race(self):
        self.illegal("races", kernel([Store("a", (v("tx"),), ("w", 1))]))

    def tile(self, *between):
        return kernel(
            [
                Store("s", (v("tx"),), load("a", NUMBER)),
                *between,
                Store("b", (NUMBER,), load("s", NEXT_IN_BLOCK)),
            ],
            tiles=(("s", 4),),
        )

    def test_threads_of_a_block_need_a_barrier_between_them(self):
        self.illegal("races|nobody wrote", self.tile())
        machine.run(program(self.tile(Barrier())))

    def test_a_barrier_does_not_order_blocks(self):
        self.illegal(
            "races",
            kernel(
                [
                    Store("a", (NUMBER,), ("w", 1)),
                    Barrier(),
                    Store("b", (NUMBER,), load("a", NEXT)),
                ]
            ),
        )

    def test_launches_are_ordered(self):
        write = kernel([Store("a", (NUMBER,), ("w", 1))])
        machine.run(program(write, kernel([Store("b", (NUMBER,), load("a", NEXT))])))

    def test_atomics_of_one_kind_alone_are_fine(self):
        update = Atomic("addi", "a", (i(0),), ("w", 2))
        machine.run(program(kernel([update])))
        self.illegal("races", kernel([update, Atomic("maxs", "a", (i(0),), ("w", 2))]))
        self.illegal("races", kernel([update, Store("b", (NUMBER,), load("a", i(0)))]))

    def test_a_barrier_that_some_threads_skip_is_illegal(self):
        self.illegal("meet", kernel([If(("lt", v("tx"), i(2)), [Barrier()])]))

    def test_an_index_out_of_bounds_is_illegal(self):
        self.illegal("index", kernel([Store("a", (add(NUMBER, i(1)),), ("w", 1))]))

    def test_shared_memory_holds_nothing_at_first(self):
        self.illegal("nobody wrote", kernel(
            [Store("a", (NUMBER,), load("s", v("tx")))], tiles=(("s", 4),)))  # fmt: skip


class Programs(unittest.TestCase):
    def test_programs_are_legal(self):
        for seed in SEEDS:
            with self.subTest(seed=seed):
                machine.run(programs.generate(seed))

    def test_the_same_seed_gives_the_same_text(self):
        def text(hash_seed, form):
            return subprocess.run(
                [sys.executable, SCRIPT, "--seeds", "0..19", "--print", form],
                env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, check=True,
            ).stdout  # fmt: skip

        for form in ("gpu", "twin"):
            self.assertEqual(text("1", form), text("2", form))
        self.assertNotEqual(
            print_module([programs.generate(1)], "gpu"), print_module([programs.generate(2)], "gpu")
        )

    def test_every_kind_of_program_statement_and_kernel_is_made(self):
        parts = [part for seed in SEEDS for part in syntax.walk(programs.generate(seed))]
        kinds = {type(part).__name__ for part in parts}
        for kind in ("Let Store Atomic If Barrier AllReduce Shuffle For While Launch View Select "
                     "Copy Unknown Function Call").split():  # fmt: skip
            self.assertIn(kind, kinds)
        families = {part.family for part in parts if isinstance(part, Program)}
        self.assertEqual(families, {*programs.FAMILIES, "batches"})
        launches = [part for part in parts if isinstance(part, Launch)]
        self.assertEqual({s.form for s in launches}, {"inline", "func", "parallel"})
        self.assertTrue(any(s.dynamic for s in launches) and any(s.tiles for s in launches))
        loops = [part for part in parts if isinstance(part, (For, syntax.While))]
        carried = {c.kind for loop in loops for c in loop.carried}
        self.assertEqual(carried, {"buffer", "word", "index"})

    def test_the_twin_has_no_part_of_the_gpu_dialect(self):
        text = print_module([programs.generate(seed) for seed in SEEDS], "twin")[0]
        self.assertNotIn("gpu.", text.replace("gpu.container_module", ""))


class Shrink(unittest.TestCase):
    def test_a_planted_failure_is_made_small(self):
        """As if reductions were wrong: only a launch with one of them is left."""

        def fails(candidate):
            right = machine.run(candidate)
            with mock.patch.dict(machine.REDUCTIONS, {"add": lambda a, b: 77}):
                return machine.run(candidate) != right

        def has_sum(candidate):
            return any(
                isinstance(part, AllReduce) and part.op == "add" for part in syntax.walk(candidate)
            )

        seed = next(s for s in range(1000) if has_sum(p := programs.generate(s)) and fails(p))
        small = shrink.shrink(programs.generate(seed), fails, seconds=60)
        self.assertTrue(fails(small))
        launches = [part for part in syntax.walk(small) if isinstance(part, Launch)]
        self.assertEqual((len(small.body), len(launches)), (1, 1))
        self.assertLessEqual(len(launches[0].body), 3)
        self.assertLessEqual(len(small.buffers), 2)

    def test_a_shrunk_program_is_legal(self):
        """A change that would make a race is not taken, however small the result."""
        barrier = kernel(
            [
                Store("s", (v("tx"),), load("a", NUMBER)),
                Barrier(),
                Store("b", (NUMBER,), load("s", NEXT_IN_BLOCK)),
            ],
            tiles=(("s", 4),),
        )

        def fails(candidate):
            return any(
                isinstance(part, tuple) and part[:2] == ("load", "s")
                for part in syntax.walk(candidate)
            )

        small = shrink.shrink(program(Let("n", "index", i(3)), barrier), fails, seconds=20)
        self.assertTrue(machine.is_legal(small) and fails(small))


class Run(unittest.TestCase):
    def run_script(self, *options, **environment):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            fake = path / "vyre-compile"
            fake.write_text(FAKE)
            fake.chmod(0o755)
            done = subprocess.run(
                [sys.executable, SCRIPT, "--seeds", "4..7", "--tool", fake, "--keep", path / "kept"]
                + list(options),
                capture_output=True, text=True, env={**os.environ, **environment},
            )  # fmt: skip
            return done, sorted(file.name for file in path.glob("kept/*"))

    def test_equal_results_pass(self):
        done, kept = self.run_script()
        self.assertEqual((done.returncode, kept), (0, []), done.stdout + done.stderr)
        self.assertIn("seeds 4..7: 4 programs", done.stdout)
        self.assertIn("all agree", done.stdout)

    def test_a_wrong_result_names_its_seed_and_is_kept(self):
        done, kept = self.run_script(WRONG="6")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(kept, ["seed-6.mlir", "seed-6.twin.mlir"])
        self.assertIn("FAIL seed 6", done.stdout)
        self.assertIn("wrong in mode graph", done.stdout)
        self.assertNotIn("FAIL seed 5", done.stdout)

    def test_the_program_of_a_batch_that_does_not_compile_is_found(self):
        done, kept = self.run_script(BROKEN_COMPILER="5")
        self.assertEqual((done.returncode, kept), (1, ["seed-5.mlir", "seed-5.twin.mlir"]))
        self.assertIn("FAIL seed 5", done.stdout)
        self.assertIn("error: planted", done.stdout)

    def test_programs_that_take_no_form_fail_if_one_is_required(self):
        done, _ = self.run_script("--require", "persistent=1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("fewer than 1 programs took the persistent form", done.stdout)

    def test_no_seeds_are_wrong_usage(self):
        done, _ = self.run_script("--seeds", "5..x")
        self.assertEqual(done.returncode, 2)


class Plan(unittest.TestCase):
    def test_every_mode_runs_and_the_persistent_one_with_two_numbers_of_workers(self):
        for seed in range(8):
            runs = runner.plan(runner.MODES, seed)
            self.assertEqual({mode for mode, _ in runs}, set(runner.MODES))
            workers = [count for mode, count in runs if mode == "persistent"]
            self.assertEqual(len(set(workers)), 2)
            self.assertTrue(all(2 <= count <= 5 for _, count in runs))


if __name__ == "__main__":
    unittest.main()
