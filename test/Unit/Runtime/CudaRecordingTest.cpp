// Recordings of a whole process on the fake driver: what is refused, what is dropped
// alone, and that VYRE_VERIFY=1 finds a stale replay.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeCuda/FakeCuda.h"
#include "vyre-abi/vyre_abi.h"
#include "vyre-rt/vyre_rt.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

FakeCuda &fake() {
  static FakeCuda *state = [] {
    void *library = dlopen(VYRE_FAKE_CUDA, RTLD_NOW);
    return reinterpret_cast<FakeCuda *(*)()>(dlsym(library, "fakeCuda"))();
  }();
  return *state;
}

long calls(const char *name) { return std::count(fake().calls.begin(), fake().calls.end(), name); }

class Failing {
public:
  explicit Failing(const char *wish) { setenv("FAKE_CUDA_FAIL", wish, 1); }
  ~Failing() { unsetenv("FAKE_CUDA_FAIL"); }
};

/// Before the runtime is first used: the fake driver is the machine's.
class UseFakeDriver : public testing::Environment {
  void SetUp() override {
    setenv("VYRE_CUDA_DRIVER", VYRE_FAKE_CUDA, 1);
    setenv("VYRE_DEVICE", "cuda:0", 1);
    unsetenv("FAKE_CUDA_FAIL");
  }
};
const auto *environment = testing::AddGlobalTestEnvironment(new UseFakeDriver);

/// A memref of one dimension and a number, as a program packs them.
struct Arguments {
  int32_t *allocated, *aligned;
  int64_t offset, size, stride;
  int32_t value;
  int32_t padding;
};

void addToAll(const FakeLaunch &launch) {
  Arguments args;
  std::memcpy(&args, launch.args, sizeof args);
  for (int64_t i = 0; i != args.size; ++i)
    args.aligned[args.offset + i * args.stride] += args.value;
}

struct Kernel {
  vyre_image_desc image = {sizeof image, VYRE_ABI_VERSION, VYRE_IMAGE_PTX, 75, "ptx", 4};
  vyre_module_desc module = {sizeof module, VYRE_ABI_VERSION, "m", &image, 1, nullptr};
  vyre_buffer_desc buffer = {sizeof buffer, VYRE_ABI_VERSION, 3, 0, 1, 4, 3, 0};
  void *state = nullptr;
  vyre_kernel_desc record = {sizeof record, VYRE_ABI_VERSION, "all", &module, nullptr, 0, 44,
                             &state,        &buffer,          1,     0};
  explicit Kernel(uint32_t flags = 0) {
    fake().kernels["all"] = addToAll;
    record.flags = flags;
  }
  Kernel(const Kernel &) = delete;
};

/// A recorded graph of one launch, of as many blocks as asked for.
struct Site {
  vyre_graph_desc record = {sizeof record, VYRE_ABI_VERSION, "site.mlir:4:2", 1, 0,
                            nullptr,       nullptr};
  Kernel &kernel;
  explicit Site(Kernel &kernel) : kernel(kernel) {}

  vyre_status replay(int32_t *data, int64_t size, int32_t value, int64_t blocks = 1) {
    Arguments args = {data, data, 0, size, 1, value, 0};
    vyre_launch_desc launch = {sizeof launch, VYRE_ABI_VERSION,  blocks, 1, 1, 1, 1, 1, 0,
                               &args,         "launch.mlir:1:1", 0};
    vyreGraphBegin(&record, nullptr);
    vyreGraphNode(&record, 0, &kernel.record, &launch);
    vyre_status status = vyreGraphSubmit(&record, nullptr);
    return status == VYRE_OK ? vyreStreamSync(nullptr) : status;
  }
};

int32_t *allocate(int64_t count) {
  auto *data = static_cast<int32_t *>(vyreAlloc(count * 4, VYRE_MEMORY_DEVICE, nullptr));
  std::fill_n(data, count, 0);
  return data;
}

std::string statistics() {
  std::string text(vyreRtStatsJson(nullptr, 0) + 64, '\0');
  vyreRtStatsJson(&text[0], text.size());
  return text;
}

uint64_t statistic(const std::string &name) {
  std::string text = statistics();
  size_t at = text.find("\"" + name + "\":");
  return at == std::string::npos ? UINT64_MAX : std::stoull(text.substr(at + name.size() + 3));
}

// A changed pointer and value update; nothing is instantiated again.
TEST(CudaRecording, ChangedPointerUpdates) {
  Kernel kernel;
  Site site(kernel);
  int32_t *a = allocate(4), *b = allocate(4);
  uint64_t before = statistic("graph_updates");
  EXPECT_EQ(site.replay(a, 4, 1), VYRE_OK);
  long instantiated = calls("cuGraphInstantiateWithFlags");
  EXPECT_EQ(site.replay(b, 4, 10), VYRE_OK);
  EXPECT_EQ(site.replay(b, 4, 10), VYRE_OK);
  EXPECT_EQ(site.replay(a, 4, 100), VYRE_OK);
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags"), instantiated);
  EXPECT_EQ(statistic("graph_updates") - before, 2u);
  EXPECT_EQ(a[3], 101);
  EXPECT_EQ(b[3], 20);
}

