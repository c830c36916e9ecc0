"""assemble-ptx.sh assembles for the chip that .target names, and fails on bad PTX.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PTXAS = shutil.which("ptxas") or "/usr/local/cuda/bin/ptxas"
MODULE = """.version {version}
.target {target}
.address_size 64
.visible .entry k() {{
{body}ret;
}}
"""


class AssemblePtx(unittest.TestCase):
    def assemble(self, version="8.0", target="sm_90", body=""):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "module.ptx")
            path.write_text(MODULE.format(version=version, target=target, body=body))
            return subprocess.run(
                [ROOT / "test/lib/assemble-ptx.sh", path], capture_output=True, text=True
            )

    def test_a_file_without_target_is_refused(self):
        with tempfile.NamedTemporaryFile(suffix=".ptx") as empty:
            done = subprocess.run(
                [ROOT / "test/lib/assemble-ptx.sh", empty.name],
                capture_output=True,
                text=True,
                env={**os.environ, "PTXAS": "true"},
            )
        self.assertIn("names no .target", done.stderr)
        self.assertEqual(done.returncode, 2)

    @unittest.skipUnless(os.path.exists(PTXAS), "no ptxas on this machine")
    def test_correct_ptx(self):
        done = self.assemble()
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("", "", 0))

    @unittest.skipUnless(os.path.exists(PTXAS), "no ptxas on this machine")
    def test_the_target_chip_decides(self):
        # Cluster barriers need sm_90: the same body fails for the older chip.
        body = "barrier.cluster.arrive;\n"
        self.assertEqual(self.assemble(body=body).returncode, 0)
        self.assertNotEqual(self.assemble(body=body, target="sm_80").returncode, 0)

    @unittest.skipUnless(os.path.exists(PTXAS), "no ptxas on this machine")
    def test_bad_ptx(self):
        done = self.assemble(body="frobnicate.u32 %r1;\n")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("frobnicate", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
