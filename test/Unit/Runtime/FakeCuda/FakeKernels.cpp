// Modules, launches and graphs of the fake driver: a kernel is a host function
// that runs at the launch. An image that begins with "BAD" cannot be loaded.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "FakeState.h"

#include <cstring>
#include <functional>

namespace fakecuda {

namespace {

struct Function {
  std::string name;
  int maxDynamicShared; // that a launch may ask for
};

struct Launch {
  Function *function;
  FakeLaunch shape;
  std::vector<unsigned char> bytes;
  std::function<CUresult()> memory; // of copy and fill nodes
};

Launch packLaunch(CUfunction function, const unsigned *grid, const unsigned *block, unsigned shared,
                  bool cooperative, void **params, void **extra, CUstream stream) {
  Launch made = {reinterpret_cast<Function *>(function),
                 {{grid[0], grid[1], grid[2]},
                  {block[0], block[1], block[2]},
                  shared,
                  cooperative,
                  /*early=*/false,
                  nullptr,
                  0,
                  params,
                  stream},
                 {},
                 {}};
  if (extra && extra[0] == CU_LAUNCH_PARAM_BUFFER_POINTER) {
    size_t bytes = *static_cast<size_t *>(extra[3]);
    auto *data = static_cast<unsigned char *>(extra[1]);
    made.bytes.assign(data, data + bytes);
  }
  return made;
}

CUresult run(Launch &launch) {
  if (launch.shape.sharedBytes > unsigned(launch.function->maxDynamicShared))
    return CUDA_ERROR_INVALID_VALUE;
  launch.shape.args = launch.bytes.empty() ? nullptr : launch.bytes.data();
  launch.shape.argBytes = launch.bytes.size();
  FakeKernel kernel = nullptr;
  {
    Hold hold(lock);
    auto known = state.kernels.find(launch.function->name);
    if (known != state.kernels.end())
      kernel = known->second;
  }
  if (kernel)
    kernel(launch.shape);
  return CUDA_SUCCESS;
}

struct Graph {
  std::vector<Launch *> nodes; // null: empty node
  ~Graph() {
    for (Launch *node : nodes)
      delete node;
  }
};
struct Exec {
  std::map<Launch *, Launch> nodes;
  std::vector<Launch *> order;
};

Launch copyLaunch(const CUDA_MEMCPY3D &copy) {
  Launch made = {};
  made.memory = [copy] { return cuMemcpy3DAsync(&copy, nullptr); };
  return made;
}

Launch fillLaunch(const CUDA_MEMSET_NODE_PARAMS &fill) {
  Launch made = {};
  made.memory = [fill] {
    for (size_t row = 0; row < fill.height; ++row)
      for (size_t i = 0; i < fill.width; ++i)
        std::memcpy(reinterpret_cast<char *>(fill.dst) + row * fill.pitch + i * fill.elementSize,
                    &fill.value, fill.elementSize);
    return CUDA_SUCCESS;
  };
  return made;
}

// What the driver takes: rows of one element size, with a pitch if there are several.
bool isLegal(const CUDA_MEMSET_NODE_PARAMS &fill) {
  return (fill.elementSize == 1 || fill.elementSize == 2 || fill.elementSize == 4) &&
         fill.width != 0 && fill.height != 0 &&
         (fill.height == 1 || fill.pitch >= fill.width * fill.elementSize);
}

Launch nodeLaunch(const CUDA_KERNEL_NODE_PARAMS *params) {
  return packLaunch(params->func, &params->gridDimX, &params->blockDimX, params->sharedMemBytes,
                    false, params->kernelParams, params->extra, nullptr);
}

} // namespace

CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned count, int *options,
                            void **values) {
  ENTER(cuModuleLoadDataEx);
  if (std::strncmp(static_cast<const char *>(image), "BAD", 3) == 0) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
        std::strcpy(static_cast<char *>(values[i]), "bad image log");
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  Hold hold(lock);
  ++state.imagesLoaded;
  *module = reinterpret_cast<CUmodule>(new std::vector<Function *>());
  return CUDA_SUCCESS;
}
CUresult cuModuleUnload(CUmodule module) {
  auto *functions = reinterpret_cast<std::vector<Function *> *>(module);
  for (Function *function : *functions)
    delete function;
  delete functions;
  ENTER(cuModuleUnload);
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction *function, CUmodule module, const char *name) {
  ENTER(cuModuleGetFunction);
  Hold hold(lock);
  if (!state.kernels.count(name) && std::strncmp(name, "vyre_probe", 10) != 0)
    return CUDA_ERROR_NOT_FOUND;
  auto *made = new Function{name, (48 << 10) - state.staticShared[name]};
  reinterpret_cast<std::vector<Function *> *>(module)->push_back(made);
  *function = reinterpret_cast<CUfunction>(made);
  return CUDA_SUCCESS;
}
CUresult cuFuncGetAttribute(int *value, int attribute, CUfunction function) {
  ENTER(cuFuncGetAttribute);
  *value = attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
               ? reinterpret_cast<Function *>(function)->maxDynamicShared
               : 1024;
  return CUDA_SUCCESS;
}
CUresult cuFuncSetAttribute(CUfunction function, int, int value) {
  ENTER(cuFuncSetAttribute);
  auto *known = reinterpret_cast<Function *>(function);
  if (value > (227 << 10) - state.staticShared[known->name])
    return CUDA_ERROR_INVALID_VALUE;
  known->maxDynamicShared = value;
  return CUDA_SUCCESS;
}
CUresult cuFuncLoad(CUfunction) {
  ENTER(cuFuncLoad);
  return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction function, unsigned gridX, unsigned gridY, unsigned gridZ,
                        unsigned blockX, unsigned blockY, unsigned blockZ, unsigned shared,
                        CUstream stream, void **params, void **extra) {
  ENTER(cuLaunchKernel);
  unsigned grid[] = {gridX, gridY, gridZ}, block[] = {blockX, blockY, blockZ};
  Launch launch = packLaunch(function, grid, block, shared, false, params, extra, stream);
  return run(launch);
}
CUresult cuLaunchKernelEx(const CUlaunchConfig *config, CUfunction function, void **params,
                          void **extra) {
  ENTER(cuLaunchKernelEx);
  bool cooperative = config->numAttrs == 1 &&
                     config->attrs[0].id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE &&
                     config->attrs[0].value.cooperative;
  Launch launch = packLaunch(function, &config->gridDimX, &config->blockDimX,
                             config->sharedMemBytes, cooperative, params, extra, config->hStream);
  launch.shape.early =
      config->numAttrs == 1 &&
      config->attrs[0].id == CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION &&
      config->attrs[0].value.programmaticStreamSerializationAllowed;
  if (cooperative && config->gridDimX > unsigned(state.processors * state.blocksPerProcessor))
    return CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE;
  return run(launch);
}
CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *count, CUfunction, int, size_t) {
  ENTER(cuOccupancyMaxActiveBlocksPerMultiprocessor);
  *count = state.blocksPerProcessor;
  return CUDA_SUCCESS;
}

