"""run-differential.py passes only when every mode prints what the oracle prints.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "test" / "Differential" / "run-differential.py"
OUTPUT = "Unranked Memref base@ = 0x55aa00 rank = 1 data =\n[1,  2,  3]\n"
EXPECTED = OUTPUT.replace("0x55aa00", "ADDR")
# Stands for vyre-run: prints OUTPUT from another address; in the mode named by
# the last line of the program file it misbehaves as the line before says.
FAKE = f"""#!{sys.executable}
import sys
how, mode = open(sys.argv[1]).read().split()
text = {OUTPUT!r}.replace("0x55aa00", "0x77bb00")
if f"--mode={{mode}}" in sys.argv:
    if how == "crash":
        print("device lost", file=sys.stderr)
        sys.exit(3)
    if how == "wrong":
        text = text.replace("2", "7")
    if how == "short":
        text = text[:-6]
sys.stdout.write(text)
"""


class RunDifferential(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.fake = self.path / "fake-run"
        self.fake.write_text(FAKE)
        self.fake.chmod(0o755)

    def run_script(self, how, mode, *options):
        """Runs the script on a program that misbehaves so; the oracle is a file."""
        program = self.path / "program.mlir"
        program.write_text(f"{how} {mode}\n")
        expected = self.path / "program.expected"
        expected.write_text(EXPECTED)
        return subprocess.run(
            [sys.executable, SCRIPT, program, "--no-oracle", "--expected", expected]
            + ["--vyre-run", self.fake, *options],
            capture_output=True,
            text=True,
        )

    def test_equal_outputs_pass_though_addresses_differ(self):
        done = self.run_script("fine", "none")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.count("ok "), 5)

    def test_a_wrong_value_in_one_mode_fails_and_is_shown(self):
        done = self.run_script("wrong", "graph")
        self.assertEqual(done.returncode, 1)
        self.assertIn("mode graph", done.stdout)
        self.assertIn("want: [1,  2,  3]", done.stdout)
        self.assertIn("got:  [1,  7,  3]", done.stdout)
        self.assertEqual(done.stdout.count("ok "), 3)

    def test_output_that_ends_early_fails(self):
        done = self.run_script("short", "persistent")
        self.assertEqual(done.returncode, 1)
        self.assertIn("mode persistent", done.stdout)

    def test_a_failed_run_fails_with_its_exit_code_and_message(self):
        done = self.run_script("crash", "auto")
        self.assertEqual(done.returncode, 1)
        self.assertIn("exit code 3", done.stdout)
        self.assertIn("device lost", done.stdout)

    def test_only_the_named_modes_run(self):
        done = self.run_script("wrong", "graph", "--modes", "plain,auto")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(done.stdout.count("ok "), 2)

    def test_nothing_to_compare_with_is_wrong_usage(self):
        program = self.path / "program.mlir"
        program.write_text("fine none\n")
        done = subprocess.run(
            [sys.executable, SCRIPT, program, "--no-oracle"],
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
