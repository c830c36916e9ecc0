// Host memory of unknown origin on the CUDA device, over the fake driver.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaFixture.h"

#include <functional>
#include <future>

using namespace vyre::rt;
using namespace vyre::rt::cuda;

namespace {

class CudaPresentTest : public CudaTest {
protected:
  int32_t *present(int32_t *host, int64_t low, int64_t high, uint32_t access) {
    void *image = nullptr;
    EXPECT_OK(device->present(image, host, low * 4, high * 4, access, *stream));
    return static_cast<int32_t *>(image);
  }
  void add(int32_t *data, int64_t count, int32_t value) {
    static TestKernel kernel("add", addKernel, sizeof(AddArgs));
    fake().kernels["add"] = addKernel;
    AddArgs args = {data, count, value};
    EXPECT_OK(device->launch(kernel.desc, launchOf(1, 1, &args), *stream));
  }
};

// Two views that overlap are handed to one kernel launch: both name one image,
// whichever comes first, and the bytes come back once.
TEST_F(CudaPresentTest, OverlappingViewsShareOneImage) {
  std::vector<int32_t> host(100);
  for (int i = 0; i < 100; ++i)
    host[i] = i;
  int32_t *a = present(host.data(), 20, 60, 3);
  int32_t *b = present(host.data() + 50, -40, 50, 3);
  EXPECT_EQ(b - a, 50);
  EXPECT_NE(a, host.data());
  add(a + 20, 40, 1000);
  add(b - 40, 90, 5);
  EXPECT_EQ(host[30], 30) << "the host sees it only after it asked";
  EXPECT_OK(device->hostAccess(*stream));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(host[i], i + (i >= 20 && i < 60 ? 1000 : 0) + (i >= 10 ? 5 : 0)) << i;
}

// Nothing is copied again between launches, and what the host wrote after its
// access is seen by the next kernel.
TEST_F(CudaPresentTest, CopiesOncePerHostAccess) {
  std::vector<int32_t> host(64, 1);
  int32_t *image = present(host.data(), 0, 64, 3);
  long copies = calls("cuMemcpyAsync");
  add(image, 64, 1);
  EXPECT_EQ(present(host.data(), 0, 64, 3), image);
  add(image, 64, 1);
  EXPECT_EQ(calls("cuMemcpyAsync"), copies);
  EXPECT_OK(device->hostAccess(*stream));
  EXPECT_EQ(host[63], 3);
  host[0] = 100;
  EXPECT_EQ(present(host.data(), 0, 64, 3), image);
  add(image, 64, 1);
  EXPECT_OK(device->hostAccess(*stream));
  EXPECT_EQ(host[0], 101);
  EXPECT_EQ(host[1], 4);
}

// What kernels only read is not copied back.
TEST_F(CudaPresentTest, ReadOnlyRangesStay) {
  std::vector<int32_t> host(16, 1);
  present(host.data(), 0, 16, 1);
  long copies = calls("cuMemcpyAsync");
  EXPECT_OK(device->hostAccess(*stream));
  EXPECT_EQ(calls("cuMemcpyAsync"), copies);
}

// Device, shared and registered memory need no image; an empty range neither.
TEST_F(CudaPresentTest, OtherMemoryPassesThrough) {
  auto *onDevice = allocate<int32_t>(8);
  auto *shared = allocate<int32_t>(8, VYRE_MEMORY_SHARED);
  std::vector<int32_t> registered(8), empty(1);
  EXPECT_OK(device->registerHost(registered.data(), 32));
  EXPECT_EQ(present(onDevice, 0, 8, 3), onDevice);
  EXPECT_EQ(present(shared, 0, 8, 3), shared);
  EXPECT_EQ(present(registered.data(), 0, 8, 3), registered.data());
  EXPECT_EQ(present(empty.data(), 0, 0, 3), empty.data());
  EXPECT_EQ(calls("cuMemCreate"), 0);
  EXPECT_OK(device->unregisterHost(registered.data()));
}

// A copy that names the host range sees what kernels wrote, and kernels see
// what such a copy wrote.
TEST_F(CudaPresentTest, CopiesSettleTheTable) {
  std::vector<int32_t> host(8, 1), other(8, 0), source(8, 50);
  int32_t *image = present(host.data(), 0, 8, 3);
  add(image, 8, 9);
  EXPECT_OK(device->copy(other.data(), host.data(), 32, *stream));
  EXPECT_EQ(other[7], 10);
  present(host.data(), 0, 8, 3);
  EXPECT_OK(device->copy(host.data(), source.data(), 32, *stream));
  add(present(host.data(), 0, 8, 3), 8, 1);
  EXPECT_OK(device->hostAccess(*stream));
  EXPECT_EQ(host[0], 51);
}

// A copy that is a node of a recorded graph does the same, in each replay.
TEST_F(CudaPresentTest, GraphCopiesSettleTheTable) {
  std::vector<int32_t> host(8, 1), other(8, 0);
  GraphNode copy;
  copy.kind = NodeKind::Copy;
  copy.dst = other.data();
  copy.src = host.data();
  copy.bytes = 32;
  GraphSpec spec;
  spec.nodes = {copy};
  std::unique_ptr<GraphExec> exec;
  EXPECT_OK(device->instantiate(spec, *stream, exec));
  for (int32_t expected : {10, 19}) {
    add(present(host.data(), 0, 8, 3), 8, 9);
    EXPECT_OK(device->replay(*exec, *stream));
    EXPECT_EQ(other[7], expected);
  }
}

std::function<void()> whileRunning;

// Nodes that run one by one were given their images together: host access by another
// thread between two of them takes none away.
TEST_F(CudaPresentTest, NodesKeepTheirImages) {
  std::vector<int32_t> host(8, 1);
  StreamRef other;
  EXPECT_OK(device->createStream(other));
  TestKernel adding("add", addKernel, sizeof(AddArgs));
  TestKernel peeking("peek", [](const FakeLaunch &) { whileRunning(); }, 0);
  whileRunning = [&] { EXPECT_OK(device->hostAccess(*other)); };
  AddArgs args = {present(host.data(), 0, 8, 3), 8, 5};
  GraphNode node, peek;
  node.kernel = &adding.desc;
  node.args.resize(sizeof args);
  std::memcpy(node.args.data(), &args, sizeof args);
  node.launch = launchOf(1, 1, node.args.data());
  peek.kernel = &peeking.desc;
  peek.launch = launchOf(1, 1, nullptr);
  std::vector<GraphNode> nodes = {node, peek, node};
  for (GraphNode &each : nodes)
    each.launch.args = each.args.data();
  EXPECT_OK(device->runNodes(nodes, *stream));
  EXPECT_OK(device->hostAccess(*stream));
  EXPECT_EQ(host[0], 11);
  device->destroyStream(*other);
}

// A stream that uses what another one has just got to copy in waits for the copy,
// once; after the host had access there is a new copy to wait for.
TEST_F(CudaPresentTest, OtherStreamsWaitForTheCopy) {
  std::vector<int32_t> host(16, 1);
  StreamRef other;
  EXPECT_OK(device->createStream(other));
  auto waits = [&](Stream &user) {
    long before = calls("cuStreamWaitEvent");
    void *image = nullptr;
    EXPECT_OK(device->present(image, host.data(), 0, 64, 1, user));
    return calls("cuStreamWaitEvent") - before;
  };
  EXPECT_EQ(waits(*stream), 0);
  EXPECT_EQ(waits(*stream), 0);
  EXPECT_EQ(waits(*other), 1);
  EXPECT_EQ(waits(*other), 0);
  device->launchSkipped(*stream);
  device->launchSkipped(*other);
  EXPECT_OK(device->hostAccess(*stream));
  EXPECT_EQ(waits(*other), 0);
  EXPECT_EQ(waits(*stream), 1);
  device->destroyStream(*other);
  EXPECT_EQ(waits(*stream), 0);
}

// What could not be copied in is not copied back over the host's bytes.
TEST_F(CudaPresentTest, FailedCopyLeavesTheHostAlone) {
  std::vector<int32_t> host(16, 7);
  void *image = nullptr;
  {
    Failing failing("cuMemcpyAsync");
    EXPECT_FALSE(device->present(image, host.data(), 0, 64, 3, *stream).ok());
  }
  StreamRef other;
  EXPECT_OK(device->createStream(other));
  EXPECT_OK(device->hostAccess(*other));
  EXPECT_EQ(host[0], 7);
  EXPECT_EQ(host[15], 7);
  device->destroyStream(*other);
}

// A launch that fails asks for nothing any more: the next kernel sees what the
// host wrote after its access.
TEST_F(CudaPresentTest, FailedLaunchIsOver) {
  std::vector<int32_t> host(4, 1);
  present(host.data(), 0, 4, 3);
  TestKernel unknown("unknown", addKernel, 0);
  fake().kernels.erase("unknown");
  EXPECT_FALSE(device->launch(unknown.desc, launchOf(1, 1, nullptr), *stream).ok());
  StreamRef other;
  EXPECT_OK(device->createStream(other));
  EXPECT_OK(device->hostAccess(*other));
  host[0] = 50;
  add(present(host.data(), 0, 4, 3), 4, 1);
  EXPECT_OK(device->hostAccess(*other));
  EXPECT_EQ(host[0], 51);
  device->destroyStream(*other);
}

// While the host waits for kernels, other threads can launch the kernels that
// those may be waiting for.
TEST_F(CudaPresentTest, WaitingKeepsNobodyFromLaunching) {
  std::vector<int32_t> host(4, 1), more(4, 1);
  add(present(host.data(), 0, 4, 3), 4, 1);
  StreamRef other;
  EXPECT_OK(device->createStream(other));
  bool tried = false, launched = false;
  fake().synchronizing = [&] {
    if (tried)
      return;
    tried = true;
    auto launching = std::async(std::launch::async, [&] {
      static TestKernel kernel("add", addKernel, sizeof(AddArgs));
      void *image = nullptr;
      EXPECT_OK(device->present(image, more.data(), 0, 16, 3, *other));
      AddArgs args = {static_cast<int32_t *>(image), 4, 1};
      EXPECT_OK(device->launch(kernel.desc, launchOf(1, 1, &args), *other));
    });
    launched = launching.wait_for(std::chrono::seconds(5)) == std::future_status::ready;
    ASSERT_TRUE(launched) << "holds a lock";
  };
  EXPECT_OK(device->hostAccess(*stream));
  fake().synchronizing = nullptr;
  EXPECT_TRUE(launched);
  EXPECT_EQ(host[0], 2);
  EXPECT_OK(device->hostAccess(*stream));
  EXPECT_EQ(more[0], 2);
  device->destroyStream(*other);
}

// Without virtual memory management the call says what to do instead.
TEST_F(CudaPresentTest, UnsupportedIsSaid) {
  TearDown();
  fake().virtualMemory = 0;
  open();
  int32_t host[4];
  void *image = nullptr;
  Status status = device->present(image, host, 0, 16, 3, *stream);
  EXPECT_EQ(status.code(), VYRE_UNAVAILABLE);
  EXPECT_NE(std::string(status.message()).find("vyreHostRegister"), std::string::npos);
}

} // namespace
