// From MLIR text to an optimized LLVM module.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Compile.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"
#include "llvm/Transforms/Scalar/LoopUnrollPass.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"

using namespace mlir;
using namespace vyre::driver;

//===----------------------------------------------------------------------===//
// Command line
//===----------------------------------------------------------------------===//

static std::string toolName = "vyre";

void vyre::driver::reportError(StringRef message) {
  llvm::errs() << toolName << ": error: " << message << "\n";
}

void vyre::driver::dropLibraryOptions() {
  SmallVector<llvm::cl::Option *> options;
  for (auto &[name, option] : llvm::cl::getRegisteredOptions())
    if (!llvm::is_contained({"help", "version"}, name))
      options.push_back(option);
  for (llvm::cl::Option *option : options)
    option->removeArgument();
}

bool vyre::driver::parseCommandLine(int argc, char **argv, StringRef overview) {
  toolName = llvm::sys::path::filename(argv[0]).str();
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &stream) {
    stream << "Vyre " VYRE_VERSION ", with LLVM " LLVM_VERSION_STRING "\n";
  });
  return llvm::cl::ParseCommandLineOptions(argc, argv, overview, &llvm::errs());
}

bool vyre::driver::checkShared(const SharedOptions &options) {
  std::string problem;
  if (options.optLevel > 3)
    problem = "unknown -O" + std::to_string(options.optLevel) + "; expected -O0, -O1, -O2 or -O3";
  std::string regexProblem;
  if (!options.remarksFilter.empty() && !llvm::Regex(options.remarksFilter).isValid(regexProblem))
    problem = "--remarks-filter is no regular expression: " + regexProblem;
  if (!problem.empty())
    reportError(problem);
  return problem.empty();
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

/// The source buffers and the handler that prints diagnostics with their lines.
struct Compilation::Sources {
  llvm::SourceMgr manager;
  std::unique_ptr<SourceMgrDiagnosticHandler> handler;
};

Compilation::Compilation(StringRef remarksFilter) : sources(std::make_unique<Sources>()) {
  vyre::registerAllDialects(registry);
  vyre::registerAllPasses();
  context = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  context->printOpOnDiagnostic(false); // an error's place is enough
  sources->handler =
      std::make_unique<SourceMgrDiagnosticHandler>(sources->manager, context.get(), llvm::errs());
  // Fails only for a stream of remarks that cannot be set up; ours needs nothing.
  (void)listenToRemarks(*context, remarksFilter, ungrouped);
}

Compilation::~Compilation() = default;

bool Compilation::parse(StringRef path) {
  std::string error;
  std::unique_ptr<llvm::MemoryBuffer> file = openInputFile(path, &error);
  if (!file) {
    reportError(error);
    return false;
  }
  // A diagnostic would show the file's bytes as if they were a line.
  if (!isBytecode(file->getMemBufferRef()) && file->getBuffer().contains('\0')) {
    reportError("'" + path.str() + "' is neither MLIR text nor MLIR bytecode");
    return false;
  }
  sources->manager.AddNewSourceBuffer(std::move(file), SMLoc());
  ParserConfig config(context.get());
  module = parseSourceFile<ModuleOp>(sources->manager, config);
  return static_cast<bool>(module);
}

bool Compilation::checkEntry(StringRef entry, std::string &resultType) {
  Operation *symbol = SymbolTable::lookupSymbolIn(*module, entry);
  auto function = dyn_cast_or_null<FunctionOpInterface>(symbol);
  if (!function || function.isExternal()) {
    std::string file = sources->manager.getMemoryBuffer(1)->getBufferIdentifier().str();
    reportError(file + ": no function '" + entry.str() + "' with a body to run");
    return false;
  }
  if (function.getNumArguments() != 0) {
    function.emitError() << "function '" << entry << "' takes arguments; the one to run takes none";
    return false;
  }
  SymbolTable::setSymbolVisibility(symbol, SymbolTable::Visibility::Public);
  ArrayRef<Type> results = function.getResultTypes();
  if (isa<LLVM::LLVMFuncOp>(symbol) && results.size() == 1 && isa<LLVM::LLVMVoidType>(results[0]))
    results = {};
  resultType = "void";
  if (results.size() == 1 && (results[0].isInteger(32) || results[0].isInteger(64) ||
                              results[0].isF32() || results[0].isF64())) {
    llvm::raw_string_ostream(resultType = "") << results[0];
  } else if (!results.empty()) {
    function.emitError() << "function '" << entry
                         << "' must return nothing or one i32, i64, f32 or f64";
    return false;
  }
  return true;
}

bool Compilation::run(llvm::function_ref<void(OpPassManager &)> build) {
  PassManager pm(context.get());
  build(pm);
  return succeeded(pm.run(*module));
}

std::unique_ptr<llvm::Module> Compilation::translate(llvm::LLVMContext &llvmContext,
                                                     const llvm::TargetMachine &machine) {
  // Known from the start: sizes are folded while LLVM IR is made.
  (*module)->setAttr(
      LLVM::LLVMDialect::getDataLayoutAttrName(),
      StringAttr::get(context.get(), machine.createDataLayout().getStringRepresentation()));
  std::unique_ptr<llvm::Module> result = translateModuleToLLVMIR(*module, llvmContext, "vyre");
  if (!result)
    reportError("the program could not be translated to LLVM IR");
  return result;
}

void Compilation::reportUndefined(ArrayRef<std::string> names) {
  for (const std::string &name : names) {
    std::string text = "function '" + name +
                       "' is called, but nothing defines it; name its library with --shared-libs";
    if (Operation *function = SymbolTable::lookupSymbolIn(*module, name))
      function->emitError() << text;
    else
      reportError(text);
  }
}

//===----------------------------------------------------------------------===//
// LLVM
//===----------------------------------------------------------------------===//

std::unique_ptr<llvm::TargetMachine>
vyre::driver::createTargetMachine(StringRef cpu, unsigned optLevel, std::string &error) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::InitializeNativeTargetAsmParser();
  llvm::Triple triple(llvm::sys::getProcessTriple());
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  std::string name = cpu.str();
  llvm::SubtargetFeatures features;
  if (cpu == "native") {
    name = llvm::sys::getHostCPUName().str();
    for (const auto &[feature, enabled] : llvm::sys::getHostCPUFeatures())
      features.AddFeature(feature, enabled);
  }
  // Asked before a machine is made: LLVM warns of a name that it does not know, and
  // goes on without it.
  std::unique_ptr<llvm::MCSubtargetInfo> known(target->createMCSubtargetInfo(triple, "", ""));
  if (!known || !known->isCPUStringValid(name)) {
    error = "unknown CPU '" + name + "'";
    return nullptr;
  }
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, name, features.getString(), options, llvm::Reloc::PIC_, std::nullopt,
      static_cast<llvm::CodeGenOptLevel>(std::min(optLevel, 3u))));
}

