// A recording on the GPU: what it should hold, and the driver's form of it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_RT_CUDA_CUDAGRAPH_H
#define VYRE_RT_CUDA_CUDAGRAPH_H

#include "CudaDevice.h"

namespace vyre::rt::cuda {

class CudaGraph final : public GraphExec {
public:
  explicit CudaGraph(CudaDevice &device) : device(device) { device.madeHandle(); }
  ~CudaGraph() override;
  /// Destroys the driver's form; the context must be current.
  void discard();

  CudaDevice &device;
  std::vector<GraphNode> nodes;
  std::vector<std::pair<uint32_t, uint32_t>> edges;
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  /// By node: its last handle; a fill of eight differing bytes has one before it.
  std::vector<CUgraphNode> handles;
  /// By node: which way a copy goes, for the statistics.
  std::vector<CopyDirection> directions;
  bool stale = false;   // `exec` does not match `nodes`
  StreamRef lastStream; // of the latest replay
};

} // namespace vyre::rt::cuda

#endif // VYRE_RT_CUDA_CUDAGRAPH_H
