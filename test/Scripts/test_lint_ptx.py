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
# The same as the meeting of a persistent kernel, whose last parameter is the state: a
# signal under a predicate, several statements on a line, a poll that looks for an abort.
MEETING = """\
ld.param.u64 %rd1, [k_persistent_param_0];
cvta.to.global.u64 %rd1, %rd1; st.global.f32 [%rd2], %f1;
bar.sync 0;
@%p1 red.release.gpu.global.add.u32 [%rd1], 1;
$L_spin: ld.acquire.gpu.u32 %r1, [%rd1+32];
ld.global.u64 %rd3, [%rd1+64];
ld.relaxed.sys.u32 %r2, [%rd3];
@%p2 bra $L_spin;
bar.red.or.pred %p3, 0, %p4;
ld.global.f32 %f1, [%rd2];
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
        text = kernel("k_persistent", MEETING) + kernel("k", "ld.global.nc.f32 %f1, [%rd1];\n")
        done = self.lint(text)
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

    def test_a_queue_that_tells_the_host_nothing(self):
        body = (
            "$L_poll:\nld.acquire.sys.global.b64 %rd1, [%rd2];\nnanosleep.u32 %r1;\n"
            "@%p1 bra $L_poll;\nst.release.sys.global.b64 [%rd3], %rd4;\n"
        )
        self.assertEqual(self.lint(kernel("k_queue", body)).returncode, 0)
        narrow = body.replace("st.release.sys", "st.release.gpu")
        self.assert_finds(kernel("k_queue", narrow), "error: silent-queue: k_queue")
        busy = body.replace("nanosleep.u32 %r1;\n", "")
        self.assert_finds(kernel("k_queue", busy), "error: busy-queue: k_queue")

    def test_predicated_barrier(self):
        self.assert_finds(kernel("k", "@%p1 bar.sync 0;\n"), "predicated-barrier: bar.sync in k")
        self.assert_finds(kernel("k", "@!%p1 barrier.sync 0;\n"), "predicated-barrier: barrier.sync")

    def test_a_state_address_is_followed_through_arithmetic(self):
        moved = MEETING.replace("[%rd1+32]", "[%rd9+8]").replace(
            "bar.sync 0;", "add.s64 %rd8, %rd1, 24;\nmov.b64 %rd9, %rd8;\nbar.sync 0;"
        )
        self.assertEqual(self.lint(kernel("k_persistent", moved)).returncode, 0)
        self.assert_finds(
            kernel("k_persistent", moved.replace("%rd1, 24", "%rd1, 28")), "error: unknown-state"
        )

    def test_a_jump_through_a_table_is_followed(self):
        table = "$L_table: .branchtargets $L_spin, $L_away;\n"
        jump = MEETING.replace("@%p2 bra $L_spin;", table + "brx.idx %r5, $L_table;\n$L_away:")
        self.assertEqual(self.lint(kernel("k_persistent", jump)).returncode, 0)
        self.assert_finds(
            kernel("k_persistent", jump.replace("$L_spin, $L_away", "$L_away")), "signal-only"
        )

    def test_all_threads_may_signal_if_there_is_one(self):
        every = kernel("k_persistent", MEETING.replace("@%p1 ", ""))
        self.assert_finds(every, "error: unguarded-signal: red.release.gpu.global.add.u32")
        alone = every.replace("\n)\n{", "\n)\n.maxntid 1, 1, 1\n{")
        self.assertEqual(self.lint(alone).returncode, 0)

    def test_a_meeting_in_an_unknown_state_is_no_meeting(self):
        planted = kernel("k_persistent", MEETING.replace("param_0];", "param_1];"))
        self.assert_finds(planted, "error: unknown-wait: ld.acquire.gpu.u32 of no known word")

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