void vyre::driver::setKernelSanitizer(llvm::Module &module, StringRef sanitizer) {
  auto kind = sanitizer == "address"  ? llvm::Attribute::SanitizeAddress
              : sanitizer == "thread" ? llvm::Attribute::SanitizeThread
                                      : llvm::Attribute::None;
  if (kind == llvm::Attribute::None)
    return;
  for (llvm::Function &function : module)
    if (!function.isDeclaration())
      function.addFnAttr(kind);
}

void vyre::driver::optimize(llvm::Module &module, llvm::TargetMachine &machine, unsigned optLevel) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  // The target's CPU goes into each function, so that later stages agree on it.
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
  }
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.SLPVectorization = optLevel >= 2;
  // Unrolled after the vectorizer only: its analysis of a loop over threads takes
  // time exponential in a chain of unrolled selects (a running maximum, say).
  tuning.LoopUnrolling = false;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1, llvm::OptimizationLevel::O2,
      llvm::OptimizationLevel::O3};
  llvm::OptimizationLevel level = levels[std::min(optLevel, 3u)];
  llvm::ModulePassManager passes = level == llvm::OptimizationLevel::O0
                                       ? builder.buildO0DefaultPipeline(level)
                                       : builder.buildPerModuleDefaultPipeline(level);
  if (optLevel >= 2) {
    llvm::FunctionPassManager late;
    late.addPass(llvm::LoopUnrollPass(llvm::LoopUnrollOptions(optLevel)));
    late.addPass(llvm::InstCombinePass());
    late.addPass(llvm::SimplifyCFGPass());
    passes.addPass(llvm::createModuleToFunctionPassAdaptor(std::move(late)));
  }
  bool address = llvm::any_of(module, [](llvm::Function &function) {
    return function.hasFnAttribute(llvm::Attribute::SanitizeAddress);
  });
  bool thread = llvm::any_of(module, [](llvm::Function &function) {
    return function.hasFnAttribute(llvm::Attribute::SanitizeThread);
  });
  if (address)
    passes.addPass(llvm::AddressSanitizerPass(llvm::AddressSanitizerOptions()));
  if (thread) {
    passes.addPass(llvm::ModuleThreadSanitizerPass());
    passes.addPass(llvm::createModuleToFunctionPassAdaptor(llvm::ThreadSanitizerPass()));
  }
  passes.run(module, modules);
}
