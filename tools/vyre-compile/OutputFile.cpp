// An output file that exists only when it is complete.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "OutputFile.h"

#include "driver/Options.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Signals.h"
#include <sys/stat.h>

using namespace vyre::driver;
namespace fs = llvm::sys::fs;

OutputFile::~OutputFile() {
  if (temporary.empty())
    return;
  fs::remove(temporary);
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

bool OutputFile::fail(std::error_code error) const {
  reportError("cannot write '" + finalPath + "': " + error.message());
  return false;
}

bool OutputFile::create() {
  if (isStdout)
    return true;
  if (fs::is_directory(finalPath))
    return fail(std::make_error_code(std::errc::is_a_directory));
  // A device or a pipe is written to, never replaced by a file.
  fs::file_status status;
  isStream = !fs::status(finalPath, status) && fs::exists(status) && !fs::is_regular_file(status);
  int descriptor = -1;
  auto error = isStream ? fs::createTemporaryFile("vyre", "tmp", descriptor, temporary)
                        : fs::createUniqueFile(finalPath + ".%%%%%%%%.tmp", descriptor, temporary);
  if (error) {
    temporary.clear();
    return fail(error);
  }
  llvm::sys::RemoveFileOnSignal(temporary);
  llvm::raw_fd_ostream(descriptor, /*shouldClose=*/true).flush();
  return true;
}

bool OutputFile::write(llvm::function_ref<void(llvm::raw_pwrite_stream &)> writer) {
  std::error_code error;
  llvm::raw_fd_ostream stream(isStdout ? llvm::StringRef("-") : llvm::StringRef(temporary), error);
  if (error)
    return fail(error);
  writer(stream);
  stream.close();
  if (!stream.has_error())
    return true;
  error = stream.error();
  stream.clear_error();
  return fail(error);
}

bool OutputFile::copyToStream() {
  auto content = llvm::MemoryBuffer::getFile(temporary);
  if (!content)
    return fail(content.getError());
  std::error_code error;
  llvm::raw_fd_ostream stream(finalPath, error, fs::CD_OpenExisting, fs::FA_Write, fs::OF_None);
  if (error)
    return fail(error);
  stream << (*content)->getBuffer();
  stream.close();
  error = stream.error();
  stream.clear_error();
  return error ? fail(error) : true;
}

bool OutputFile::keep(bool executable) {
  if (isStdout)
    return true;
  if (isStream)
    return copyToStream();
  // The temporary was made for its owner alone; the result gets the usual rights.
  mode_t mask = umask(0);
  umask(mask);
  unsigned rights = (executable ? 0777u : 0666u) & ~mask;
  if (auto error = fs::setPermissions(temporary, static_cast<fs::perms>(rights)))
    return fail(error);
  if (auto error = fs::rename(temporary, finalPath))
    return fail(error);
  llvm::sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return true;
}