// ---- Graphs: nodes run in the order of their creation -----------------------------------

CUresult cuGraphCreate(CUgraph *graph, unsigned) {
  ENTER(cuGraphCreate);
  *graph = reinterpret_cast<CUgraph>(new Graph);
  return CUDA_SUCCESS;
}
CUresult cuGraphDestroy(CUgraph graph) {
  delete reinterpret_cast<Graph *>(graph);
  ENTER(cuGraphDestroy);
  return CUDA_SUCCESS;
}
static CUresult addNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *dependencies,
                        size_t count, Launch launch) {
  auto &nodes = reinterpret_cast<Graph *>(graph)->nodes;
  for (size_t i = 0; i < count; ++i) {
    bool known = false;
    for (Launch *earlier : nodes)
      known |= reinterpret_cast<CUgraphNode>(earlier) == dependencies[i];
    if (!known)
      return CUDA_ERROR_INVALID_VALUE;
  }
  nodes.push_back(new Launch(std::move(launch)));
  *node = reinterpret_cast<CUgraphNode>(nodes.back());
  return CUDA_SUCCESS;
}
CUresult cuGraphAddKernelNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *dependencies,
                              size_t count, const CUDA_KERNEL_NODE_PARAMS *params) {
  ENTER(cuGraphAddKernelNode);
  return addNode(node, graph, dependencies, count, nodeLaunch(params));
}
CUresult cuGraphAddMemcpyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *dependencies,
                              size_t count, const CUDA_MEMCPY3D *params, CUcontext context) {
  ENTER(cuGraphAddMemcpyNode);
  return context ? addNode(node, graph, dependencies, count, copyLaunch(*params))
                 : CUDA_ERROR_INVALID_CONTEXT;
}
CUresult cuGraphAddMemsetNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *dependencies,
                              size_t count, const CUDA_MEMSET_NODE_PARAMS *params,
                              CUcontext context) {
  ENTER(cuGraphAddMemsetNode);
  if (!context || !isLegal(*params))
    return CUDA_ERROR_INVALID_VALUE;
  return addNode(node, graph, dependencies, count, fillLaunch(*params));
}
CUresult cuGraphAddEmptyNode(CUgraphNode *node, CUgraph graph, const CUgraphNode *dependencies,
                             size_t count) {
  ENTER(cuGraphAddEmptyNode);
  return addNode(node, graph, dependencies, count, Launch{});
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec *exec, CUgraph graph, unsigned long long) {
  ENTER(cuGraphInstantiateWithFlags);
  auto *made = new Exec;
  for (Launch *node : reinterpret_cast<Graph *>(graph)->nodes) {
    made->nodes[node] = *node;
    made->order.push_back(node);
  }
  *exec = reinterpret_cast<CUgraphExec>(made);
  return CUDA_SUCCESS;
}
CUresult cuGraphExecDestroy(CUgraphExec exec) {
  delete reinterpret_cast<Exec *>(exec);
  ENTER(cuGraphExecDestroy);
  return CUDA_SUCCESS;
}
CUresult cuGraphLaunch(CUgraphExec exec, CUstream) {
  ENTER(cuGraphLaunch);
  auto *running = reinterpret_cast<Exec *>(exec);
  for (Launch *node : running->order) {
    Launch &launch = running->nodes[node];
    if (launch.function)
      run(launch);
    else if (CUresult failed = launch.memory ? launch.memory() : CUDA_SUCCESS)
      return failed;
  }
  return CUDA_SUCCESS;
}
static CUresult updateNode(CUgraphExec exec, CUgraphNode node, Launch launch) {
  if (state.refuseUpdates)
    return CUDA_ERROR_INVALID_VALUE;
  if (!state.ignoreUpdates)
    reinterpret_cast<Exec *>(exec)->nodes[reinterpret_cast<Launch *>(node)] = std::move(launch);
  return CUDA_SUCCESS;
}
CUresult cuGraphExecMemcpyNodeSetParams(CUgraphExec exec, CUgraphNode node,
                                        const CUDA_MEMCPY3D *params, CUcontext context) {
  ENTER(cuGraphExecMemcpyNodeSetParams);
  if (!context)
    return CUDA_ERROR_INVALID_CONTEXT;
  return updateNode(exec, node, copyLaunch(*params));
}
CUresult cuGraphExecMemsetNodeSetParams(CUgraphExec exec, CUgraphNode node,
                                        const CUDA_MEMSET_NODE_PARAMS *params, CUcontext context) {
  ENTER(cuGraphExecMemsetNodeSetParams);
  if (!context || !isLegal(*params))
    return CUDA_ERROR_INVALID_VALUE;
  return updateNode(exec, node, fillLaunch(*params));
}
CUresult cuGraphExecKernelNodeSetParams(CUgraphExec exec, CUgraphNode node,
                                        const CUDA_KERNEL_NODE_PARAMS *params) {
  ENTER(cuGraphExecKernelNodeSetParams);
  return updateNode(exec, node, nodeLaunch(params));
}

} // namespace fakecuda
