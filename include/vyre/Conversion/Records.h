// Builds the globals that compiled code hands to the runtime: strings and the
// records of the ABI. Symbols are deterministic: the same input gives the same
// module.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_CONVERSION_RECORDS_H
#define VYRE_CONVERSION_RECORDS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include <string>

namespace vyre {

/// One field of a record's initializer: a number, or the address of a symbol
/// (an empty symbol is a null pointer).
struct RecordField {
  RecordField(int64_t number) : number(number) {}
  static RecordField address(llvm::StringRef symbol) {
    RecordField field(0);
    field.symbol = symbol.str();
    return field;
  }
  int64_t number;
  std::string symbol;
};

/// Name of the record of kernel `@module::@kernel`.
std::string getKernelRecordName(mlir::SymbolRefAttr kernel);
/// Name of the host function of kernel `@module::@kernel`, and of its entry that
/// takes packed arguments.
std::string getHostKernelName(mlir::SymbolRefAttr kernel);
std::string getHostKernelEntryName(mlir::SymbolRefAttr kernel);

/// Makes globals and declarations in one module. Remembers what it made, so that
/// a module with thousands of launches is lowered in linear time; two of them
/// for one module at a time would not see each other's symbols.
class ModuleRecords {
public:
  explicit ModuleRecords(mlir::ModuleOp module);

  /// Finds or declares the global of a kernel's record; `emitKernelRecords` gives
  /// it its value once the kernel's host function is in the LLVM dialect.
  mlir::LLVM::GlobalOp declareKernelRecord(mlir::OpBuilder &builder, mlir::SymbolRefAttr kernel);

  /// Symbol of a NUL-terminated constant with this text; equal texts share one.
  std::string getString(mlir::OpBuilder &builder, llvm::StringRef text);

  /// Defines a record, or gives a declared one its value. `fields` has one entry
  /// per field of `type` after the leading struct_size and version, which are
  /// added. The record is constant unless the runtime writes into it.
  mlir::LLVM::GlobalOp createRecord(mlir::OpBuilder &builder, llvm::StringRef name,
                                    mlir::LLVM::LLVMStructType type,
                                    llvm::ArrayRef<RecordField> fields, bool constant);

  /// Finds or declares an external function of the runtime.
  mlir::LLVM::LLVMFuncOp declareFunction(mlir::OpBuilder &builder, llvm::StringRef name,
                                         mlir::Type result, llvm::ArrayRef<mlir::Type> arguments);

  /// A symbol that starts with `prefix` and is not in the module yet.
  std::string uniqueName(llvm::StringRef prefix);

  mlir::ModuleOp getModule() { return module; }

private:
  mlir::ModuleOp module;
  llvm::StringMap<mlir::LLVM::GlobalOp> globals;
  llvm::StringMap<mlir::LLVM::LLVMFuncOp> functions;
  llvm::StringMap<std::string> strings;
  llvm::StringMap<unsigned> counters;
};

/// The address of a symbol.
mlir::Value addressOf(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef symbol);

/// The value of a record as an SSA value, for an initializer region.
mlir::Value buildRecord(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::LLVM::LLVMStructType type, llvm::ArrayRef<RecordField> fields);

/// Attributes that a declared kernel record carries until it has its value.
namespace record_attr {
inline constexpr llvm::StringLiteral kKernel = "vyre.kernel";          // symbol of the gpu.func
inline constexpr llvm::StringLiteral kFlags = "vyre.flags";            // vyre_kernel_flag bits
inline constexpr llvm::StringLiteral kParamBytes = "vyre.param_bytes"; // of the packed record
// i32 array, five for each memref: the fields of a vyre_buffer_desc from `argument` on.
inline constexpr llvm::StringLiteral kBuffers = "vyre.buffers";
} // namespace record_attr

/// Attributes of a gpu.func that no host function can be made of: the op that
/// says so, and its location.
inline constexpr llvm::StringLiteral kCudaOnly = "vyre.cuda_only";
inline constexpr llvm::StringLiteral kCudaOnlyAt = "vyre.cuda_only_at";

/// "file:line:col" of the innermost file location in `loc`, else "unknown".
std::string getLocationText(mlir::Location loc);

/// Bytes of an ABI record of this type on a 64-bit target.
uint64_t getRecordBytes(mlir::LLVM::LLVMStructType type);

} // namespace vyre

#endif // VYRE_CONVERSION_RECORDS_H
