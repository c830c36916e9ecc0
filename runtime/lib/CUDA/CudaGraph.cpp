// Recorded graphs: nodes built one by one with explicit edges, updated in
// place, and instantiated again where an update is not possible.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "CudaGraph.h"

#include "LaunchArgs.h"
#include "Support/ArgsByPointer.h"

#include <cstring>

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

static CUDA_MEMCPY3D copyParams(const GraphNode &node) {
  CUDA_MEMCPY3D params;
  std::memset(&params, 0, sizeof(params));
  params.dst.memoryType = params.src.memoryType = CU_MEMORYTYPE_UNIFIED;
  params.dst.device = address(node.dst);
  params.src.device = address(node.src);
  params.dst.pitch = params.src.pitch = params.widthInBytes = node.bytes;
  params.dst.height = params.src.height = params.height = params.depth = 1;
  return params;
}

/// The driver fills 32 bits at most: eight bytes are two words, which are one row of
/// equal ones or a column each.
static bool hasTwoColumns(const GraphNode &node) {
  return node.elementBytes == 8 &&
         static_cast<uint32_t>(node.value) != static_cast<uint32_t>(node.value >> 32);
}

static CUDA_MEMSET_NODE_PARAMS fillParams(const GraphNode &node) {
  bool isWide = node.elementBytes == 8;
  return {address(node.dst),
          0,
          static_cast<unsigned>(node.value),
          isWide ? 4 : node.elementBytes,
          isWide ? node.bytes * 2 : node.bytes,
          1};
}

static CUDA_MEMSET_NODE_PARAMS columnParams(const GraphNode &node, bool isHigh) {
  uint64_t value = isHigh ? node.value >> 32 : node.value;
  return {address(node.dst) + (isHigh ? 4 : 0), 8, static_cast<unsigned>(value), 4, 1, node.bytes};
}

/// Adds a fill after `before`.
Status CudaDevice::addFill(CudaGraph &recording, uint32_t index, std::vector<CUgraphNode> &before) {
  const GraphNode &node = recording.nodes[index];
  std::string doing = "for node " + std::to_string(index) + " of a graph";
  CUDA_MEMSET_NODE_PARAMS params = fillParams(node);
  if (hasTwoColumns(node)) {
    CUgraphNode low = nullptr;
    params = columnParams(node, false);
    VYRE_CU_TRY(cuGraphAddMemsetNode,
                (&low, recording.graph, before.data(), before.size(), &params, context.load()),
                doing);
    before = {low};
    params = columnParams(node, true);
  }
  VYRE_CU_TRY(cuGraphAddMemsetNode,
              (&recording.handles[index], recording.graph, before.data(), before.size(), &params,
               context.load()),
              doing);
  return {};
}

/// Adds node `index` after `before`.
Status CudaDevice::addGraphNode(CudaGraph &recording, uint32_t index,
                                std::vector<CUgraphNode> &before) {
  const GraphNode &node = recording.nodes[index];
  CUgraphNode *handle = &recording.handles[index];
  std::string doing = "for node " + std::to_string(index) + " of a graph";
  if (node.empty) {
    VYRE_CU_TRY(cuGraphAddEmptyNode, (handle, recording.graph, before.data(), before.size()),
                doing);
    return {};
  }
  if (node.kind == NodeKind::Fill)
    return addFill(recording, index, before);
  if (node.kind == NodeKind::Copy) {
    CUDA_MEMCPY3D params = copyParams(node);
    recording.directions[index] = directionOf(node.dst, node.src);
    VYRE_CU_TRY(cuGraphAddMemcpyNode,
                (handle, recording.graph, before.data(), before.size(), &params, context.load()),
                doing);
    return {};
  }
  CUDA_KERNEL_NODE_PARAMS params;
  Status status = nodeParams(node, params);
  if (!status.ok())
    return status;
  LaunchArgs args(node.args.data(), node.args.size());
  params.extra = args.extra();
  VYRE_CU_TRY(cuGraphAddKernelNode,
              (handle, recording.graph, before.data(), before.size(), &params), doing);
  return {};
}

