// What needs a process of its own: options, failure handling, process exit.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Conformance.h"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

using namespace conformance;

namespace {

void trap(const void *, vyre_host_ctx *) { __builtin_trap(); }

// The child processes use the host device, whatever this process uses.
void useHost() { ::setenv("VYRE_DEVICE", "host", 1); }

// A path that this run of the suite has for itself: those for other devices run at
// the same time. A death test's child has the same environment, so the same path.
std::string temporary(const char *name) {
  const char *device = std::getenv("VYRE_DEVICE");
  return testing::TempDir() + "vyre-conformance-" + (device ? device : "any") + "-" + name;
}

std::string contentOf(const std::string &path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class ProcessTest : public testing::Test {
protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

using ProcessDeathTest = ProcessTest;

// An executable ends with 113 and one line on the first failure it waits for.
TEST_F(ProcessDeathTest, ExitsOnFailure) {
  EXPECT_EXIT(
      {
        useHost();
        vyreExitOnFailure();
        Kernel kernel("trapping", trap, 0);
        (void)run(kernel, 0, 1);
        (void)vyreStreamSync(nullptr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(113), "^vyre: kernel 'trapping' launched at suite.mlir:1:2: trap\n$");
}

// Also when the program never waits: its exit does.
TEST_F(ProcessDeathTest, ExitReportsUnseenFailure) {
  EXPECT_EXIT(
      {
        useHost();
        vyreExitOnFailure();
        Kernel *kernel = new Kernel("trapping", trap, 0);
        (void)run(*kernel, 0, 1);
        std::exit(0);
      },
      testing::ExitedWithCode(113), "vyre: kernel 'trapping'");
}

// An allocation that fails ends an executable at once, before NULL is used.
TEST_F(ProcessDeathTest, FailedAllocationEndsTheProgram) {
  EXPECT_EXIT(
      {
        useHost();
        vyreExitOnFailure();
        (void)vyreAlloc(uint64_t(1) << 50, VYRE_MEMORY_DEVICE, nullptr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(113), "^vyre: out of memory: 1125899906842624 bytes for a buffer\n$");
}

// A GPU that was asked for and is not there is an error that says what to do.
TEST_F(ProcessDeathTest, MissingGpuIsAnError) {
  EXPECT_EXIT(
      {
        ::setenv("VYRE_DEVICE", "cuda:999", 1);
        vyreExitOnFailure();
        (void)vyreStreamSync(nullptr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(113), "^vyre: .*cuda:999");
}

// A misspelt option is an error that names it.
TEST_F(ProcessDeathTest, UnknownModeIsAnError) {
  EXPECT_EXIT(
      {
        useHost();
        ::setenv("VYRE_MODE", "fastest", 1);
        vyreExitOnFailure();
        (void)vyreStreamSync(nullptr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(113),
      "^vyre: VYRE_MODE=fastest is not understood; expected auto, plain, graph or persistent\n$");
}

// A report that cannot be written is known before the program runs.
TEST_F(ProcessDeathTest, UnwritableReportIsAnError) {
  EXPECT_EXIT(
      {
        useHost();
        ::setenv("VYRE_STATS", "/nonexistent/folder/stats.json", 1);
        vyreExitOnFailure();
        (void)vyreStreamSync(nullptr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(113), "^vyre: cannot write '/nonexistent/folder/stats.json'");
}

// A cooperative kernel that never ends is stopped by VYRE_TIMEOUT_MS.
TEST_F(ProcessDeathTest, TimeoutEndsACooperativeKernel) {
  EXPECT_EXIT(
      {
        useHost();
        ::setenv("VYRE_TIMEOUT_MS", "50", 1);
        vyreExitOnFailure();
        Kernel kernel(
            "endless",
            [](const void *, vyre_host_ctx *ctx) {
              while (vyreHostGridBarrier(ctx) == 0)
                ;
            },
            0, VYRE_KERNEL_COOPERATIVE);
        vyre_launch_desc launch = launchOf(nullptr, 1);
        (void)vyreLaunchPersistent(&kernel.record, &launch, nullptr);
        (void)vyreStreamSync(nullptr);
        std::_Exit(0);
      },
      testing::ExitedWithCode(113),
      "^vyre: kernel 'endless' launched at suite.mlir:1:2: did not end within VYRE_TIMEOUT_MS\n$");
}

// Exit waits for queued work, and writes statistics and trace.
TEST_F(ProcessDeathTest, ExitDrainsAndReports) {
  std::string stats = temporary("stats.json"), trace = temporary("trace.json");
  std::remove(stats.c_str());
  std::remove(trace.c_str());
  EXPECT_EXIT(
      {
        useHost();
        ::setenv("VYRE_STATS", stats.c_str(), 1);
        ::setenv("VYRE_TRACE_FILE", trace.c_str(), 1);
        auto *kernel = new Kernel(
            "sleeping",
            [](const void *, vyre_host_ctx *) {
              std::this_thread::sleep_for(std::chrono::milliseconds(20));
              std::fputs("kernel done\n", stderr);
            },
            0);
        (void)run(*kernel, 0, 1);
        (void)run(*kernel, 0, 1, 1, vyreStreamCreate());
        std::exit(7);
      },
      testing::ExitedWithCode(7), "kernel done\nkernel done\n");
  EXPECT_NE(contentOf(stats).find("\"device\":\"host\",\"mode\":\"auto\",\"wall_ns\":"),
            std::string::npos)
      << contentOf(stats);
  EXPECT_NE(contentOf(stats).find("\"kernel_launches\":2,"), std::string::npos);
  EXPECT_NE(contentOf(trace).find("\"name\":\"sleeping\""), std::string::npos) << contentOf(trace);
}

// A forced mode that is not legal runs plain and says so.
TEST_F(ProcessDeathTest, ForcedModeFallsBack) {
  EXPECT_EXIT(
      {
        useHost();
        ::setenv("VYRE_MODE", "persistent", 1);
        ::setenv("VYRE_EXPLAIN", "-", 1);
        vyre_group_desc group = {};
        group.struct_size = sizeof group;
        group.version = VYRE_ABI_VERSION;
        group.location = "loop.mlir:3:5";
        group.legal_forms = 1u << VYRE_FORM_PLAIN | 1u << VYRE_FORM_GRAPH;
        group.launches_per_iteration = 1;
        group.persistent_refusal = "an unknown call";
        int form = vyreGroupSelect(&group, 1000);
        (void)vyreReportFlush();
        std::_Exit(form);
      },
      testing::ExitedWithCode(VYRE_FORM_PLAIN),
      "loop.mlir:3:5: 1000 iterations of 1 launches run as plain .forced-mode-not-legal,(.|\n)*"
      "no persistent form: an unknown call");
}

// Forced modes hold where they are legal, whatever they cost.
TEST_F(ProcessDeathTest, ForcedModeHolds) {
  EXPECT_EXIT(
      {
        useHost();
        ::setenv("VYRE_MODE", "graph", 1);
        vyre_group_desc group = {};
        group.struct_size = sizeof group;
        group.version = VYRE_ABI_VERSION;
        group.legal_forms = 1u << VYRE_FORM_PLAIN | 1u << VYRE_FORM_GRAPH;
        group.launches_per_iteration = 1;
        std::_Exit(vyreGroupSelect(&group, 1));
      },
      testing::ExitedWithCode(VYRE_FORM_GRAPH), "");
}

// The native profile gives the figures of the policy's own example.
TEST_F(ProcessDeathTest, NativeProfileDecidesByItsFigures) {
  EXPECT_EXIT(
      {
        useHost();
        ::setenv("VYRE_PROFILE", "native", 1);
        ::setenv("VYRE_EXPLAIN", "-", 1);
        ::setenv("VYRE_TRACE", "1", 1);
        vyre_group_desc group = {};
        group.struct_size = sizeof group;
        group.version = VYRE_ABI_VERSION;
        group.legal_forms = 1u << VYRE_FORM_PLAIN | 1u << VYRE_FORM_GRAPH;
        group.launches_per_iteration = 2;
        int form = vyreGroupSelect(&group, 30);
        (void)vyreReportFlush();
        std::_Exit(form);
      },
      testing::ExitedWithCode(VYRE_FORM_GRAPH),
      "command-reuse:260000(.|\n)*command_reuse record_and_replay saved=260000ns repeat_shape");
}

} // namespace
