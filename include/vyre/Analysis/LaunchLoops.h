// Facts about loops that launch kernels, and what keeps them from each form.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_ANALYSIS_LAUNCHLOOPS_H
#define VYRE_ANALYSIS_LAUNCHLOOPS_H

#include "vyre/Analysis/KernelFacts.h"
#include "vyre/Dialect/Vyre/IR/VyreDialect.h"

#include <array>
#include <optional>
#include <string>

namespace vyre {

/// What a host op between launches does, as far as the forms care.
enum class HostEffect {
  Pure,       ///< Computes from its operands; can run on the device as well.
  Control,    ///< Structured control flow and its terminators.
  Launch,     ///< Starts a kernel.
  Load,       ///< Reads memory.
  Store,      ///< Writes memory.
  Copy,       ///< Copies or fills memory.
  Allocation, ///< Makes or frees memory.
  Wait,       ///< Waits for kernels, or makes a token.
  Call,       ///< Anything, elsewhere.
  Unknown,    ///< None of these.
};
HostEffect classifyHostOp(mlir::Operation *op);

/// Why a form is not possible: a stable id such as `host-copy`, a sentence,
/// and the op it is about.
struct Refusal {
  std::string id;
  std::string text;
  mlir::Operation *at = nullptr;

  /// `<id>: <text>`, as it stands in a group's refusal attribute.
  std::string str() const { return id + ": " + text; }
};

/// The most that each grid size of a launch may be. The launches of a loop of unknown
/// extents are as many as it needs.
std::array<int64_t, 3> getGridLimits(mlir::Operation *launch);

struct LaunchLoopFacts {
  mlir::Operation *loop = nullptr;
  llvm::SmallVector<mlir::Operation *> launches; ///< In program order.
  /// When it is a constant and the launches of an iteration are counted: the two
  /// are only ever used as a product.
  std::optional<uint64_t> tripCount;
  /// Launches of one iteration. Inner loops count with their trip count where
  /// it is a constant, else once; of two branches the longer counts.
  uint32_t launchesPerIteration = 0;
  bool isCounted = true;      ///< False if such a "once" is in the number.
  uint32_t resourceCount = 0; ///< Distinct memrefs handed to kernels.
};

/// True for the loops that groups are made of: scf.for and scf.while.
bool isGroupLoop(mlir::Operation *op);

/// Facts of a loop or, for any other op, of the launches below it as if run once.
LaunchLoopFacts computeLaunchLoopFacts(mlir::Operation *loop);

/// Ops for which `isCounted` holds that one iteration of `loop` runs, counted as
/// `launchesPerIteration` counts launches.
uint32_t countPerIteration(mlir::Operation *loop,
                           llvm::function_ref<bool(mlir::Operation *)> isCounted);

/// Constant number of iterations, if it is one.
std::optional<uint64_t> getConstantTripCount(mlir::Operation *loop);

/// What keeps `loop` from being one persistent kernel; nothing if it can be.
std::optional<Refusal> findPersistentBlocker(mlir::Operation *loop, KernelAnalysis &kernels);

/// What keeps every launch of `loop` from being recorded; nothing if one can be.
std::optional<Refusal> findGraphBlocker(mlir::Operation *loop, KernelAnalysis &kernels);

/// True if the launch can be a node of a graph; else says why.
std::optional<Refusal> findNodeBlocker(mlir::Operation *launch, KernelAnalysis &kernels);

/// True if the host can count the launches of `loop` before it starts, by running it
/// without them: it can be persistent, so nothing else has effects, and no loop in it
/// and no branch around a launch depends on memory.
bool isCountedByHost(mlir::Operation *loop, KernelAnalysis &kernels);

/// True if the trip count of `group` is that of its launches, each an iteration of
/// its own, because iterations of the loop make different numbers of them.
bool countsLaunches(LaunchGroupOp group);

/// Synchronizations per launch, where nobody knows how often which part of a loop
/// runs: the most of any block of ops with launches, and all of those without.
class SyncsPerLaunch {
public:
  void addLaunch(mlir::Block *block) { ++blocks[block].launches; }
  void addSync(mlir::Block *block) { ++blocks[block].syncs; }
  uint32_t get() const;

private:
  struct Count {
    uint64_t launches = 0, syncs = 0;
  };
  llvm::DenseMap<mlir::Block *, Count> blocks;
};

/// The loops below `root` to make groups of, in program order, none inside another:
/// an outermost loop if it can be persistent and its launches are counted, by
/// constants or by the host;
/// else the loops inside it if they are better there, in that one of them can be
/// persistent where the outer cannot, or one is an scf.for with counted launches
/// where the outer's are not; else the outermost loop itself.
llvm::SmallVector<mlir::Operation *> selectGroupLoops(mlir::Operation *root,
                                                      KernelAnalysis &kernels);

} // namespace vyre

#endif // VYRE_ANALYSIS_LAUNCHLOOPS_H
