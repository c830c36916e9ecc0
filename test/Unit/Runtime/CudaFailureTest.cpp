// Every driver call fails once: each failure is reported with the call's name,
// or the call is one whose failure harms nobody. Nothing crashes or leaks.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaFixture.h"

#include <set>

using namespace vyre::rt;
using namespace vyre::rt::cuda;

namespace {

const char *const driverCalls[] = {
#define VYRE_CU(name, version, parameters) #name,
#define VYRE_CU_OPTIONAL(name, version, parameters) #name,
#include "CUDA/Driver.def"
#undef VYRE_CU
#undef VYRE_CU_OPTIONAL
};

/// Calls that only end things, describe errors, tune, or have a second way.
const std::set<std::string> harmless = {"cuGetErrorName",
                                        "cuGetErrorString",
                                        "cuDevicePrimaryCtxRelease",
                                        "cuCtxPopCurrent",
                                        "cuStreamDestroy",
                                        "cuEventDestroy",
                                        "cuModuleUnload",
                                        "cuGraphDestroy",
                                        "cuGraphExecDestroy",
                                        "cuMemFreeHost",
                                        "cuMemUnmap",
                                        "cuMemAddressFree",
                                        "cuDeviceGetDefaultMemPool",
                                        "cuMemPoolSetAttribute",
                                        "cuGraphExecKernelNodeSetParams",
                                        "cuGraphExecMemcpyNodeSetParams",
                                        "cuGraphExecMemsetNodeSetParams"};
/// Not needed unless VYRE_TIMEOUT_MS is set, a context is adopted, or by anyone
/// but tools that ask for it.
const std::set<std::string> unusedHere = {"cuStreamQuery", "cuEventQuery", "cuDriverGetVersion"};

/// Called only when something else failed.
const std::set<std::string> describing = {"cuGetErrorName", "cuGetErrorString"};

/// Uses all that a device can do; collects the messages of all failures.
class Tour {
public:
  explicit Tour(const Driver &driver) : driver(driver) {}

  std::vector<std::string> messages;

  void run() {
    Driver fresh;
    note(Driver::load(VYRE_FAKE_CUDA, fresh));
    int devices = 0;
    note(driver.check(driver.cuDeviceGetCount(&devices), "cuDeviceGetCount"));
    std::unique_ptr<Device> device;
    note(CudaDevice::open(driver, 0, device));
    if (!device)
      return;
    note(device->createStream(stream));
    if (stream)
      use(*device);
    stream.reset();
    adopt(*device);
    device.reset();
    fake().memoryPools = 0;
    if (CudaDevice::open(driver, 0, device).ok() && device->createStream(stream).ok()) {
      memory(*device, VYRE_MEMORY_DEVICE);
      device->destroyStream(*stream);
    }
    device.reset();
    stream.reset();
  }

private:
  bool note(const Status &status) {
    if (!status.ok())
      messages.push_back(status.message());
    return status.ok();
  }

  void memory(Device &device, uint32_t kind) {
    void *data = nullptr;
    if (!note(device.allocate(data, 64, kind, *stream)))
      return;
    for (uint32_t width : {1, 2, 4, 8})
      note(device.fill(data, 0x100000002, width, 4, *stream));
    int64_t sizes[] = {2, 2}, wide[] = {4, 1}, narrow[] = {2, 1};
    note(device.copyStrided({data, narrow, host + 8, wide, sizes, 2, 4}, *stream));
    note(device.copy(host, data, 16, *stream));
    note(device.free(data, *stream));
  }

  void use(Device &device) {
    TestKernel kernel("k", [](const FakeLaunch &) {}, 8);
    uint64_t slot = 0;
    vyre_launch_desc launch = launchOf(1, 32, &slot);
    launch.dynamic_shared_bytes = 64 << 10;
    memory(device, VYRE_MEMORY_DEVICE);
    memory(device, VYRE_MEMORY_SHARED);
    memory(device, VYRE_MEMORY_MIRRORED);
    note(device.registerHost(host, sizeof(host)));
    note(device.unregisterHost(host));
    void *image = nullptr;
    note(device.present(image, host, 0, 32, 3, *stream));
    note(device.launch(kernel.desc, launch, *stream));
    note(device.hostAccess(*stream));
    note(device.launchPersistent(kernel.desc, launch, *stream));
    Event *event = nullptr;
    if (note(device.createEvent(event))) {
      note(device.recordEvent(*event, *stream));
      note(device.waitEvent(*stream, *event));
      note(device.syncEvent(*event));
      device.destroyEvent(event);
    }
    GraphSpec spec;
    GraphNode node;
    node.kernel = &kernel.desc;
    node.launch = launch;
    node.args.assign(8, 0);
    GraphNode copy, fill;
    copy.kind = NodeKind::Copy;
    copy.dst = host;
    copy.src = host + 8;
    copy.bytes = 32;
    fill.kind = NodeKind::Fill;
    fill.dst = host;
    fill.bytes = fill.elementBytes = 4;
    spec.nodes = {node, node, copy, fill};
    spec.nodes[1].empty = true;
    spec.edges = {{0, 1}, {2, 3}};
    std::unique_ptr<GraphExec> exec;
    if (note(device.instantiate(spec, *stream, exec))) {
      note(device.update(*exec, 0, node, *stream));
      note(device.update(*exec, 2, copy, *stream));
      note(device.update(*exec, 3, fill, *stream));
      note(device.replay(*exec, *stream));
    }
    exec.reset();
    DeviceCosts costs;
    note(device.measure(costs));
    note(device.sync(*stream));
    device.destroyStream(*stream);
  }

  void adopt(Device &) {
    std::unique_ptr<Device> other;
    static char context;
    if (note(CudaDevice::open(driver, 0, other)))
      note(other->adoptContext(&context));
  }

  const Driver &driver;
  StreamRef stream;
  int32_t host[32] = {};
};

class CudaFailureTest : public testing::TestWithParam<const char *> {
protected:
  void SetUp() override {
    fake() = FakeCuda();
    unsetenv("FAKE_CUDA_FAIL");
    ASSERT_TRUE(Driver::load(VYRE_FAKE_CUDA, driver).ok());
  }
  Driver driver;
};

// Without a planted failure everything succeeds, and every call is reached.
TEST_F(CudaFailureTest, TourReachesEveryCall) {
  Tour tour(driver);
  tour.run();
  for (const std::string &message : tour.messages)
    ADD_FAILURE() << message;
  for (const char *call : driverCalls)
    EXPECT_EQ(calls(call) > 0, !unusedHere.count(call) && !describing.count(call)) << call;
}

TEST_P(CudaFailureTest, FailureIsReported) {
  std::string call = GetParam();
  Failing failing(call);
  Tour tour(driver);
  tour.run();
  if (harmless.count(call) || unusedHere.count(call))
    return;
  bool named = false;
  for (const std::string &message : tour.messages)
    named |= message.find(call + " failed") != std::string::npos;
  EXPECT_TRUE(named) << call << ": " << (tour.messages.empty() ? "silent" : tour.messages[0]);
}

INSTANTIATE_TEST_SUITE_P(EveryCall, CudaFailureTest, testing::ValuesIn(driverCalls),
                         [](const auto &info) { return std::string(info.param); });

} // namespace
