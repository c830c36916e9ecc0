// Conversion patterns from host-side gpu ops to calls of the Vyre runtime.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_LIB_CONVERSION_GPUTORUNTIME_H
#define VYRE_LIB_CONVERSION_GPUTORUNTIME_H

#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "vyre/Conversion/Records.h"

namespace mlir {
class IRRewriter;
} // namespace mlir

namespace vyre {
class GraphRegionOp;

/// Discardable attributes that steer how a gpu.launch_func, or another node, is called.
namespace launch_attr {
/// Unit: start it with vyreLaunchPersistent.
inline constexpr llvm::StringLiteral kCooperative = "vyre.cooperative";
/// Integer: most blocks of a cooperative launch that have work.
inline constexpr llvm::StringLiteral kMaxBlocks = "vyre.max_blocks";
/// [@graph record, node number]: it is a node of a recording.
inline constexpr llvm::StringLiteral kGraphNode = "vyre.graph_node";
/// [@queue record, kernel number, vyre_queue_flag]: it is an item of a live queue.
inline constexpr llvm::StringLiteral kQueueItem = "vyre.queue_item";
} // namespace launch_attr

/// A call of a runtime function with these arguments at the insertion point;
/// gives the result, or null for a void function.
mlir::Value callRuntime(ModuleRecords &records, mlir::OpBuilder &builder, mlir::Location loc,
                        llvm::StringRef name, mlir::Type result,
                        llvm::ArrayRef<mlir::Value> arguments);

/// The operands of a launch or a table with the device's pointers in place of those of
/// unknown origin, which `vyre.unknown` of `op` counts. `originals` are their values
/// before conversion.
llvm::SmallVector<mlir::Value> makeOperandsPresent(ModuleRecords &records,
                                                   mlir::ConversionPatternRewriter &rewriter,
                                                   const mlir::TypeConverter &converter,
                                                   mlir::Operation *op, mlir::ValueRange originals,
                                                   mlir::ValueRange converted, mlir::Value stream);

/// Stores values into a slot of the function's stack, each at its natural alignment as
/// parameters of PTX kernels are; gives the slot's address and adds to `bytes`. `values`
/// must not be empty.
mlir::Value storePacked(mlir::ConversionPatternRewriter &rewriter, mlir::Operation *op,
                        llvm::MutableArrayRef<mlir::Value> values, uint64_t &bytes);

/// A slot in the function's entry block, so that loops around `op` do not grow the stack.
mlir::Value createStackSlot(mlir::ConversionPatternRewriter &rewriter, mlir::Operation *op,
                            mlir::Type type);

/// What a kernel does with operand `number` of its launch: bit 0 reads, bit 1 writes; both
/// where nothing is known.
uint32_t getAccess(mlir::Operation *op, int32_t number);

/// vyre.resource_table.
void populateTablePatterns(mlir::LLVMTypeConverter &converter, ModuleRecords &records,
                           mlir::RewritePatternSet &patterns);
/// gpu.launch_func, with async tokens and without.
void populateLaunchPatterns(mlir::LLVMTypeConverter &converter, ModuleRecords &records,
                            mlir::RewritePatternSet &patterns);
/// gpu.alloc, dealloc, memcpy, memset and wait; with async tokens and without.
void populateMemoryPatterns(mlir::LLVMTypeConverter &converter, ModuleRecords &records,
                            mlir::RewritePatternSet &patterns);

/// Replaces a graph region by its nodes, each marked with kGraphNode, between the begin
/// and the submission of a replay; by the nodes alone where they cannot be recorded.
void lowerGraphRegion(GraphRegionOp op, ModuleRecords &records, mlir::IRRewriter &rewriter);

/// The stream an op runs on: the default stream (null) for an op without async
/// tokens, else the stream of its first token. Makes it wait for the others.
mlir::Value joinStreams(ModuleRecords &records, mlir::OpBuilder &builder, mlir::Location loc,
                        bool isAsync, mlir::ValueRange tokens);
} // namespace vyre

#endif // VYRE_LIB_CONVERSION_GPUTORUNTIME_H
