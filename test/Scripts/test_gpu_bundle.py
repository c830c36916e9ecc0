"""The GPU bundle's run.sh on a machine that is made up: a GPU, nvcc and programs that
are scripts with known times. Checks what it measures, compares, skips and reports.
SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent / "tools/gpu-bundle"
BENCHMARKS = (
    "chain-1000", "batch-10000", "stencil-256", "live-queue-submit", "live-queue-trip")
STATS = '{"cooperative_launches":%d,"kernel_launches":1,"queue_items":ITEMS,"fallbacks":["not legal"]}'
# A program of the bundle: nanoseconds by device and mode.
PROGRAM = """#!/bin/bash
case $VYRE_DEVICE:$VYRE_MODE in
  cuda:persistent) ns=1000 cooperative=9 ;;
  host:persistent) ns=3000 cooperative=9 ;;
  *) ns=40000 cooperative=0 ;;
esac
items=0
[[ $0 == *live-queue-* ]] && items=$((cooperative * 201))
echo '%s' | sed "s/COOPERATIVE/$cooperative/; s/ITEMS/$items/" >"$VYRE_STATS"
printf '777\\n%%d\\n%%d\\n' $ns $ns
cat HASH
""" % STATS.replace("%d", "COOPERATIVE")
# A twin: nanoseconds by form. It can do all but one form.
TWIN = """#!/bin/bash
[ $1 = while ] && { echo "the WHILE node needs a driver for CUDA 12.4" >&2; exit 77; }
case $1 in plain) ns=30000 ;; graph) ns=4000 ;; *) ns=2000 ;; esac
printf '777\\n%d\\n%d\\n' $ns $ns
cat HASH
echo "event_ns 12" >&2
"""
# Copies the "source" to the file that follows -o.
NVCC = """#!/bin/bash
while [ $# -gt 1 ]; do [ "$1" = -o ] && output=$2; shift; done
cp "$1" "$output" && chmod +x "$output"
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class GpuBundle(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.bundle, self.tools = self.root / "bundle", self.root / "tools"
        (self.bundle / "benchmarks").mkdir(parents=True)
        for name in ("run.sh", "benchmarks.sh"):
            shutil.copy(SOURCE / name, self.bundle)
        for name in BENCHMARKS:
            hash_file = self.bundle / f"benchmarks/{name}.hash"
            shutil.copy(SOURCE / f"benchmarks/{name}.hash", hash_file)
            write(self.bundle / f"benchmarks/{name}.cu", TWIN.replace("HASH", str(hash_file)))
            write(self.bundle / f"benchmarks/{name}", PROGRAM.replace("HASH", str(hash_file)))
        write(self.bundle / "programs/small", "#!/bin/bash\necho fine\n")
        write(self.bundle / "programs/small.expected", "fine\n")
        write(self.bundle / "baselines/small.cu", "#!/bin/bash\necho fine\n")
        write(self.tools / "nvidia-smi", "#!/bin/bash\necho 'Made-up GPU'\n")
        write(self.tools / "nvcc", NVCC)
        write(self.tools / "compute-sanitizer", '#!/bin/bash\nexec "${@: -1}"\n')

    def run_bundle(self, **environment):
        out = self.root / "out"
        path = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", self.bundle / "run.sh", out], capture_output=True, text=True,
            env={**os.environ, "PATH": path, "PAIRS": "1", "REPEATS": "1", **environment})
        self.report = json.loads((out / "results.json").read_text())
        return done

    def comparison(self, benchmark, baseline, ours="cuda:persistent", what="gain"):
        found = [entry for entry in self.report["comparisons"]
                 if (entry["benchmark"], entry["ours"], entry["baseline"], entry["what"])
                 == (benchmark, ours, baseline, what)]
        self.assertTrue(found, f"{benchmark}: {ours} over {baseline}")
        return found[0]

    def test_gains_and_targets(self):
        done = self.run_bundle(PAIRS="2")
        self.assertEqual((done.returncode, self.report["summary"]["failed"]), (0, 0), done.stdout)
        chain = self.comparison("chain-1000", "twin:plain")
        self.assertEqual((chain["median"], chain["interval"], chain["turns"]), (30, [30, 30], 2))
        self.assertEqual((chain["target"], chain["met"]), (20, True))
        graph = self.comparison("chain-1000", "twin:graph")
        self.assertEqual((graph["median"], graph["target"], graph["met"]), (4, 5, False))
        batch = self.comparison("batch-10000", "twin:plain")
        self.assertEqual((batch["median"], batch["target"], batch["met"]), (30, 100, False))
        # The target of the stencil is the best of the forms: not the graph here.
        best = self.comparison("stencil-256", "twin:cooperative")
        self.assertEqual((best["median"], best["target"], best["met"]), (2, 1, True))
        self.assertIsNone(self.comparison("stencil-256", "twin:graph")["target"])
        host = self.comparison("stencil-256", "host:plain", "host:persistent")
        self.assertEqual((round(host["median"], 2), host["target"]), (13.33, None))
        sides = {(side["benchmark"], side["side"]): side for side in self.report["sides"]}
        self.assertEqual(sides["chain-1000", "twin:plain"]["all_ns"], [30000] * 2)
        self.assertEqual(sides["chain-1000", "twin:plain"]["median_event_ns"], 12)
        self.assertEqual(sides["chain-1000", "cuda:persistent"]["cooperative_launches"], 9)
        self.assertEqual(sides["live-queue-trip", "cuda:persistent"]["queue_items"], 1809)
        twin = self.comparison("live-queue-submit", "", "twin:queue", "item_ns")
        self.assertEqual((twin["median"], twin["target"]), (10, None))
        submit = self.comparison("live-queue-submit", "", what="item_ns")
        self.assertEqual((submit["median"], submit["target"], submit["target_is"], submit["met"]),
                         (5, 200, "most", True))
        self.assertIsNone(self.comparison("live-queue-trip", "", what="item_ns")["target"])
        self.assertEqual(self.comparison("live-queue-trip", "twin:queue")["median"], 2)
        self.assertEqual(self.comparison("live-queue-submit", "cuda:plain")["median"], 40)
        # The made-up driver is too old for a form.
        skipped = self.comparison("chain-1000", "twin:while")
        self.assertEqual(skipped["skipped"],
                         "twin:while: the WHILE node needs a driver for CUDA 12.4")
        self.assertIn("skipped  chain-1000               twin  while", done.stdout)

    def test_a_side_that_fails_is_taken_out_and_the_run_fails(self):
        write(self.bundle / "benchmarks/stencil-256.cu", TWIN.replace("cat HASH", "echo 1"))
        program = self.bundle / "benchmarks/chain-1000"
        write(program, program.read_text().replace("cooperative=9", "cooperative=0"))
        write(self.bundle / "benchmarks/batch-10000",
              '#!/bin/bash\necho "vyre: \\"x\\" broken" >&2\nexit 113\n')
        write(self.bundle / "benchmarks/live-queue-trip.cu", "#!/bin/bash\n")
        refuse = "[[ $1 == *live-queue-trip* ]] && exit 1\ncp "
        write(self.tools / "nvcc", NVCC.replace("cp ", refuse))
        done = self.run_bundle()
        self.assertEqual(done.returncode, 1)
        # A wrong result: the other sides go on.
        self.assertIn("the result differs", self.comparison("stencil-256", "twin:graph")["skipped"])
        self.assertEqual(self.comparison("stencil-256", "cuda:plain")["median"], 40)
        # A forced mode that was not legal: plain launches pass for no persistent kernel.
        self.assertIn('no persistent kernel ran: ["not legal"]',
                      self.comparison("chain-1000", "twin:plain")["skipped"])
        # A crash, and a twin that does not compile.
        self.assertIn('exit code 113: vyre: "x" broken',
                      self.comparison("batch-10000", "twin:plain")["skipped"])
        self.assertIn("does not compile",
                      self.comparison("live-queue-trip", "", "twin:queue", "item_ns")["skipped"])

    def test_a_side_without_what_its_benchmark_is_about_is_a_failure(self):
        def rewrite(name, old, new):
            program = self.bundle / "benchmarks" / name
            self.assertIn(old, program.read_text())
            write(program, program.read_text().replace(old, new))

        # All items but one of a run are launched.
        rewrite("live-queue-submit", "cooperative * 201", "cooperative * 199")
        # The statistics say nothing.
        rewrite("live-queue-trip", '"queue_items"', '"others"')
        # A queue in place of a persistent kernel: its loop stayed on the host.
        rewrite("chain-1000", "== *live-queue-*", "== *")
        done = self.run_bundle()
        self.assertEqual(done.returncode, 1)
        self.assertIn('only 1791 items went through a live queue: ["not legal"]',
                      self.comparison("live-queue-submit", "", what="item_ns")["skipped"])
        self.assertIn("only 0 items",
                      self.comparison("live-queue-trip", "", what="item_ns")["skipped"])
        self.assertIn("a live queue ran, no persistent kernel",
                      self.comparison("chain-1000", "twin:plain")["skipped"])
        self.assertEqual(self.comparison("batch-10000", "cuda:plain")["median"], 40)

    def test_a_queue_that_is_too_slow_misses_its_target(self):
        program = self.bundle / "benchmarks/live-queue-submit"
        write(program, program.read_text().replace("ns=1000", "ns=50000"))
        self.run_bundle()
        submit = self.comparison("live-queue-submit", "", what="item_ns")
        self.assertEqual((submit["median"], submit["met"]), (250, False))

    def test_without_nvcc_the_programs_are_still_compared(self):
        (self.tools / "nvcc").unlink()
        done = self.run_bundle(PATH=f"{self.tools}:/usr/bin:/bin", NVCC="/nowhere")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("no nvcc", self.comparison("batch-10000", "twin:plain")["skipped"])
        self.assertEqual(self.comparison("batch-10000", "cuda:plain")["median"], 40)

    def test_the_same_numbers_give_the_same_interval(self):
        numbers = self.root / "numbers"
        numbers.write_text("".join(f"{n}\n" for n in (5, 1, 4, 2, 3, 9, 8, 7, 6)))
        script = (SOURCE / "benchmarks.sh").read_text()
        functions = script[script.index("# draw_medians"):script.index("# compare BENCHMARK")]
        command = f"work={self.root}\n{functions}\nbootstrap {numbers}"
        first, second = (subprocess.run(["bash", "-c", command], capture_output=True, text=True)
                         for _ in range(2))
        self.assertEqual(first.stdout, second.stdout)
        middle, low, high = map(float, first.stdout.split())
        self.assertEqual(middle, 5)
        self.assertTrue(1 < low < 5 < high < 9, first.stdout)


if __name__ == "__main__":
    unittest.main()
