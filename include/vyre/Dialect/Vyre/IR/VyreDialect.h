// The vyre dialect, its attributes and its operations.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_DIALECT_VYRE_IR_VYREDIALECT_H
#define VYRE_DIALECT_VYRE_IR_VYREDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "vyre/Dialect/Vyre/IR/VyreDialect.h.inc"
#include "vyre/Dialect/Vyre/IR/VyreEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "vyre/Dialect/Vyre/IR/VyreAttrs.h.inc"
#define GET_OP_CLASSES
#include "vyre/Dialect/Vyre/IR/VyreOps.h.inc"

namespace vyre {
/// Names of the discardable attributes that Vyre's passes leave on upstream ops.
namespace attr_name {
inline constexpr llvm::StringLiteral kVerdict = "vyre.verdict"; // #vyre.verdict, on launches
inline constexpr llvm::StringLiteral kReads = "vyre.reads";     // i32 array: operand numbers
inline constexpr llvm::StringLiteral kWrites = "vyre.writes";   // i32 array: operand numbers
inline constexpr llvm::StringLiteral kUnknownEffects =
    "vyre.unknown_effects"; // unit, on gpu.func: may write memory that no argument names
inline constexpr llvm::StringLiteral kOrderDependent =
    "vyre.order_dependent"; // unit, on gpu.func: the result depends on the order of threads
inline constexpr llvm::StringLiteral kOffload = "vyre.offload"; // #vyre.offload, on gpu.module
inline constexpr llvm::StringLiteral kPersistent = "vyre.persistent"; // unit, on gpu.func
inline constexpr llvm::StringLiteral kMemory = "vyre.memory"; // host|device|mapped, on arguments
inline constexpr llvm::StringLiteral kUnknown =
    "vyre.unknown"; // i32 array, on launches: operands of unknown origin, to be looked up
inline constexpr llvm::StringLiteral kLoopGrid =
    "vyre.loop_grid"; // unit, on launches of parallel loops and their gpu.func: the grid is as
                      // large as a loop of unknown extents, so the host device has no limit
inline constexpr llvm::StringLiteral kCheckShape =
    "vyre.check_shape"; // unit, on gpu.func: a launch may contradict its known sizes
inline constexpr llvm::StringLiteral kMirrored =
    "vyre.mirrored"; // unit, on gpu.alloc: host memory with device memory beside it
inline constexpr llvm::StringLiteral kQueue =
    "vyre.queue"; // unit, on gpu.func: the resident kernel of a live queue
inline constexpr llvm::StringLiteral kConcurrentItem =
    "vyre.concurrent_item"; // unit, on launches in a vyre.live_queue
inline constexpr llvm::StringLiteral kHostOnly =
    "vyre.host_only"; // unit, on func.func declarations: neither waits for the device nor
                      // touches memory that kernels use
inline constexpr llvm::StringLiteral kTable =
    "vyre.table"; // unit, on launches: the first operand is a table of buffers
inline constexpr llvm::StringLiteral kOnChip =
    "vyre.on_chip"; // unit, on an scf.for of stages: each block may run all its iterations at once
inline constexpr llvm::StringLiteral kElement =
    "vyre.element"; // i64, on loads and stores in such a loop: the thread's element of that number
inline constexpr llvm::StringLiteral kHostKernel =
    "vyre.host_kernel"; // symbol of its gpu.func, on func.func
} // namespace attr_name
} // namespace vyre

#endif // VYRE_DIALECT_VYRE_IR_VYREDIALECT_H
