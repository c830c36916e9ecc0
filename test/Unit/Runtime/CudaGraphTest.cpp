// Recorded graphs on the CUDA device, over the fake driver.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaFixture.h"

using namespace vyre::rt;
using namespace vyre::rt::cuda;

namespace {

class CudaGraphTest : public CudaTest {
protected:
  GraphNode node(int32_t value, bool empty = false) {
    AddArgs args = {data, 4, value};
    GraphNode made;
    made.kernel = &kernel->desc;
    made.args.resize(sizeof(args));
    std::memcpy(made.args.data(), &args, sizeof(args));
    made.launch = launchOf(empty ? 0 : 1, 1, nullptr);
    made.empty = empty;
    return made;
  }
  void SetUp() override {
    CudaTest::SetUp();
    kernel = std::make_unique<TestKernel>("add", addKernel, sizeof(AddArgs));
    data = allocate<int32_t>(4);
    GraphSpec spec;
    spec.nodes = {node(1), node(10), node(100)};
    spec.edges = {{0, 1}, {0, 2}, {1, 2}};
    ASSERT_TRUE(device->instantiate(spec, *stream, exec).ok());
  }
  void TearDown() override {
    exec.reset();
    CudaTest::TearDown();
  }
  int32_t replayed() {
    std::fill_n(data, 4, 0);
    EXPECT_OK(device->replay(*exec, *stream));
    EXPECT_OK(device->sync(*stream));
    return data[3];
  }
  std::unique_ptr<TestKernel> kernel;
  int32_t *data = nullptr;
  std::unique_ptr<GraphExec> exec;
};

// Replays run every node with its own arguments; updates change one.
TEST_F(CudaGraphTest, ReplayAndUpdate) {
  EXPECT_EQ(replayed(), 111);
  EXPECT_OK(device->update(*exec, 1, node(20), *stream));
  EXPECT_EQ(replayed(), 121);
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags"), 1);
}

// An update that the driver refuses instantiates again: never a stale replay.
TEST_F(CudaGraphTest, RefusedUpdateInstantiatesAgain) {
  {
    Failing failing("cuGraphExecKernelNodeSetParams");
    EXPECT_OK(device->update(*exec, 0, node(7), *stream));
  }
  EXPECT_OK(device->update(*exec, 2, node(300), *stream));
  EXPECT_EQ(replayed(), 317);
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags"), 2);
  EXPECT_EQ(replayed(), 317);
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags"), 2);
}

// A node whose grid becomes zero keeps its edges and does nothing, and back.
TEST_F(CudaGraphTest, NodesBecomeEmptyAndBack) {
  EXPECT_OK(device->update(*exec, 1, node(0, true), *stream));
  EXPECT_EQ(replayed(), 101);
  EXPECT_OK(device->update(*exec, 1, node(0, true), *stream));
  EXPECT_OK(device->update(*exec, 1, node(30), *stream));
  EXPECT_EQ(replayed(), 131);
}

// A failed instantiation is reported by each replay until it succeeds.
TEST_F(CudaGraphTest, FailedInstantiationIsNotForgotten) {
  EXPECT_OK(device->update(*exec, 1, node(0, true), *stream));
  {
    Failing failing("cuGraphInstantiateWithFlags:2");
    EXPECT_EQ(device->replay(*exec, *stream).code(), VYRE_OUT_OF_MEMORY);
    EXPECT_EQ(device->replay(*exec, *stream).code(), VYRE_OUT_OF_MEMORY);
  }
  EXPECT_EQ(replayed(), 101);
}

// Copies and fills are nodes, of every element size; their updates need no new
// recording, but where eight bytes stop being twice the same four.
TEST_F(CudaGraphTest, CopiesAndFills) {
  auto *bytes = allocate<uint64_t>(8);
  auto *copied = allocate<uint64_t>(8);
  GraphNode fill, copy;
  fill.kind = NodeKind::Fill;
  fill.dst = bytes;
  copy.kind = NodeKind::Copy;
  copy.dst = copied;
  copy.src = bytes;
  copy.bytes = 64;
  GraphSpec spec;
  spec.nodes = {fill, copy};
  spec.edges = {{0, 1}};
  const uint64_t value = 0x1122334455667788, twice = 0x5566778855667788;
  const struct {
    uint32_t size;
    uint64_t value, expected;
  } cases[] = {{1, value, 0x8888888888888888},
               {2, value, 0x7788778877887788},
               {4, value, twice},
               {8, twice, twice},
               {8, value, value}};
  for (auto [size, filled, expected] : cases) {
    spec.nodes[0].elementBytes = size;
    spec.nodes[0].bytes = 64 / size;
    spec.nodes[0].value = filled;
    std::unique_ptr<GraphExec> made;
    EXPECT_OK(device->instantiate(spec, *stream, made));
    std::fill_n(copied, 8, 0);
    EXPECT_OK(device->replay(*made, *stream));
    EXPECT_EQ(copied[0], expected);
    EXPECT_EQ(copied[7], expected);
    long instantiated = calls("cuGraphInstantiateWithFlags");
    GraphNode other = spec.nodes[0];
    other.value = 0;
    EXPECT_OK(device->update(*made, 0, other, *stream));
    copy.dst = bytes;
    copy.src = copied;
    EXPECT_OK(device->update(*made, 1, copy, *stream));
    std::fill_n(copied, 8, 7);
    EXPECT_OK(device->replay(*made, *stream));
    EXPECT_EQ(bytes[0], 7u);
    EXPECT_EQ(bytes[7], 7u);
    EXPECT_EQ(calls("cuGraphInstantiateWithFlags") - instantiated, filled == value && size == 8);
  }
}

// Refused updates of copies and fills record anew, so that nothing stale is replayed.
TEST_F(CudaGraphTest, RefusedUpdatesOfCopiesAndFills) {
  auto *from = allocate<uint32_t>(2);
  auto *to = allocate<uint32_t>(2);
  GraphNode fill, copy;
  fill.kind = NodeKind::Fill;
  fill.dst = from;
  fill.elementBytes = 4;
  fill.bytes = 1;
  copy.kind = NodeKind::Copy;
  copy.dst = to;
  copy.src = from;
  copy.bytes = 4;
  GraphSpec spec;
  spec.nodes = {fill, copy};
  spec.edges = {{0, 1}};
  std::unique_ptr<GraphExec> made;
  EXPECT_OK(device->instantiate(spec, *stream, made));
  fill.value = 5;
  copy.dst = to + 1;
  {
    Failing failing("cuGraphExecMemsetNodeSetParams");
    EXPECT_OK(device->update(*made, 0, fill, *stream));
    EXPECT_OK(device->update(*made, 1, copy, *stream));
  }
  std::fill_n(to, 2, 9);
  EXPECT_OK(device->replay(*made, *stream));
  EXPECT_EQ(to[0], 9u);
  EXPECT_EQ(to[1], 5u);
  fill.value = 6;
  copy.dst = to;
  {
    Failing failing("cuGraphExecMemcpyNodeSetParams");
    EXPECT_OK(device->update(*made, 0, fill, *stream));
    EXPECT_OK(device->update(*made, 1, copy, *stream));
  }
  EXPECT_OK(device->replay(*made, *stream));
  EXPECT_EQ(to[0], 6u);
}

// What a graph cannot hold, and records that make no sense.
TEST_F(CudaGraphTest, Refusals) {
  GraphSpec spec;
  spec.nodes = {node(1), node(2)};
  spec.edges = {{1, 1}};
  std::unique_ptr<GraphExec> none;
  EXPECT_EQ(device->instantiate(spec, *stream, none).code(), VYRE_INVALID_ARGUMENT);
  EXPECT_EQ(device->update(*exec, 3, node(1), *stream).code(), VYRE_INVALID_ARGUMENT);
  TestKernel barrier("barrier", addKernel, sizeof(AddArgs), VYRE_KERNEL_COOPERATIVE);
  spec.edges.clear();
  spec.nodes[0].kernel = &barrier.desc;
  EXPECT_EQ(device->instantiate(spec, *stream, none).code(), VYRE_UNAVAILABLE);
}

} // namespace
