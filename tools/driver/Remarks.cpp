// Remarks of the passes: printed for the user, and kept for the explanation.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Remarks.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Remarks.h"
#include "vyre/Conversion/Records.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Regex.h"

using namespace mlir;
using namespace vyre::driver;

namespace {

/// Passes that say which loops and launches they leave alone.
constexpr StringLiteral kFormGroups = "vyre-form-launch-groups";
constexpr StringLiteral kMapLoops = "vyre-map-parallel-loops";

class Listener final : public remark::detail::MLIRRemarkStreamerBase {
public:
  Listener(StringRef filter, std::vector<Ungrouped> &ungrouped)
      : filter(filter), prints(!filter.empty()), ungrouped(ungrouped) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    if (prints && filter.match(remark.getCombinedCategoryName()))
      emitRemark(remark.getLocation(), remark.getMsg());
    if (remark.getRemarkType() == llvm::remarks::Type::Missed &&
        llvm::is_contained({kFormGroups, kMapLoops}, remark.getCombinedCategoryName()))
      keep(remark);
  }

private:
  void keep(const remark::detail::Remark &remark) {
    const auto *reason = llvm::find_if(
        remark.getArgs(), [](const auto &argument) { return argument.key == "Reason"; });
    if (reason == remark.getArgs().end())
      return;
    std::string text = reason->val;
    if (remark.getCombinedCategoryName() == kMapLoops)
      text = "host-loop: the parallel loop stays on the host: " + text;
    Ungrouped entry = {vyre::getLocationText(remark.getLocation()), std::move(text)};
    // A body that was inlined twice says the same twice.
    if (llvm::none_of(ungrouped, [&](const Ungrouped &other) {
          return other.location == entry.location && other.reason == entry.reason;
        }))
      ungrouped.push_back(std::move(entry));
  }

  llvm::Regex filter;
  bool prints;
  std::vector<Ungrouped> &ungrouped;
};

} // namespace

LogicalResult vyre::driver::listenToRemarks(MLIRContext &context, StringRef filter,
                                            std::vector<Ungrouped> &ungrouped) {
  // A kind of remark whose own filter is missing is off, whatever `all` says.
  std::string shown = filter.str();
  std::string missed = ("^(" + kFormGroups + "|" + kMapLoops + ")$").str();
  if (!shown.empty())
    missed += "|" + shown;
  std::optional<std::string> others;
  if (!shown.empty())
    others = shown;
  remark::RemarkCategories categories{std::nullopt, others, missed, others, others};
  return remark::enableOptimizationRemarks(context, std::make_unique<Listener>(filter, ungrouped),
                                           std::make_unique<remark::RemarkEmittingPolicyAll>(),
                                           categories);
}
