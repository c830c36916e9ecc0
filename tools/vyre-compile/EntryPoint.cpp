// What surrounds the program's functions in an executable or an object file.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "EntryPoint.h"

#include "vyre-abi/vyre_abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/IR/IRBuilder.h"

using namespace vyre::driver;

/// Exit code of an executable whose runtime failed (docs/tools.md).
static constexpr uint64_t kRuntimeFailure = 113;

void vyre::driver::keepOnly(llvm::Module &module, llvm::ArrayRef<std::string> names) {
  for (llvm::Function &function : module)
    if (!function.isDeclaration() && !llvm::is_contained(names, function.getName()))
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
}

namespace {

/// Builds the body of `main`.
class MainBuilder {
public:
  explicit MainBuilder(llvm::Module &module) : module(module), builder(module.getContext()) {
    llvm::Type *arguments[] = {builder.getInt32Ty(), builder.getPtrTy()};
    auto *type = llvm::FunctionType::get(builder.getInt32Ty(), arguments, /*isVarArg=*/false);
    main = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, "main", module);
    builder.SetInsertPoint(llvm::BasicBlock::Create(module.getContext(), "entry", main));
  }

  /// Calls a C function by name; parameter types are those of the values.
  llvm::Value *call(llvm::StringRef name, llvm::Type *result,
                    llvm::ArrayRef<llvm::Value *> arguments) {
    auto types =
        llvm::map_to_vector(arguments, [](llvm::Value *value) { return value->getType(); });
    auto callee = module.getOrInsertFunction(name, llvm::FunctionType::get(result, types, false));
    return builder.CreateCall(callee, arguments);
  }

  /// Calls a function that gives a status; a failure ends the program with 113.
  /// `says` is printed then, unless empty: most failures were reported already.
  void callChecked(llvm::StringRef name, llvm::ArrayRef<llvm::Value *> arguments,
                   llvm::StringRef says) {
    llvm::LLVMContext &context = module.getContext();
    llvm::Value *status = call(name, builder.getInt32Ty(), arguments);
    auto *failed = llvm::BasicBlock::Create(context, "failed", main);
    auto *fine = llvm::BasicBlock::Create(context, "fine", main);
    builder.CreateCondBr(builder.CreateICmpNE(status, builder.getInt32(VYRE_OK)), failed, fine);
    builder.SetInsertPoint(failed);
    if (!says.empty()) {
      std::string line = ("vyre: " + says + "\n").str();
      call("write", builder.getInt64Ty(),
           {builder.getInt32(2), builder.CreateGlobalString(line), builder.getInt64(line.size())});
    }
    builder.CreateRet(builder.getInt32(kRuntimeFailure));
    builder.SetInsertPoint(fine);
  }

  llvm::Module &module;
  llvm::IRBuilder<> builder;
  llvm::Function *main;
};

} // namespace

void vyre::driver::addMain(llvm::Module &module, llvm::StringRef entryName, Defaults defaults,
                           llvm::ArrayRef<Ungrouped> ungrouped) {
  llvm::Function *entry = module.getFunction(entryName);
  keepOnly(module, {});
  entry->setName("vyre_program");
  // A second function of the user may have the name that the linker looks for.
  if (llvm::Function *other = module.getFunction("main"))
    other->setName("vyre_other_main");

  MainBuilder body(module);
  llvm::IRBuilder<> &builder = body.builder;
  for (const auto &[variable, value] : defaults)
    body.call("setenv", builder.getInt32Ty(),
              {builder.CreateGlobalString(variable), builder.CreateGlobalString(value),
               builder.getInt32(/*overwrite=*/0)});
  body.call("vyreExitOnFailure", builder.getVoidTy(), {});
  body.callChecked("vyreAbiCheck", {builder.getInt32(VYRE_ABI_VERSION)},
                   "the runtime is too old for this program");
  for (const Ungrouped &entry : ungrouped)
    body.call(
        "vyreExplainUngrouped", builder.getVoidTy(),
        {builder.CreateGlobalString(entry.location), builder.CreateGlobalString(entry.reason)});
  llvm::Value *result = builder.CreateCall(entry);
  body.callChecked("vyreDeviceSync", {}, "");
  body.callChecked("vyreHostAccess", {llvm::ConstantPointerNull::get(builder.getPtrTy())}, "");
  body.callChecked("vyreReportFlush", {}, "a report could not be written");
  builder.CreateRet(result->getType()->isIntegerTy()
                        ? builder.CreateIntCast(result, builder.getInt32Ty(), /*isSigned=*/true)
                        : builder.getInt32(0));
}
