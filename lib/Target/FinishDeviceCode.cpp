// Checks the PTX of every gpu.binary and assembles it where ptxas is found.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Builders.h"
#include "vyre/Target/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace mlir;

namespace vyre {
#define GEN_PASS_DEF_FINISHDEVICECODEPASS
#include "vyre/Target/Passes.h.inc"

namespace {

/// The first `__nv_*` symbol that `ptx` declares without defining; empty if none.
StringRef findUnresolvedFunction(StringRef ptx) {
  for (size_t at = ptx.find(".extern .func"); at != StringRef::npos;
       at = ptx.find(".extern .func", at + 1)) {
    StringRef declaration = ptx.substr(at).take_until([](char c) { return c == ';'; });
    size_t name = declaration.find("__nv_");
    if (name != StringRef::npos)
      return declaration.substr(name).take_while(
          [](char c) { return llvm::isAlnum(c) || c == '_'; });
  }
  return "";
}

/// Path of ptxas: in `toolkit`/bin, on PATH, or empty.
std::string findPtxas(StringRef toolkit) {
  if (!toolkit.empty()) {
    SmallString<128> path(toolkit);
    llvm::sys::path::append(path, "bin", "ptxas");
    if (llvm::sys::fs::can_execute(path))
      return path.str().str();
  }
  llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName("ptxas");
  return found ? *found : "";
}

/// A temporary file that is removed when this goes out of scope.
struct TemporaryFile {
  explicit TemporaryFile(StringRef suffix) {
    error = llvm::sys::fs::createTemporaryFile("vyre", suffix, path);
    if (!error)
      remover.setFile(path);
  }
  SmallString<128> path;
  std::error_code error;
  llvm::FileRemover remover;
};

/// Assembles `ptx` for `chip`; gives the cubin's bytes or, on failure, an error
/// with what ptxas said.
FailureOr<std::string> assemblePtx(Location loc, StringRef ptxas, StringRef ptx, StringRef chip) {
  TemporaryFile input("ptx"), output("cubin"), log("log");
  for (const TemporaryFile *file : {&input, &output, &log})
    if (file->error)
      return emitError(loc) << "cannot make a temporary file: " << file->error.message();
  std::error_code error;
  llvm::raw_fd_ostream stream(input.path, error);
  stream << ptx;
  stream.close();
  std::string chipFlag = ("-arch=" + chip).str();
  SmallVector<StringRef> command = {ptxas, chipFlag, "-o", output.path, input.path};
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(log.path), StringRef(log.path)};
  std::string message;
  int status = llvm::sys::ExecuteAndWait(ptxas, command, std::nullopt, redirects, 0, 0, &message);
  auto read = [](StringRef path) {
    auto buffer = llvm::MemoryBuffer::getFile(path);
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  };
  if (status != 0)
    return emitError(loc) << "ptxas failed for " << chip << ": " << message << read(log.path);
  return read(output.path);
}

struct FinishDeviceCodePass : public impl::FinishDeviceCodePassBase<FinishDeviceCodePass> {
  using FinishDeviceCodePassBase::FinishDeviceCodePassBase;

  void runOnOperation() override {
    std::string ptxas = assemble ? findPtxas(toolkit) : "";
    for (auto binary : getOperation().getOps<gpu::BinaryOp>())
      if (failed(finish(binary, ptxas)))
        return signalPassFailure();
  }

  LogicalResult finish(gpu::BinaryOp binary, StringRef ptxas) {
    MLIRContext *context = &getContext();
    SmallVector<Attribute> objects;
    for (Attribute entry : binary.getObjects()) {
      auto object = cast<gpu::ObjectAttr>(entry);
      StringRef ptx = object.getObject().getValue();
      if (StringRef name = findUnresolvedFunction(ptx); !name.empty())
        return binary.emitError() << "device code calls '" << name
                                  << "', which has no definition: this math function has no "
                                     "expansion that gives the same result on every device";
      auto target = dyn_cast<NVVM::NVVMTargetAttr>(object.getTarget());
      if (!ptxas.empty() && target) {
        FailureOr<std::string> cubin = assemblePtx(binary.getLoc(), ptxas, ptx, target.getChip());
        if (failed(cubin))
          return failure();
        objects.push_back(gpu::ObjectAttr::get(context, target, gpu::CompilationTarget::Binary,
                                               StringAttr::get(context, *cubin), DictionaryAttr(),
                                               gpu::KernelTableAttr()));
      }
      objects.push_back(object);
    }
    binary.setObjectsAttr(ArrayAttr::get(context, objects));
    return success();
  }
};

} // namespace
} // namespace vyre
