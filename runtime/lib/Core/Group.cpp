// Chooses the form of a launch group: gathers the facts that only run time has,
// asks the policy library, and keeps the answer for the reports.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Call.h"
#include "Check.h"
#include "Counters.h"
#include "Decision.h"
#include "State/AuditRing.h"
#include "State/Metrics.h"
#include "State/ProfileFile.h"
#include "Trace.h"
#include "vyre/Policy/Display.h"

#include <sstream>

namespace vyre::rt {

namespace {

using policy::Form;
using policy::RequestedMode;

// Lines of a text that may be null.
std::vector<std::string> splitLines(const char *text) {
  std::vector<std::string> lines;
  std::istringstream in(text ? text : "");
  for (std::string line; std::getline(in, line);)
    lines.push_back(line);
  return lines;
}

// Hangs on vyre_group_desc.runtime_state.
struct GroupState {
  std::mutex lock;
  bool decided = false;
  Decision decision;
};

struct DecisionLog {
  std::mutex lock;
  std::vector<GroupState *> groups;
  std::vector<Ungrouped> ungrouped;
  AuditRing audit;
  Metrics metrics;
};

DecisionLog &decisionLog() {
  static auto *log = new DecisionLog; // outlives exit handlers
  return *log;
}

GroupState &stateOf(vyre_group_desc &group) {
  auto *cell = reinterpret_cast<std::atomic<GroupState *> *>(&group.runtime_state);
  if (GroupState *present = cell->load(std::memory_order_acquire))
    return *present;
  DecisionLog &log = decisionLog();
  std::lock_guard<std::mutex> hold(log.lock);
  if (GroupState *present = cell->load(std::memory_order_acquire))
    return *present;
  auto *fresh = new GroupState; // lives with the group's record
  log.groups.push_back(fresh);
  cell->store(fresh, std::memory_order_release);
  return *fresh;
}

policy::BindlessSupport policySupport(BindlessSupport support) {
  switch (support) {
  case BindlessSupport::Full:
    return policy::BindlessSupport::Full;
  case BindlessSupport::Static:
    return policy::BindlessSupport::Static;
  case BindlessSupport::None:
    break;
  }
  return policy::BindlessSupport::Unsupported;
}

Status measureProfile(Device &device, policy::DeviceProfile &profile) {
  DeviceCosts costs;
  uint64_t startNs = nowNs();
  Status status = device.measure(costs);
  count(counters().calibrationNs, nowNs() - startNs);
  if (!status.ok())
    return status;
  profile.source = policy::ProfileSource::Measured;
  profile.launchNs = costs.launchNs;
  profile.sharingNs = costs.sharingNs;
  profile.sharedFromThreads = costs.sharedFromThreads;
  profile.persistentSetupNs = costs.setupNs;
  profile.recordNs = costs.recordNs;
  profile.graphLaunchNs = costs.graphLaunchNs;
  profile.graphNodeNs = costs.graphNodeNs;
  profile.bindless = policySupport(device.bindless());
  // Full tables are impossible with one point.
  (void)profile.barriers.add(policy::BarrierTier::Grid, costs.barrierWorkers, costs.barrierNs);
  (void)profile.barriers.add(policy::BarrierTier::Neighbours, costs.barrierWorkers,
                             costs.neighboursNs);
  return {};
}

// The ABI's bits are the policy's for the first three forms.
static_assert(policy::formBit(Form::Graph) == 1u << VYRE_FORM_GRAPH &&
                  policy::formBit(Form::Persistent) == 1u << VYRE_FORM_PERSISTENT,
              "the ABI and the policy number the forms alike");

std::string placeOf(const vyre_group_desc &group) {
  return group.location ? group.location : "a launch group";
}

// Threads of the group's largest launch as far as its record tells, 0 if it does
// not. Where nothing synchronizes, iterations may have been batched: then the
// largest grid is that of all of them.
uint64_t threadsOf(const vyre_group_desc &group, const policy::GroupFacts &facts) {
  if (group.persistent_max_blocks <= 0 || group.persistent_block <= 0)
    return 0;
  uint64_t threads = policy::saturateToU64(policy::u128(group.persistent_max_blocks) *
                                           uint64_t(group.persistent_block));
  bool synchronizes = group.barriers_per_iteration + group.neighbours_per_iteration != 0;
  return synchronizes ? threads : threads / std::max<uint64_t>(facts.iterations, 1);
}

// Gathers the facts; takes away the persistent form if nothing is resident.
Status gatherFacts(const vyre_group_desc &group, int64_t tripCount, Device &device,
                   policy::GroupFacts &facts, std::string &note) {
  // An unknown count is decided as one iteration: a form that has to pay off
  // over several is not taken on a guess.
  facts.iterationsKnown = tripCount >= 0;
  facts.iterations = facts.iterationsKnown ? uint64_t(tripCount) : 1;
  facts.launchesPerIteration = group.launches_per_iteration;
  facts.barriersPerIteration = group.barriers_per_iteration;
  facts.neighboursPerIteration = group.neighbours_per_iteration;
  facts.sessionsPerIteration = group.sessions_per_iteration;
  facts.barriersOnce = uint32_t(std::clamp<int64_t>(group.barriers_once, 0, UINT32_MAX));
  facts.threads = threadsOf(group, facts);
  facts.legalForms = group.legal_forms | policy::formBit(Form::Plain);
  uint32_t persistentBit = policy::formBit(Form::Persistent);
  if (!(facts.legalForms & persistentBit))
    return {};
  uint32_t workers = 0;
  Status status;
  // How many blocks are resident depends on it, so without it nobody can say.
  bool sharedUnknown = group.persistent_shared_bytes < 0 && !device.isHost();
  if (sharedUnknown)
    status = {VYRE_UNAVAILABLE, "its dynamic shared memory is known only at run time"};
  else if (group.persistent_kernel)
    status = device.residency(*group.persistent_kernel, group.persistent_block,
                              group.persistent_shared_bytes, workers);
  if (status.ok() && workers != 0) {
    if (group.persistent_max_blocks > 0)
      workers = uint32_t(std::min<int64_t>(workers, group.persistent_max_blocks));
    facts.blocks = workers;
    if (workers == 1)
      facts.barriersPerIteration = facts.neighboursPerIteration = facts.barriersOnce =
          0; // nobody to meet
    return {};
  }
  facts.legalForms &= ~persistentBit;
  note = placeOf(group) + ": persistent form not resident on this device";
  if (!status.ok())
    note += std::string(": ") + status.message();
  return {};
}

// Why a forced form is not legal, in the compiler's words where it gave some.
std::string refusalOf(const vyre_group_desc &group, RequestedMode mode) {
  const char *refusal =
      mode == RequestedMode::Graph ? group.graph_refusal : group.persistent_refusal;
  return placeOf(group) + ": " + policy::display(mode) + " form refused: " +
         (refusal && *refusal ? refusal : "the program was compiled without it");
}

Status decide(const vyre_group_desc &group, int64_t tripCount, Device &device, Decision &decision) {
  RequestedMode requested = policy::parseDisplay<RequestedMode>(Process::get().options().mode)
                                .value_or(RequestedMode::Auto);
  decision = Decision();
  policy::GroupFacts facts;
  Status status = gatherFacts(group, tripCount, device, facts, decision.note);
  if (!status.ok())
    return status;
  // Measuring takes longer than many a program: only where prices decide.
  bool pricesDecide = requested == RequestedMode::Auto &&
                      facts.legalForms != policy::formBit(Form::Plain) &&
                      facts.iterations * facts.launchesPerIteration > 1;
  policy::DeviceProfile profile = policy::nativeProfile();
  if (pricesDecide || !Process::get().options().profile.empty())
    status = activeProfile(device, profile);
  if (!status.ok())
    return status;
  decision.location = group.location ? group.location : "";
  decision.launchesPerIteration = group.launches_per_iteration;
  decision.resourceCount = group.resource_count;
  decision.compiledVerdicts = group.explain ? group.explain : "";
  decision.tripCount = tripCount;
  decision.bindless = profile.bindless;
  decision.costs = profile.source;
  decision.graphRefusal = group.graph_refusal ? group.graph_refusal : "";
  decision.persistentRefusal = group.persistent_refusal ? group.persistent_refusal : "";
  decision.syncs = splitLines(group.persistent_syncs);
  decision.verdict = policy::evaluateGroup(facts, profile);
  decision.choice = policy::chooseForm(decision.verdict, requested);
  if (decision.choice.reason == policy::Reason::ForcedModeNotLegal && decision.note.empty())
    decision.note = refusalOf(group, requested);
  return {};
}

void publish(const Decision &decision) {
  if (!decision.note.empty())
    addFallback(decision.note);
  AuditEvents events = auditEvents(decision.verdict);
  policy::BindlessVerdict bindless =
      policy::evaluateBindless({decision.resourceCount, decision.bindless, false});
  if (bindless.profitable())
    events.add({"bindless", "descriptor_array", 0, "resource_count_threshold"});
  DecisionLog &log = decisionLog();
  log.audit.record(events);
  log.metrics.count(events);
}

// The form as the ABI numbers it. Emitted code has no region of its own for the
// whole loop in one graph: its graph form is that.
int32_t abiForm(Form form) {
  return form == Form::LoopInGraph ? int32_t(VYRE_FORM_GRAPH) : int32_t(form);
}

// The device if there is one and a profiler looks on.
Device *profiledDevice() {
  Device *device = Process::get().device();
  return device && device->marksRanges() ? device : nullptr;
}

std::string rangeLabel(const vyre_group_desc *group, int32_t form) {
  const char *name = form == VYRE_FORM_GRAPH        ? "graph"
                     : form == VYRE_FORM_PERSISTENT ? "persistent"
                                                    : "plain";
  return (group ? placeOf(*group) : "?") + " " + name;
}

} // namespace

Status activeProfile(Device &device, policy::DeviceProfile &profile) {
  struct Cache {
    std::mutex lock;
    bool ready = false;
    Status status;
    policy::DeviceProfile profile;
  };
  static auto *cache = new Cache; // outlives exit handlers
  std::lock_guard<std::mutex> hold(cache->lock);
  if (!cache->ready) {
    const std::string &wanted = Process::get().options().profile;
    cache->status = wanted.empty() ? measureProfile(device, cache->profile)
                                   : loadProfile(wanted, cache->profile);
    cache->ready = true;
  }
  profile = cache->profile;
  return cache->status;
}

std::vector<Decision> decisions() {
  DecisionLog &log = decisionLog();
  std::vector<Decision> all;
  std::lock_guard<std::mutex> hold(log.lock);
  for (GroupState *group : log.groups) {
    std::lock_guard<std::mutex> holdGroup(group->lock);
    if (group->decided)
      all.push_back(group->decision);
  }
  return all;
}

std::vector<Ungrouped> ungrouped() {
  DecisionLog &log = decisionLog();
  std::lock_guard<std::mutex> hold(log.lock);
  return log.ungrouped;
}

std::string auditLog() { return decisionLog().audit.log(); }
std::string decisionMetrics() { return decisionLog().metrics.prometheusText(); }

} // namespace vyre::rt

