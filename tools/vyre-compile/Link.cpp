// Links an object file with the Vyre runtime into an executable.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Link.h"

#include "driver/Options.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

using namespace vyre::driver;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

/// Path of the static runtime: lib/ beside the tool's folder, in a build as in
/// an installation (also a Debian multiarch one); empty if it is not there.
static std::string findRuntime(llvm::StringRef program) {
  std::string self = fs::getMainExecutable(program.str().c_str(), nullptr);
  llvm::StringRef prefix = path::parent_path(path::parent_path(self));
  for (llvm::StringRef folder : {"lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"}) {
    llvm::SmallString<128> candidate(prefix);
    path::append(candidate, folder, "libVyreRuntime.a");
    if (fs::exists(candidate))
      return candidate.str().str();
  }
  return "";
}

/// Path of a C++ compiler to link with; empty if there is none.
static std::string findCompiler() {
  for (llvm::StringRef name : {"clang++-22", "clang++", "g++-12", "g++", "c++"})
    if (llvm::ErrorOr<std::string> found = llvm::sys::findProgramByName(name))
      return *found;
  return "";
}

bool vyre::driver::linkExecutable(llvm::StringRef program, llvm::StringRef object,
                                  llvm::StringRef executable) {
  std::string runtime = findRuntime(program), compiler = findCompiler();
  if (runtime.empty() || compiler.empty()) {
    reportError(runtime.empty() ? "cannot find libVyreRuntime.a in ../lib of this tool"
                                : "cannot link: no C++ compiler (clang++, g++ or c++) on PATH");
    return false;
  }
  llvm::SmallString<128> log;
  if (fs::createTemporaryFile("vyre-link", "log", log)) {
    reportError("cannot make a temporary file");
    return false;
  }
  llvm::FileRemover removeLog(log);
  // A content hash in place of a random build id; unused parts of the runtime go.
  llvm::SmallVector<llvm::StringRef> command = {compiler,
                                                "-o",
                                                executable,
                                                object,
                                                runtime,
                                                "-static-libstdc++",
                                                "-static-libgcc",
                                                "-Wl,--build-id=sha1",
                                                "-Wl,--gc-sections",
                                                "-lpthread",
                                                "-ldl",
                                                "-lm"};
  std::optional<llvm::StringRef> redirects[] = {std::nullopt, llvm::StringRef(log),
                                                llvm::StringRef(log)};
  std::string message;
  if (llvm::sys::ExecuteAndWait(compiler, command, std::nullopt, redirects, 0, 0, &message) == 0)
    return true;
  auto text = llvm::MemoryBuffer::getFile(log);
  reportError("linking with " + compiler + " failed: " + message +
              (text ? (*text)->getBuffer().str() : ""));
  return false;
}
