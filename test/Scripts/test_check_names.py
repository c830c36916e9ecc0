"""check-names.py accepts a pass with one name and finds planted deviations.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TD = "include/vyre/Transforms/Passes.td"
SOURCE = "lib/Transforms/FormGraphRegions.cpp"
TEST = "test/Transforms/form-graph-regions.mlir"
GOOD = {
    TD: """
def FormGraphRegionsPass
    : Pass<"vyre-form-graph-regions", "mlir::ModuleOp"> {
  let summary = "Form graph regions";
  let options = [Option<"maxNodes", "max-nodes", "int64_t", "64", "Limit">];
}
""",
    SOURCE: """
#define DEBUG_TYPE "vyre-form-graph-regions"
#define GEN_PASS_DEF_FORMGRAPHREGIONSPASS
auto o = RemarkOpts::name("Formed").category(DEBUG_TYPE);
auto p = RemarkOpts::name("Formed").category("vyre-form-graph-regions");
""",
    TEST: "// A test.\n",
}


class CheckNames(unittest.TestCase):
    def check(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return subprocess.run(
                [sys.executable, ROOT / "tools/scripts/check-names.py", folder],
                capture_output=True,
                text=True,
            )

    def assert_finds(self, files, message):
        done = self.check(files)
        self.assertIn(message, done.stdout)
        self.assertIn("1 passes, 1 violations", done.stdout)
        self.assertEqual(done.returncode, 1)

    def replaced(self, name, old, new):
        self.assertIn(old, GOOD[name])
        return {**GOOD, name: GOOD[name].replace(old, new)}

    def without(self, name):
        return {key: text for key, text in GOOD.items() if key != name}

    def test_one_name_is_clean(self):
        done = self.check(GOOD)
        self.assertIn("1 passes, 0 violations", done.stdout)
        self.assertEqual(done.returncode, 0)

    def test_source_file(self):
        self.assert_finds(self.without(SOURCE), "name-source: no FormGraphRegions.cpp")

    def test_source_defines_the_pass(self):
        files = self.replaced(SOURCE, "GEN_PASS_DEF_FORMGRAPHREGIONSPASS", "OTHER")
        self.assert_finds(files, "name-source: GEN_PASS_DEF_FORMGRAPHREGIONSPASS is not defined")

    def test_debug_type(self):
        files = self.replaced(SOURCE, 'DEBUG_TYPE "vyre-form', 'DEBUG_TYPE "vyre-make')
        self.assert_finds(files, f"{SOURCE}:2: error: name-source: DEBUG_TYPE is not")

    def test_test_file(self):
        self.assert_finds(self.without(TEST), "name-test: no form-graph-regions.mlir")

    def test_flag(self):
        files = self.replaced(TD, '"vyre-form-graph-regions"', '"vyre-graph-regions"')
        done = self.check(files)
        self.assertIn("name-flag: FormGraphRegionsPass has flag vyre-graph-regions", done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_option(self):
        files = self.replaced(TD, '"max-nodes"', '"maxnodes"')
        self.assert_finds(files, "name-option: maxNodes has flag maxnodes")

    def test_summary(self):
        self.assert_finds(self.replaced(TD, "let summary", "let notes"), "name-summary")

    def test_remark_category(self):
        files = self.replaced(SOURCE, 'category("vyre-form-graph-regions")', 'category("graphs")')
        self.assert_finds(files, 'name-remark: "graphs" is no pass\'s flag')

    def test_an_empty_tree_is_no_success(self):
        self.assertEqual(self.check({}).returncode, 2)


if __name__ == "__main__":
    unittest.main()
