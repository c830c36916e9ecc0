// Updating and running recordings on the host.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One thread runs the nodes in their order in the program, which respects every edge.
// Where some could run at once and a replay takes long enough, replays are also shared
// among workers, now and then, and then the way is taken that was faster.
#include "HostGraph.h"
#include "GraphTeam.h"
#include "Items.h"
#include "Launch.h"

#include <algorithm>
#include <cstring>

namespace vyre::rt::host {

GraphPlan::GraphPlan(const GraphSpec &spec)
    : waitsFor(spec.nodes.size()), firstFollower(spec.nodes.size() + 1) {
  for (auto [from, to] : spec.edges) {
    ++waitsFor[to];
    ++firstFollower[from + 1];
  }
  for (size_t i = 0; i != spec.nodes.size(); ++i)
    firstFollower[i + 1] += firstFollower[i];
  followers.resize(spec.edges.size() + 1); // one more: the last node's end can be pointed to
  std::vector<uint32_t> next(firstFollower.begin(), firstFollower.end());
  for (auto [from, to] : spec.edges)
    followers[next[from]++] = to;
  // Nodes of one depth do not wait for each other. Nodes that do nothing take no time.
  std::vector<uint32_t> depth(spec.nodes.size()), working(spec.nodes.size() + 1);
  for (uint32_t node = 0; node != size(); ++node) {
    uint32_t after = depth[node] + (spec.nodes[node].empty ? 0 : 1);
    if (!spec.nodes[node].empty)
      widest = std::max(widest, ++working[depth[node]]);
    for (const uint32_t *to = followersBegin(node); to != followersEnd(node); ++to)
      depth[*to] = std::max(depth[*to], after);
  }
}

// Claiming running workers takes some microseconds, waking them ten more: a shorter
// replay cannot gain.
static constexpr uint64_t leastSharedNs = 20000;
// The slower way is tried again in the first of so many choices, because the machine may
// be less busy: in several that follow each other, because one try finds workers asleep.
static constexpr uint32_t retryChoices = 256, tries = 8;
// So long do replays go on before a new choice, about.
static constexpr uint64_t choiceNs = 1000000;

GraphPlan::Choice GraphPlan::choose(uint64_t times) {
  if (widest < 2)
    return {false, times};
  uint64_t alone = aloneNs.load(std::memory_order_relaxed);
  uint64_t shared = sharedNs.load(std::memory_order_relaxed);
  uint32_t number = choices.fetch_add(1, std::memory_order_relaxed);
  if (alone == 0)
    return {false, 1};
  bool better = shared != 0 && shared < alone;
  if (number % retryChoices < tries)
    better = !better;
  uint64_t few = better ? std::max<uint64_t>(shared, alone / 2) : alone;
  return {better && alone >= leastSharedNs,
          std::min(times, choiceNs / std::max(few, uint64_t(1)) + 1)};
}

void GraphPlan::learn(const Choice &choice, uint64_t ns) {
  if (widest < 2)
    return;
  std::atomic<uint64_t> &known = choice.shared ? sharedNs : aloneNs;
  uint64_t seen = std::max<uint64_t>(ns / choice.times, 1);
  uint64_t before = known.load(std::memory_order_relaxed);
  // The first replays are slow: caches are cold and workers asleep. So the least counts,
  // and grows slowly where it is not seen again.
  known.store(before == 0 ? seen : std::min(seen, before + before / 8 + 1),
              std::memory_order_relaxed);
}

HostGraphReplay::HostGraphReplay(const GraphSpec &spec)
    : nodes(spec.nodes), steps(spec.nodes.size()), plan(std::make_shared<GraphPlan>(spec)) {
  for (uint32_t index = 0; index != nodes.size(); ++index)
    prepare(index);
}

HostGraphReplay::HostGraphReplay(const HostGraphReplay &other)
    : owner(other.owner), nodes(other.nodes), steps(other.steps.size()), plan(other.plan) {
  for (uint32_t index = 0; index != nodes.size(); ++index)
    prepare(index);
}

void HostGraphReplay::set(uint32_t index, const GraphNode &value) {
  nodes[index] = value;
  prepare(index);
  if (index + 1 != nodes.size())
    prepare(index + 1); // it may have been like this one, or be now
}

void HostGraphReplay::setStream(Stream &stream) {
  owner = &stream;
  for (Step &step : steps)
    step.call.stream = &stream;
}

// Makes the step of a node.
void HostGraphReplay::prepare(uint32_t index) {
  GraphNode &node = nodes[index];
  const vyre_launch_desc &launch = node.launch;
  Step &step = steps[index];
  node.launch.args = node.args.data();
  step = {};
  if (node.kind != NodeKind::Kernel || node.empty)
    return;
  step.call = {node.kernel,
               launch.args,
               {launch.grid_x, launch.grid_y, launch.grid_z},
               {launch.block_x, launch.block_y, launch.block_z},
               launch.dynamic_shared_bytes,
               launch.location,
               owner,
               0};
  if (launch.grid_x != 1 || launch.grid_y != 1 || launch.grid_z != 1 ||
      launch.dynamic_shared_bytes != 0)
    return;
  step.run = node.kernel->host_fn;
  if (index == 0 || !steps[index - 1].run)
    return;
  const KernelCall &last = steps[index - 1].call;
  step.isLikeLast = std::equal(last.block, last.block + 3, step.call.block);
}

void HostGraphReplay::runNode(uint32_t index, ExecState &state, Pool &pool,
                              uint64_t timeoutMs) const {
  const GraphNode &node = nodes[index];
  if (node.empty)
    return;
  if (node.kind == NodeKind::Copy) {
    std::memmove(node.dst, node.src, node.bytes);
    return;
  }
  if (node.kind == NodeKind::Fill) {
    fillMemory(node.dst, node.value, node.elementBytes, node.bytes);
    return;
  }
  state.launch = steps[index].call;
  state.launch.deadlineNs = deadlineAfter(timeoutMs);
  runGrid(state, pool, state.launch);
}

// Runs all nodes in turn. What callKernel does for each is done once for blocks of one
// shape that follow each other: kernels do not change their context.
void HostGraphReplay::runSteps(ExecState &state, Pool &pool, uint64_t timeoutMs) const {
  bool isReady = false; // the context has what the step before needed
  for (uint32_t index = 0; index != steps.size(); ++index) {
    const Step &step = steps[index];
    if (owner->failed())
      return;
    if (!step.run || timeoutMs != 0) {
      runNode(index, state, pool, timeoutMs);
      isReady = false;
      continue;
    }
    if (!isReady || !step.isLikeLast) {
      (void)callKernel(state, step.call, 0, 1, 0, 1);
      isReady = true;
      continue;
    }
    state.running = &step.call;
    step.run(step.call.args, &state.ctx);
    state.running = nullptr;
  }
}

void HostGraphReplay::runAlone(uint64_t times, Pool &pool, uint64_t timeoutMs) {
  ExecState &state = execState();
  sigjmp_buf here;
  sigjmp_buf *outer = state.recovery;
  if (sigsetjmp(here, 0) == 0) {
    state.recovery = &here;
    for (uint64_t i = 0; i != times && !owner->failed(); ++i)
      runSteps(state, pool, timeoutMs);
  } else {
    recoverFromTrap(state);
  }
  state.recovery = outer;
}

// False if it has not run, for want of memory.
bool HostGraphReplay::runShared(uint64_t times, Pool &pool, uint64_t timeoutMs) {
  GraphTeam team(*this, times, pool, timeoutMs);
  if (team.isReady())
    team.run(execState());
  return team.isReady();
}

void HostGraphReplay::run(uint64_t times, Pool &pool, uint64_t timeoutMs) {
  if (pool.workers() == 1 || plan->width() < 2)
    return runAlone(times, pool, timeoutMs);
  while (times != 0 && !owner->failed()) {
    GraphPlan::Choice choice = plan->choose(times);
    uint64_t begin = nowNs();
    if (!choice.shared || !runShared(choice.times, pool, timeoutMs))
      runAlone(choice.times, pool, timeoutMs);
    plan->learn(choice, nowNs() - begin);
    times -= choice.times;
  }
}

// Makes `values` this graph's alone.
void HostGraph::makeOwn() {
  if (!values->shared())
    return;
  auto *copy = new HostGraphReplay(*values);
  values->release();
  values = copy;
}

void HostGraph::set(uint32_t node, const GraphNode &value) {
  makeOwn();
  values->set(node, value);
}

} // namespace vyre::rt::host