using namespace vyre::rt;

extern "C" int32_t vyreGroupSelect(vyre_group_desc *group, int64_t trip_count) {
  int32_t form = VYRE_FORM_PLAIN;
  (void)onStream(nullptr, [&](Stream &stream) -> Status {
    if (!group)
      return {VYRE_INVALID_ARGUMENT, "no launch group to decide on"};
    if (!isKnownVersion(group->version))
      return unknownVersion(group->version);
    GroupState &state = stateOf(*group);
    std::lock_guard<std::mutex> hold(state.lock);
    if (!state.decided || state.decision.tripCount != trip_count) {
      Status status = decide(*group, trip_count, stream.device, state.decision);
      if (!status.ok())
        return status;
      state.decided = true;
      publish(state.decision);
    }
    form = abiForm(state.decision.choice.form);
    return {};
  });
  // Also after a failure: the program runs a form, and ends it.
  if (Device *device = profiledDevice())
    device->rangePush(rangeLabel(group, form).c_str());
  return form;
}

extern "C" void vyreGroupEnd(vyre_group_desc *) {
  if (Device *device = profiledDevice())
    device->rangePop();
}

extern "C" void vyreExplainUngrouped(vyre_cstr location, vyre_cstr reason) {
  try {
    Ungrouped entry = {location ? location : "", reason ? reason : ""};
    DecisionLog &log = decisionLog();
    std::lock_guard<std::mutex> hold(log.lock);
    for (const Ungrouped &known : log.ungrouped)
      if (known.location == entry.location && known.reason == entry.reason)
        return;
    log.ungrouped.push_back(std::move(entry));
  } catch (const std::exception &) { // out of memory: one line less
  }
}
