// From MLIR text to an optimized LLVM module, for the tools.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_DRIVER_COMPILE_H
#define VYRE_TOOLS_DRIVER_COMPILE_H

#include "Options.h"
#include "Remarks.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace vyre::driver {

/// A source file and the context that it lives in. Errors are printed with file
/// and line as they come.
class Compilation {
public:
  /// `remarksFilter` is a regular expression over the categories to print, or empty.
  explicit Compilation(llvm::StringRef remarksFilter);
  ~Compilation();

  /// Reads and verifies `path` ("-" is standard input). False after an error.
  bool parse(llvm::StringRef path);
  /// True if the function that the program starts with can be called from
  /// outside: it is there, has a body and no arguments. `resultType` is void,
  /// i32, i64, f32 or f64.
  bool checkEntry(llvm::StringRef entry, std::string &resultType);
  /// Runs a pipeline over the module. False after an error.
  bool run(llvm::function_ref<void(mlir::OpPassManager &)> build);
  /// Translates the module, which must be in the LLVM dialect, for the machine. Null
  /// after an error.
  std::unique_ptr<llvm::Module> translate(llvm::LLVMContext &context,
                                          const llvm::TargetMachine &machine);

  /// Says which of the program's functions nothing defines, each with its line.
  void reportUndefined(llvm::ArrayRef<std::string> names);

  mlir::ModuleOp getModule() { return *module; }
  /// What the pipelines left outside of launch groups so far.
  llvm::ArrayRef<Ungrouped> getUngrouped() const { return ungrouped; }

private:
  std::vector<Ungrouped> ungrouped; // the context's remarks go here
  mlir::DialectRegistry registry;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  struct Sources;
  std::unique_ptr<Sources> sources;
};

/// A target machine for the CPU of this machine ("native") or a named one; null
/// with `error` set if LLVM does not know it. Floating point is never contracted.
std::unique_ptr<llvm::TargetMachine> createTargetMachine(llvm::StringRef cpu, unsigned optLevel,
                                                         std::string &error);

/// Runs LLVM's default pipeline of this level.
void optimize(llvm::Module &module, llvm::TargetMachine &machine, unsigned optLevel);

/// What generated kernels are instrumented with: "", "address" or "thread".
void setKernelSanitizer(llvm::Module &module, llvm::StringRef sanitizer);

} // namespace vyre::driver

#endif // VYRE_TOOLS_DRIVER_COMPILE_H
