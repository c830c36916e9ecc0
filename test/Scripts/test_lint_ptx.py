"""lint-ptx.py finds each planted defect and nothing in correct PTX.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HEADER = ".version 7.8\n.target sm_90\n.address_size 64\n"
# A correct persistent kernel: release by an RMW, acquire by the poll.
BARRIER = """\
bar.sync 0;
@%p1 bra $L_wait;
red.release.gpu.global.add.u32 [%rd1], 1;
$L_spin:
ld.acquire.gpu.u32 %r1, [%rd1];
@%p2 bra $L_spin;
$L_wait:
bar.sync 0;
"""


def kernel(name, body):
    return f".visible .entry {name}(\n\t.param .u64 {name}_param_0\n)\n{{\n{body}ret;\n}}\n"


class LintPtx(unittest.TestCase):
    def lint(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "module.ptx")
            path.write_text(HEADER + text)
            return subprocess.run(
                [sys.executable, ROOT / "tools/scripts/lint-ptx.py", path],
                capture_output=True,
                text=True,
            )

    def assert_finds(self, text, message):
        done = self.lint(text)
        self.assertIn(message, done.stdout + done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_correct_kernels_are_clean(self):
        body = BARRIER + "ld.global.f32 %f1, [%rd2];\n"
        done = self.lint(kernel("k_persistent", body) + kernel("k", "ld.global.nc.f32 %f1, [%rd1];\n"))
        self.assertEqual((done.stdout, done.returncode), ("", 0))

    def test_non_coherent_load_beside_a_grid_barrier(self):
        planted = kernel("any", BARRIER + "ld.global.nc.v4.f32 {%f1,%f2,%f3,%f4}, [%rd2];\n")
        self.assert_finds(planted, "error: non-coherent: ld.global.nc.v4.f32 in any")

    def test_non_coherent_load_in_a_kernel_named_persistent(self):
        planted = kernel("k_persistent", "ld.global.L1::no_allocate.nc.f32 %f1, [%rd2];\n")
        self.assert_finds(planted, "in k_persistent")

    def test_poll_without_a_release(self):
        planted = kernel("k", "atom.global.add.u32 %r2, [%rd1], 1;\nld.acquire.gpu.u32 %r1, [%rd1];\n")
        self.assert_finds(planted, "error: missing-release: k polls")

    def test_fence_counts_as_a_release(self):
        body = "fence.acq_rel.gpu;\natom.global.add.u32 %r2, [%rd1], 1;\nld.acquire.gpu.u32 %r1, [%rd1];\n"
        self.assertEqual(self.lint(kernel("k", body)).returncode, 0)

    def test_predicated_barrier(self):
        self.assert_finds(kernel("k", "@%p1 bar.sync 0;\n"), "predicated-barrier: bar.sync in k")
        self.assert_finds(kernel("k", "@!%p1 barrier.sync 0;\n"), "predicated-barrier: barrier.sync")

    def test_unresolved_math_function(self):
        planted = ".extern .func  (.param .b32 func_retval0) __nv_expf\n(\n.param .b32 a\n)\n;\n"
        self.assert_finds(planted + kernel("k", ""), "unresolved: __nv_expf has no definition")

    def test_a_comment_is_no_finding(self):
        self.assertEqual(self.lint(kernel("k", "// @%p1 bar.sync 0;\n")).returncode, 0)

    def test_a_file_without_ptx_is_refused(self):
        with tempfile.NamedTemporaryFile(suffix=".ptx") as empty:
            done = subprocess.run(
                [sys.executable, ROOT / "tools/scripts/lint-ptx.py", empty.name],
                capture_output=True,
                text=True,
            )
        self.assertIn("no PTX", done.stderr)
        self.assertEqual(done.returncode, 2)


if __name__ == "__main__":
    unittest.main()