// Where the driver cannot instantiate, the nodes run one by one, the reason is told,
// and the next replay tries again. Every call that building needs can be the one.
TEST(CudaRecording, RefusedRecordingRunsPlainly) {
  for (const char *call :
       {"cuGraphCreate", "cuGraphAddKernelNode", "cuGraphInstantiateWithFlags"}) {
    Kernel kernel;
    Site site(kernel);
    std::string place = "refused.mlir:" + std::string(call);
    site.record.location = place.c_str();
    int32_t *data = allocate(4);
    uint64_t refused = statistic("graph_refusals"), launched = statistic("kernel_launches");
    {
      Failing failing((std::string(call) + ":2").c_str()); // out of memory
      EXPECT_EQ(site.replay(data, 4, 1), VYRE_OK);
      EXPECT_EQ(site.replay(data, 4, 1), VYRE_OK);
    }
    EXPECT_EQ(data[0], 2) << call;
    EXPECT_EQ(statistic("graph_refusals") - refused, 2u);
    EXPECT_EQ(statistic("kernel_launches") - launched, 2u);
    std::string text = statistics();
    EXPECT_NE(text.find(place + ": recording refused, its nodes run one by one"), std::string::npos)
        << text;
    EXPECT_NE(text.find(call), std::string::npos) << text;
    EXPECT_EQ(site.replay(data, 4, 1), VYRE_OK);
    EXPECT_EQ(data[0], 3);
    EXPECT_EQ(statistic("kernel_launches") - launched, 2u) << call << ": it is recorded now";
  }
}

// What no driver can record is not tried again.
TEST(CudaRecording, ImpossibleRecordingIsTriedOnce) {
  Kernel kernel;
  kernel.record.flags = VYRE_KERNEL_COOPERATIVE; // never a node
  Site site(kernel);
  int32_t *data = allocate(4);
  uint64_t refused = statistic("graph_refusals"), tried = statistic("graph_instantiations");
  EXPECT_EQ(site.replay(data, 4, 1), VYRE_OK);
  EXPECT_EQ(site.replay(data, 4, 1), VYRE_OK);
  EXPECT_EQ(statistic("graph_refusals") - refused, 1u);
  EXPECT_EQ(statistic("graph_instantiations") - tried, 1u);
  EXPECT_EQ(data[0], 2);
}

// A recording whose update the driver refuses, and which cannot be made anew, is dropped
// alone: that of another shape is replayed as before.
TEST(CudaRecording, BadRecordingIsDroppedAlone) {
  Kernel kernel;
  Site site(kernel);
  int32_t *data = allocate(4), *other = allocate(4);
  EXPECT_EQ(site.replay(data, 4, 1, 1), VYRE_OK);
  EXPECT_EQ(site.replay(data, 4, 1, 2), VYRE_OK);
  fake().refuseUpdates = true;
  {
    Failing failing("cuGraphInstantiateWithFlags:2");
    EXPECT_EQ(site.replay(other, 4, 5, 2), VYRE_OK);
  }
  fake().refuseUpdates = false;
  EXPECT_EQ(other[0], 5);
  EXPECT_EQ(data[0], 2);
  uint64_t recorded = statistic("graph_instantiations");
  EXPECT_EQ(site.replay(data, 4, 1, 1), VYRE_OK);
  EXPECT_EQ(statistic("graph_instantiations"), recorded);
  EXPECT_EQ(site.replay(other, 4, 5, 2), VYRE_OK);
  EXPECT_EQ(statistic("graph_instantiations"), recorded + 1);
  EXPECT_EQ(data[0], 3);
  EXPECT_EQ(other[0], 10);
}

/// Replays twice with a driver that takes updates and does nothing, and ends the process.
void replayStale(uint32_t flags) {
  setenv("VYRE_VERIFY", "1", 1);
  vyreExitOnFailure();
  Kernel kernel(flags);
  Site site(kernel);
  int32_t *data = allocate(4);
  (void)site.replay(data, 4, 0x100);
  (void)site.replay(data, 4, 0x300);
  fake().ignoreUpdates = true;
  (void)site.replay(data + 1, 3, 0x500);
  (void)vyreStreamSync(nullptr);
  std::string text = statistics();
  std::fprintf(stderr, "%d %d %s", data[0], data[1], text.c_str());
  std::_Exit(0);
}

// VYRE_VERIFY=1 finds a replay with old arguments: where, in which buffer, which byte.
TEST(CudaRecordingDeathTest, VerifyFindsStaleReplay) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(replayStale(0), testing::ExitedWithCode(113),
              "vyre: VYRE_VERIFY: the replay of the graph at site.mlir:4:2 differs from plain "
              "launches: byte 1 of operand 3 of node 0, kernel 'all' at launch.mlir:1:1 is "
              "0x07, not 0x09");
}

// What cannot be compared is not, and the reports say why.
TEST(CudaRecordingDeathTest, VerifySaysWhatItLeavesOut) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(replayStale(VYRE_KERNEL_UNKNOWN_EFFECTS), testing::ExitedWithCode(0),
              "site.mlir:4:2: replays are not verified: kernel 'all' may write memory that no "
              "argument names");
  EXPECT_EXIT(replayStale(VYRE_KERNEL_ORDER_DEPENDENT), testing::ExitedWithCode(0),
              "kernel 'all' depends on the order of its threads");
}

} // namespace
