#!/usr/bin/env python3
"""The protocols by which workers meet are right in all interleavings: model checking.

Each model in test/Models is searched exhaustively by spin, as it stands and with each of
the mistakes planted that its header names, which the search must find.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

MODELS = sorted((pathlib.Path(__file__).resolve().parents[1] / "Models").glob("*.pml"))
COMPILER = next(filter(shutil.which, ["clang-22", "clang", "gcc", "cc"]), None)


def search(model, *flags):
    """What the exhaustive search of a model prints; deadlocks count as errors."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["spin", *flags, "-a", model], cwd=folder, check=True,
                       capture_output=True)
        subprocess.run([COMPILER, "-w", "-O2", "-DSAFETY", "-o", "pan", "pan.c"], cwd=folder,
                       check=True)
        done = subprocess.run(["./pan", "-m1000000"], cwd=folder, check=True,
                              capture_output=True, text=True)
    return done.stdout


@unittest.skipUnless(shutil.which("spin") and COMPILER, "spin or a C compiler is not installed")
class Models(unittest.TestCase):
    def test_models_exist(self):
        self.assertEqual([model.stem for model in MODELS], ["grid-barrier", "live-queue", "neighbours"])

    def test_no_interleaving_fails(self):
        for model in MODELS:
            with self.subTest(model=model.stem):
                text = search(model)
                self.assertIn("errors: 0", text)
                self.assertNotIn("max search depth too small", text)

    def test_planted_mistakes_are_found(self):
        for model in MODELS:
            header = model.read_text(encoding="utf-8").split("*/")[0]
            mistakes = re.findall(r"-DBROKEN\w*", header)
            self.assertNotEqual(mistakes, [])
            for mistake in mistakes:
                with self.subTest(model=model.stem, mistake=mistake):
                    self.assertIn("errors: 1", search(model, mistake))


if __name__ == "__main__":
    unittest.main()
