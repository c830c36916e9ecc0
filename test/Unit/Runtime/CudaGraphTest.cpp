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