/// Builds and instantiates what `recording` describes, replacing what it had.
Status CudaDevice::buildGraph(CudaGraph &recording) {
  recording.discard();
  VYRE_CU_TRY(cuGraphCreate, (&recording.graph, 0), "on " + name());
  size_t count = recording.nodes.size();
  recording.handles.assign(count, nullptr);
  recording.directions.assign(count, CopyDirection::Within);
  std::vector<std::vector<uint32_t>> sources(count);
  for (auto [from, to] : recording.edges)
    sources[to].push_back(from);
  std::vector<CUgraphNode> before;
  for (size_t i = 0; i < count; ++i) {
    before.clear();
    for (uint32_t from : sources[i])
      before.push_back(recording.handles[from]);
    Status status = addGraphNode(recording, i, before);
    if (!status.ok())
      return status;
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

/// Hands the driver a node's new parameters. False if it does not take them: another
/// context, another kind of kernel or of memory, or an older driver.
bool CudaDevice::updateNode(CudaGraph &recording, uint32_t index) {
  const GraphNode &node = recording.nodes[index];
  CUgraphNode handle = recording.handles[index];
  if (node.kind == NodeKind::Copy) {
    CUDA_MEMCPY3D params = copyParams(node);
    recording.directions[index] = directionOf(node.dst, node.src);
    return api.cuGraphExecMemcpyNodeSetParams &&
           api.cuGraphExecMemcpyNodeSetParams(recording.exec, handle, &params, context.load()) ==
               CUDA_SUCCESS;
  }
  CUDA_MEMSET_NODE_PARAMS params = fillParams(node);
  return api.cuGraphExecMemsetNodeSetParams &&
         api.cuGraphExecMemsetNodeSetParams(recording.exec, handle, &params, context.load()) ==
             CUDA_SUCCESS;
}

Status CudaDevice::update(GraphExec &exec, uint32_t index, const GraphNode &value, Stream &) {
  auto &recording = static_cast<CudaGraph &>(exec);
  if (index >= recording.nodes.size())
    return {VYRE_INVALID_ARGUMENT, "a graph's node is updated that it does not have"};
  VYRE_CU_ENTER(*this);
  GraphNode &node = recording.nodes[index];
  bool isSameKind = node.empty == value.empty && node.kind == value.kind;
  bool hadColumns = hasTwoColumns(node);
  node = value;
  // From here on the recording is current only if the update goes through:
  // a failed one never leads to a replay with old values.
  if (recording.stale || (isSameKind && node.empty))
    return {};
  recording.stale = true;
  if (!isSameKind)
    return {};
  // A refused update is no error: replay() instantiates again, and that reports
  // what is really wrong.
  if (node.kind != NodeKind::Kernel) {
    if (!hadColumns && !hasTwoColumns(node))
      recording.stale = !updateNode(recording, index);
    return {};
  }
  CUDA_KERNEL_NODE_PARAMS params;
  Status status = nodeParams(node, params);
  if (!status.ok())
    return status;
  LaunchArgs args(node.args.data(), node.args.size());
  params.extra = args.extra();
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
  for (size_t i = 0; i < recording.nodes.size(); ++i) {
    const GraphNode &node = recording.nodes[i];
    if (node.kind != NodeKind::Copy || node.empty)
      continue;
    Status status = settlePresentTable(node.dst, node.src, node.bytes, stream);
    if (!status.ok())
      return status;
    countCopy(recording.directions[i], node.bytes);
  }
  recording.lastStream = stream.shared_from_this();
  stream.submitted();
  return api.check(api.cuGraphLaunch(recording.exec, stream.native), "cuGraphLaunch",
                   "on " + name());
}

/// The images that the nodes' arguments name are in use until the last one is launched.
Status CudaDevice::runNodes(const std::vector<GraphNode> &nodes, Stream &generic) {
  struct Together {
    CudaDevice &device;
    CudaStream &stream;
    ~Together() {
      stream.inNodes = false;
      device.finishPresent(stream);
    }
  } together{*this, of(generic)};
  together.stream.inNodes = true;
  return Device::runNodes(nodes, generic);
}

} // namespace vyre::rt::cuda
