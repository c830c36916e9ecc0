// Runs a compiled program in this process with LLVM's ORC JIT.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Jit.h"

#include "driver/Crash.h"
#include "driver/Environment.h"
#include "vyre-abi/vyre_abi.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/FileSystem.h"
#include <cstdio>
#include <unistd.h>

using namespace vyre::driver;
namespace orc = llvm::orc;

/// The runtime's first failure ends the program: its results would be wrong.
static void exitOnFailure(vyre_status, vyre_cstr message, void *) {
  fflush(stdout);
  reportError(message);
  _exit(kRuntimeFailed);
}

/// Prints an LLVM error as the tool's; gives the exit code of bad input.
static int failWith(llvm::Error error) {
  reportError(llvm::toString(std::move(error)));
  return kBadInput;
}

/// Builds a JIT for this CPU that finds the runtime's symbols and the libraries'.
static llvm::Expected<std::unique_ptr<orc::LLJIT>> createJit(const RunRequest &request) {
  auto builder = orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(static_cast<llvm::CodeGenOptLevel>(std::min(request.optLevel, 3u)));
  builder->getOptions().AllowFPOpFusion = llvm::FPOpFusion::Strict;
  auto jit = orc::LLJITBuilder().setJITTargetMachineBuilder(std::move(*builder)).create();
  if (!jit)
    return jit.takeError();
  char prefix = (*jit)->getDataLayout().getGlobalPrefix();
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(prefix);
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  for (const std::string &path : request.sharedLibs) {
    // A name without a slash is a file here first, as for vyre-compile; dlopen would
    // look in the system's folders alone.
    std::string file =
        llvm::sys::fs::exists(path) && path.find('/') == std::string::npos ? "./" + path : path;
    auto library = orc::DynamicLibrarySearchGenerator::Load(file.c_str(), prefix);
    if (!library)
      return library.takeError();
    (*jit)->getMainJITDylib().addGenerator(std::move(*library));
  }
  return jit;
}

/// Calls the entry as a function of its result type; prints the value as
/// mlir-runner does if asked.
static void callEntry(orc::ExecutorAddr entry, const RunRequest &request) {
  auto print = [&](auto value) {
    vyreDeviceSync();
    fflush(stdout);
    if (request.printResult)
      llvm::outs() << value << "\n";
  };
  if (request.resultType == "i32")
    print(entry.toPtr<int32_t (*)()>()());
  else if (request.resultType == "i64")
    print(entry.toPtr<int64_t (*)()>()());
  else if (request.resultType == "f32")
    print(entry.toPtr<float (*)()>()());
  else if (request.resultType == "f64")
    print(entry.toPtr<double (*)()>()());
  else
    entry.toPtr<void (*)()>()();
}

int vyre::driver::runInProcess(Compilation &compilation, const RunRequest &request) {
  std::string error;
  auto machine = createTargetMachine("native", request.optLevel, error);
  if (!machine) {
    reportError(error);
    return kBadInput;
  }
  auto context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> module = compilation.translate(*context, *machine);
  if (!module)
    return kBadInput;
  setKernelSanitizer(*module, request.sanitizer);
  optimize(*module, *machine, request.optLevel);

  auto jit = createJit(request);
  if (!jit)
    return failWith(jit.takeError());
  if (auto failure =
          (*jit)->addIRModule(orc::ThreadSafeModule(std::move(module), std::move(context))))
    return failWith(std::move(failure));
  std::vector<std::string> missing;
  std::string problems;
  (*jit)->getExecutionSession().setErrorReporter([&](llvm::Error failure) {
    llvm::handleAllErrors(
        std::move(failure),
        [&](const orc::SymbolsNotFound &error) {
          for (const orc::SymbolStringPtr &symbol : error.getSymbols())
            missing.push_back((*symbol).str());
        },
        [&](const llvm::ErrorInfoBase &error) { problems += error.message() + "; "; });
  });
  auto entry = (*jit)->lookup(request.entry);
  if (!entry && !missing.empty()) { // in place of the JIT's own messages
    compilation.reportUndefined(missing);
    llvm::consumeError(entry.takeError());
    return kBadInput;
  }
  if (!entry) {
    reportError(problems + llvm::toString(entry.takeError()));
    return kBadInput;
  }

  vyreSetFailureHandler(exitOnFailure, nullptr);
  if (vyreAbiCheck(VYRE_ABI_VERSION) != VYRE_OK)
    return kRuntimeFailed;
  programRuns();
  callEntry(*entry, request);
  vyre_status status = vyreDeviceSync();
  bool isWritten = flushOutput();
  status = finishReports(status);
  // Code that other threads may still name stays mapped until the process ends.
  (void)jit->release();
  return status == VYRE_OK && isWritten ? kOk : kRuntimeFailed;
}
