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
# The resident kernel of a queue: thread 0 of block 0 polls the host, its block copies,
# the leader of each block waits, all run the item.
QUEUE = """\
ld.param.u64 %rd1, [k_queue_param_0];
ld.param.u64 %rd2, [k_queue_param_1];
cvta.to.global.u64 %rd2, %rd2;
ld.global.b64 %rd3, [%rd1+16];
mov.u32 %r1, %tid.x;
mov.u32 %r2, %tid.y;
mov.u32 %r3, %ntid.x;
mad.lo.s32 %r4, %r2, %r3, %r1;
setp.ne.b32 %p1, %r4, 0;
mov.u32 %r5, %ctaid.x;
setp.eq.b32 %p2, %r5, 0;
$L_next:
@!%p2 bra $L_others;
@%p1 bra $L_copy;
$L_tail: ld.acquire.sys.b64 %rd4, [%rd1];
ld.global.b64 %rd8, [%rd2+64]; ld.relaxed.sys.b32 %r6, [%rd8];
nanosleep.u32 %r7;
@%p3 bra $L_tail;
$L_copy: bar.sync 0;
add.s64 %rd5, %rd1, %rd9; add.s64 %rd6, %rd3, %rd9;
ld.global.v2.b64 {%rd10, %rd11}, [%rd5+512];
st.global.v2.b64 [%rd6+512], {%rd10, %rd11};
bar.sync 0;
@%p1 bra $L_others;
st.release.gpu.b64 [%rd3], %rd4;
$L_others: @%p1 bra $L_item;
ld.relaxed.sys.b32 %r6, [%rd8];
$L_wait: ld.acquire.gpu.b64 %rd4, [%rd3];
ld.acquire.gpu.b64 %rd7, [%rd3+128];
ld.relaxed.sys.b32 %r6, [%rd8];
nanosleep.u32 %r7;
@%p4 bra $L_wait;
@%p5 bra $L_item;
st.release.sys.b64 [%rd1+128], %rd7;
st.release.sys.b32 [%rd1+136], 1;
$L_item: bar.sync 0;
@%p6 bra $L_end;
ld.global.f32 %f1, [%rd6+576];
st.global.f32 [%rd12], %f1;
bar.sync 0;
@%p1 bra $L_next;
fence.acq_rel.gpu;
atom.global.add.u64 %rd13, [%rd3+128], 1;
bra.uni $L_next;
$L_end:
"""


def kernel(name, body, parameters=1):
    names = ",\n".join(f"\t.param .u64 {name}_param_{n}" for n in range(parameters))
    return f".visible .entry {name}(\n{names}\n)\n{{\n{body}ret;\n}}\n"


