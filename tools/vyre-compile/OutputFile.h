// An output file that exists only when it is complete.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TOOLS_COMPILE_OUTPUTFILE_H
#define VYRE_TOOLS_COMPILE_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace vyre::driver {

/// A temporary file beside the final path, renamed to it by keep() and removed
/// otherwise: nobody sees a partial file, and an error keeps an older one. A path that
/// is a device or a pipe gets the finished bytes.
class OutputFile {
public:
  /// What `path` stands for: a file of any name, or standard output if it is "-".
  enum class Kind { File, FileOrStdout };
  explicit OutputFile(llvm::StringRef path, Kind kind = Kind::File)
      : finalPath(path.str()), isStdout(kind == Kind::FileOrStdout && path == "-") {}
  ~OutputFile();
  OutputFile(const OutputFile &) = delete;
  OutputFile &operator=(const OutputFile &) = delete;

  /// Creates the temporary. False after a printed error.
  bool create();
  /// Path of the temporary, for tools that write it by name.
  llvm::StringRef path() const { return temporary; }
  /// Fills the temporary, or writes to standard output. False after a printed error.
  bool write(llvm::function_ref<void(llvm::raw_pwrite_stream &)> writer);
  /// Renames the temporary to the final path; executables get the permission to
  /// run. False after a printed error.
  bool keep(bool executable = false);

private:
  bool fail(std::error_code error) const;

  bool copyToStream();

  std::string finalPath;
  bool isStdout;
  bool isStream = false; ///< A device or a pipe, which no file may take the place of.
  llvm::SmallString<128> temporary;
};

} // namespace vyre::driver

#endif // VYRE_TOOLS_COMPILE_OUTPUTFILE_H
