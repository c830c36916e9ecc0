// Links an object file with the Vyre runtime into an executable.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Link.h"

#include "driver/Options.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include <cstdlib>
#include <vector>

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

/// The functions that the linker's messages call undefined, each once, in their
/// order. GNU ld says "undefined reference to `f'", lld "undefined symbol: f".
static void findUndefined(llvm::StringRef log, llvm::SmallVectorImpl<std::string> &names) {
  for (llvm::StringRef marker : {"undefined reference to `", "undefined symbol: "}) {
    llvm::StringRef rest = log;
    for (size_t at = rest.find(marker); at != llvm::StringRef::npos; at = rest.find(marker)) {
      rest = rest.drop_front(at + marker.size());
      std::string name = rest.take_until([](char c) { return c == '\'' || c == '\n'; }).str();
      if (!llvm::is_contained(names, name))
        names.push_back(name);
    }
  }
}

/// The linker's arguments for what the user named: each file, and for a shared
/// library where it is.
static std::vector<std::string> libraryArguments(llvm::ArrayRef<std::string> libraries) {
  std::vector<std::string> arguments;
  for (const std::string &library : libraries) {
    llvm::SmallString<128> file(library);
    fs::make_absolute(file);
    path::remove_dots(file, /*remove_dot_dot=*/true);
    arguments.push_back(file.str().str());
    if (path::filename(file).contains(".so"))
      arguments.push_back("-Wl,-rpath," + path::parent_path(file).str());
  }
  return arguments;
}

bool vyre::driver::linkExecutable(llvm::StringRef program, llvm::StringRef object,
                                  llvm::ArrayRef<std::string> libraries, llvm::StringRef executable,
                                  llvm::SmallVectorImpl<std::string> &undefined) {
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
  std::vector<std::string> named = libraryArguments(libraries);
  llvm::SmallVector<llvm::StringRef> command = {compiler, "-o", executable, object};
  command.append(named.begin(), named.end());
  // A content hash in place of a random build id; unused parts of the runtime go.
  command.append({runtime, "-static-libstdc++", "-static-libgcc", "-Wl,--build-id=sha1",
                  "-Wl,--gc-sections", "-lpthread", "-ldl", "-lm"});
  std::optional<llvm::StringRef> redirects[] = {std::nullopt, llvm::StringRef(log),
                                                llvm::StringRef(log)};
  setenv("LC_ALL", "C", /*overwrite=*/1); // its messages are read below
  std::string message;
  if (llvm::sys::ExecuteAndWait(compiler, command, std::nullopt, redirects, 0, 0, &message) == 0)
    return true;
  auto text = llvm::MemoryBuffer::getFile(log);
  if (text)
    findUndefined((*text)->getBuffer(), undefined);
  if (undefined.empty())
    reportError("linking with " + compiler + " failed: " + message +
                (text ? (*text)->getBuffer().str() : ""));
  return false;
}
