// JSON quoting and atomic file replacement.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "Text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vyre::rt {

std::string jsonString(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string microseconds(uint64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%llu.%03llu",
                static_cast<unsigned long long>(nanoseconds / 1000),
                static_cast<unsigned long long>(nanoseconds % 1000));
  return text;
}

static Status cannotWrite(const std::string &path, int error) {
  return {VYRE_INVALID_ARGUMENT, "cannot write '" + path + "': " + std::strerror(error)};
}

// True when all bytes went out; errno says why not.
static bool writeAll(int file, std::string_view content) {
  while (!content.empty()) {
    ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    content.remove_prefix(size_t(written));
  }
  return true;
}

Status checkWritable(const std::string &path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode))
    return cannotWrite(path, EISDIR);
  if (::stat(path.c_str(), &info) == 0 && ::access(path.c_str(), W_OK) != 0)
    return cannotWrite(path, errno);
  size_t slash = path.find_last_of('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  bool special = ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  if (!special && ::access(folder.c_str(), W_OK | X_OK) != 0)
    return cannotWrite(path, errno);
  return {};
}

Status writeFileAtomically(const std::string &path, std::string_view content) {
  // A device such as /dev/stdout cannot be renamed over; write into it.
  struct stat info;
  bool special = ::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
  std::string target = special ? path : path + ".tmp." + std::to_string(::getpid());
  int flags = O_WRONLY | O_CLOEXEC | (special ? 0 : O_CREAT | O_TRUNC);
  int file = ::open(target.c_str(), flags, 0644);
  if (file < 0)
    return cannotWrite(path, errno);
  bool written = writeAll(file, content);
  int error = errno;
  if (::close(file) != 0 && written) {
    written = false;
    error = errno;
  }
  if (written && !special && ::rename(target.c_str(), path.c_str()) != 0) {
    written = false;
    error = errno;
  }
  if (!written) {
    if (!special)
      ::unlink(target.c_str());
    return cannotWrite(path, error);
  }
  return {};
}

} // namespace vyre::rt
