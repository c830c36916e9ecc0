// Recorded graphs: nodes built one by one with explicit edges, updated in
// place, and instantiated again where an update is not possible.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaGraph.h"

#include "LaunchArgs.h"
#include "Support/ArgsByPointer.h"

namespace vyre::rt::cuda {

CudaGraph::~CudaGraph() {
  // A replay may still run: its last stream is waited for.
  if (lastStream)
    (void)device.sync(*lastStream);
  CudaDevice::Current current(device);
  discard();
  device.droppedHandle();
}

void CudaGraph::discard() {
  if (exec)
    (void)device.driver().cuGraphExecDestroy(exec);
  if (graph)
    (void)device.driver().cuGraphDestroy(graph);
  exec = nullptr;
  graph = nullptr;
  handles.clear();
}

Status CudaDevice::nodeParams(const GraphNode &node, CUDA_KERNEL_NODE_PARAMS &params) {
  if (node.kernel->flags & (VYRE_KERNEL_COOPERATIVE | kernelArgsByPointer))
    return {VYRE_UNAVAILABLE, "kernel '" +
                                  std::string(node.kernel->name ? node.kernel->name : "?") +
                                  "' cannot be a node of a recorded graph"};
  const CudaKernel *kernel = nullptr;
  Status status = checkShape(*node.kernel, node.launch);
  if (status.ok())
    status = kernels.find(*node.kernel, sm, kernel);
  if (status.ok())
    status = kernels.allowShared(*kernel, node.launch.dynamic_shared_bytes);
  if (!status.ok())
    return status;
  const vyre_launch_desc &launch = node.launch;
  params = {};
  params.func = kernel->function;
  params.gridDimX = launch.grid_x;
  params.gridDimY = launch.grid_y;
  params.gridDimZ = launch.grid_z;
  params.blockDimX = launch.block_x;
  params.blockDimY = launch.block_y;
  params.blockDimZ = launch.block_z;
  params.sharedMemBytes = launch.dynamic_shared_bytes;
  return {};
}

/// Builds and instantiates what `recording` describes, replacing what it had.
Status CudaDevice::buildGraph(CudaGraph &recording) {
  recording.discard();
  VYRE_CU_TRY(cuGraphCreate, (&recording.graph, 0), "on " + name());
  size_t count = recording.nodes.size();
  recording.handles.assign(count, nullptr);
  std::vector<std::vector<uint32_t>> sources(count);
  for (auto [from, to] : recording.edges)
    sources[to].push_back(from);
  std::vector<CUgraphNode> before;
  for (size_t i = 0; i < count; ++i) {
    before.clear();
    for (uint32_t from : sources[i])
      before.push_back(recording.handles[from]);
    const GraphNode &node = recording.nodes[i];
    std::string doing = "for node " + std::to_string(i) + " of a graph";
    if (node.empty) {
      VYRE_CU_TRY(cuGraphAddEmptyNode,
                  (&recording.handles[i], recording.graph, before.data(), before.size()), doing);
      continue;
    }
    CUDA_KERNEL_NODE_PARAMS params;
    Status status = nodeParams(node, params);
    if (!status.ok())
      return status;
    LaunchArgs args(node.args.data(), node.args.size());
    params.extra = args.extra();
    VYRE_CU_TRY(cuGraphAddKernelNode,
                (&recording.handles[i], recording.graph, before.data(), before.size(), &params),
                doing);
  }
  VYRE_CU_TRY(cuGraphInstantiateWithFlags, (&recording.exec, recording.graph, 0),
              "for a graph of " + std::to_string(count) + " nodes");
  recording.stale = false;
  return {};
}

Status CudaDevice::instantiate(const GraphSpec &spec, Stream &, std::unique_ptr<GraphExec> &exec) {
  if (!api.cuGraphInstantiateWithFlags)
    return {VYRE_UNAVAILABLE, "recorded graphs need a driver for CUDA 11.4 or newer"};
  VYRE_CU_ENTER(*this);
  for (auto [from, to] : spec.edges)
    if (from >= to || to >= spec.nodes.size())
      return {VYRE_INVALID_ARGUMENT, "a graph's edge does not lead to a later node"};
  auto made = std::make_unique<CudaGraph>(*this);
  made->nodes = spec.nodes;
  made->edges = spec.edges;
  Status status = buildGraph(*made);
  if (status.ok())
    exec = std::move(made);
  return status;
}

Status CudaDevice::update(GraphExec &exec, uint32_t index, const GraphNode &value, Stream &) {
  auto &recording = static_cast<CudaGraph &>(exec);
  if (index >= recording.nodes.size())
    return {VYRE_INVALID_ARGUMENT, "a graph's node is updated that it does not have"};
  VYRE_CU_ENTER(*this);
  GraphNode &node = recording.nodes[index];
  bool sameKind = node.empty == value.empty;
  node = value;
  // From here on the recording is current only if the update goes through:
  // a failed one never leads to a replay with old values.
  if (recording.stale || (sameKind && node.empty))
    return {};
  recording.stale = true;
  if (!sameKind)
    return {};
  CUDA_KERNEL_NODE_PARAMS params;
  Status status = nodeParams(node, params);
  if (!status.ok())
    return status;
  LaunchArgs args(node.args.data(), node.args.size());
  params.extra = args.extra();
  // A refused update (another context, another kind of kernel) is no error:
  // replay() instantiates again, and that reports what is really wrong.
  recording.stale = api.cuGraphExecKernelNodeSetParams(recording.exec, recording.handles[index],
                                                       &params) != CUDA_SUCCESS;
  return {};
}

Status CudaDevice::replay(GraphExec &exec, Stream &generic) {
  CudaStream &stream = of(generic);
  FinishPresent finish{*this, stream};
  if (stream.failed())
    return stream.failure();
  auto &recording = static_cast<CudaGraph &>(exec);
  VYRE_CU_ENTER(*this);
  if (recording.stale) {
    // The old form may still be running.
    Status status = recording.lastStream ? waitForStream(of(*recording.lastStream)) : Status();
    if (status.ok())
      status = buildGraph(recording);
    if (!status.ok()) {
      recording.stale = true;
      return status;
    }
  }
  recording.lastStream = stream.shared_from_this();
  stream.submitted();
  return api.check(api.cuGraphLaunch(recording.exec, stream.native), "cuGraphLaunch",
                   "on " + name());
}

} // namespace vyre::rt::cuda