def queue(*changes):
    """The resident kernel, changed: (old, new) each."""
    body = QUEUE
    for old, new in changes:
        assert old in body, old
        body = body.replace(old, new)
    return kernel("k_queue", body, parameters=2).replace("\n)\n{", "\n)\n.maxntid 8, 8, 1\n{")


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
        self.assertEqual(self.lint(kernel("k", body)).returncode, 0)
        narrow = body.replace("st.release.sys", "st.release.gpu")
        self.assert_finds(kernel("k", narrow), "error: silent-queue: k")
        busy = body.replace("nanosleep.u32 %r1;\n", "")
        self.assert_finds(kernel("k", busy), "error: busy-queue: k")

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

    def assert_clean(self, text):
        done = self.lint(text)
        self.assertEqual((done.stdout, done.returncode), ("", 0))

    # Defects in what the compiler makes are planted by Integration/Host/compile/ptx-meetings.test.
    def test_a_queue_that_is_right(self):
        self.assert_clean(queue())

    def test_a_queue_needs_block_barriers_around_what_its_leader_does(self):
        self.assert_finds(queue(("$L_copy: bar.sync 0;", "$L_copy:")),
                          "error: access-beside-wait: ld.global.v2.b64 of 'item' in k_queue")
        self.assert_finds(queue(("bar.sync 0;\n@%p1 bra $L_next;", "@%p1 bra $L_next;")),
                          "error: access-beside-wait: st.global.f32 of 'data'")

    def test_a_leader_is_found_in_other_forms_of_its_test(self):
        test = "setp.ne.b32 %p1, %r4, 0;"
        for new in (
            # x == -(y * n) and x + y * n == 0 are the same.
            "mul.lo.s32 %r8, %r2, %r3; neg.s32 %r9, %r8; setp.ne.b32 %p1, %r1, %r9;",
            "or.b32 %r8, %r1, %r2; setp.eq.b32 %p9, %r8, 0; not.pred %p1, %p9;",
            "setp.ne.b32 %p9, %r4, 0; or.pred %p1, %p9, %p10;",
            "cvt.u64.u32 %rd20, %r4; setp.ne.b64 %p1, %rd20, 0;",
        ):
            self.assert_clean(queue((test, new)))

    def test_what_is_no_test_for_the_leader(self):
        test = "setp.ne.b32 %p1, %r4, 0;"
        for new in (
            "and.b32 %r8, %r4, 31; setp.ne.b32 %p1, %r8, 0;",
            "mul.lo.s32 %r8, %r1, %r2; setp.ne.b32 %p1, %r8, 0;",  # the first row or column
            "setp.ne.b32 %p1, %r1, 0;",  # one of each row
            "setp.ne.b32 %p1, %r4, 1;",
            "setp.eq.b32 %p1, %r4, 0;",  # all others
            "setp.ne.b32 %p9, %r4, 0; and.pred %p1, %p9, %p10;",
        ):
            self.assert_finds(queue((test, new)), "error: unled-wait: ld.acquire.sys.b64 of 'tail'")

    def test_a_block_of_one_row_needs_a_test_of_x_alone(self):
        row = queue(("setp.ne.b32 %p1, %r4, 0;", "setp.ne.b32 %p1, %r1, 0;"))
        self.assert_clean(row.replace("8, 8, 1", "64"))
        self.assert_finds(row.replace(".maxntid 8, 8, 1", ""), "error: unled-wait")

    def test_only_block_0_reads_the_ring(self):
        self.assert_finds(queue(("@!%p2 bra $L_others;", "@%p2 bra $L_others;")),
                          "error: unled-wait: ld.acquire.sys.b64 of 'tail'")
        self.assert_finds(queue(("@!%p2 bra $L_others;", "")),
                          "error: unled-signal: st.release.gpu.b64 of 'publish'")

    def test_one_thread_leads_without_a_test(self):
        alone = queue(("@%p1 bra $L_copy;", ""), ("@%p1 bra $L_others;", ""),
                      ("$L_others: @%p1 bra $L_item;", "$L_others:"), ("@%p1 bra $L_next;", ""))
        self.assert_finds(alone, "error: unled-wait")
        self.assert_clean(alone.replace("8, 8, 1", "1, 1, 1"))

    def test_a_queue_without_a_part_of_its_protocol(self):
        for part, role in (("atom.global.add.u64 %rd13, [%rd3+128], 1;", "arrive"),
                           ("st.release.sys.b32 [%rd1+136], 1;", "left")):
            self.assert_finds(queue((part, "")), f"incomplete-queue: no access to '{role}'")
        self.assert_finds(kernel("k_queue", "", parameters=2), "no access to 'tail'")

    def test_a_block_that_always_has_work_looks_for_an_abort(self):
        self.assert_finds(
            queue(("bra $L_item;\nld.relaxed.sys.b32 %r6, [%rd8];", "bra $L_item;")),
            "error: no-abort-poll: blocks that never wait never look in k_queue")

    def test_threads_that_miss_others_leave_before_a_meeting(self):
        leave = "@%p5 bra $L_here;\nexit;\n$L_here:"
        counted = MEETING.replace("bar.sync 0;", "bar.red.popc.u32 %r9, 0, %p5;\n" + leave, 1)
        self.assert_clean(kernel("k_persistent", counted))
        # Not behind a barrier that counts nobody, nor once somebody has signalled.
        self.assert_finds(kernel("k_persistent", counted.replace("red.popc.u32 %r9, 0, %p5", "sync 0")),
                          "leaves-meeting: exit")
        late = MEETING.replace("bar.sync 0;", "bar.red.popc.u32 %r9, 0, %p5;", 1).replace(
            "$L_spin:", leave + "\n$L_spin:")
        self.assert_finds(kernel("k_persistent", late), "leaves-meeting: exit")

    def test_a_kernel_that_starts_early_waits_before_it_writes(self):
        wait, write = "griddepcontrol.wait;\n", "st.global.b32 [%rd1], 1;\n"
        self.assert_clean(kernel("k", "ld.global.b32 %r1, [%rd1];\n" + wait + write))
        self.assert_clean(kernel("k", "st.shared.b32 [%rd1], 1;\n" + wait + write))
        self.assert_finds(kernel("k", write + wait), "early-write: st.global.b32 before the wait")
        self.assert_finds(kernel("k", "red.global.add.u32 [%rd1], 1;\n" + wait), "early-write: red")
        self.assert_finds(kernel("k", "@%p1 bra $L_end;\n" + wait + write + "$L_end:\n"),
                          "no-wait: k may end without a wait")
        self.assert_finds(kernel("k", "griddepcontrol.launch_dependents;\n" + write),
                          "no-wait: k may end without a wait")
        self.assert_finds(kernel("k", "@%p1 " + wait + write), "early-write: st.global.b32")

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
