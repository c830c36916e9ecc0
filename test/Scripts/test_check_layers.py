"""check-layers.py accepts allowed includes and finds planted violations.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

ALLOWED = {
    "include/vyre/Policy/Launch.h": "#include <cstdint>\n",
    "lib/Policy/Launch.cpp": '#include "vyre/Policy/Launch.h"\n',
    "include/vyre/Dialect/Vyre/IR/VyreDialect.h": '#include "mlir/IR/Dialect.h"\n',
    "include/vyre/Analysis/Loops.h": '#include "vyre/Dialect/Vyre/IR/VyreDialect.h"\n',
    "lib/Transforms/A.cpp": '#include "vyre/Policy/Launch.h"\n#include "llvm/ADT/STLExtras.h"\n',
    "lib/Target/B.cpp": '#include "vyre-abi/vyre_abi.h"\n',
    "runtime/include/vyre-abi/vyre_abi.h": "#include <stdint.h>\n",
    "runtime/lib/Core/Status.h": '#include "vyre-abi/vyre_abi.h"\n#include <toml++/toml.h>\n',
    "runtime/lib/Host/H.cpp": '#include "Status.h"\n#include "vyre/Policy/Launch.h"\n',
}


class CheckLayers(unittest.TestCase):
    def check(self, planted):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**ALLOWED, **planted}.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return subprocess.run(
                [sys.executable, ROOT / "tools/scripts/check-layers.py", folder],
                capture_output=True,
                text=True,
            )

    def assert_finds(self, name, text, message):
        done = self.check({name: text})
        self.assertIn(message, done.stdout)
        self.assertIn("1 violations", done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_allowed_includes_are_clean(self):
        done = self.check({})
        self.assertIn("9 files, 0 violations", done.stdout)
        self.assertEqual(done.returncode, 0)

    def test_policy_uses_the_standard_library_only(self):
        self.assert_finds(
            "lib/Policy/Bad.cpp", "#include <xxhash.h>\n", "Policy may not include 'xxhash.h'"
        )
        self.assert_finds("lib/Policy/Bad.cpp", '#include "llvm/ADT/SmallVector.h"\n', "(mlir)")

    def test_runtime_never_uses_llvm(self):
        self.assert_finds(
            "runtime/lib/Core/Bad.cpp",
            '\n#include "llvm/Support/Error.h"\n',
            "runtime/lib/Core/Bad.cpp:2: error: runtime may not include",
        )

    def test_analysis_does_not_know_transforms(self):
        self.assert_finds(
            "lib/Analysis/Bad.cpp", '#include "vyre/Transforms/Passes.h"\n', "(Transforms)"
        )

    def test_a_relative_path_hides_nothing(self):
        self.assert_finds(
            "lib/Analysis/Bad.cpp", '#include "../Transforms/A.cpp"\n', "(Transforms)"
        )

    def test_transforms_do_not_know_the_abi(self):
        self.assert_finds("lib/Transforms/Bad.cpp", '#include "vyre-abi/vyre_abi.h"\n', "(abi)")

    def test_tablegen_includes_count(self):
        self.assert_finds(
            "include/vyre/Dialect/Vyre/IR/Bad.td",
            'include "vyre/Transforms/Passes.td"\n',
            "(Transforms)",
        )

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, ROOT / "tools/scripts/check-layers.py", folder],
                capture_output=True,
            )
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
