// POSIX file handling of the state files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "StateFile.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace vyre::rt {
namespace {

class Descriptor {
public:
  explicit Descriptor(int opened) : fd(opened) {}
  ~Descriptor() {
    if (fd >= 0)
      ::close(fd);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const { return fd; }
  bool ok() const { return fd >= 0; }

private:
  int fd;
};

int openRetrying(const char *path, int flags, mode_t mode = 0) {
  int fd = -1;
  do
    fd = ::open(path, flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

/// A failure of the last system call, which wanted to `what` the file.
Status systemFailure(const char *what, const std::string &path) {
  const int error = errno;
  return Status(VYRE_UNAVAILABLE, std::string("cannot ") + what + " '" + path +
                                      "': " + std::generic_category().message(error));
}

Status writeAll(int fd, const std::string &text, const std::string &path) {
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return systemFailure("write", path);
    done += static_cast<size_t>(n);
  }
  if (::fsync(fd) != 0)
    return systemFailure("flush", path);
  return {};
}

Status flushFolderOf(const std::string &path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "."
                             : slash == 0               ? "/"
                                                        : path.substr(0, slash);
  const Descriptor fd(openRetrying(folder.c_str(), O_RDONLY | O_DIRECTORY));
  // Some file systems cannot flush a folder; the replacement itself is done.
  if (!fd.ok() || (::fsync(fd.get()) != 0 && errno != EINVAL && errno != ENOTSUP))
    return systemFailure("flush the folder", folder);
  return {};
}

} // namespace

Status readStateFile(const std::string &path, size_t maxBytes, std::string &text, bool &exists) {
  text.clear();
  exists = false;
  // Non-blocking, so that a named pipe is refused below instead of waited for.
  const Descriptor fd(openRetrying(path.c_str(), O_RDONLY | O_NONBLOCK));
  if (!fd.ok())
    return errno == ENOENT ? Status() : systemFailure("open", path);
  exists = true;
  struct stat info;
  if (::fstat(fd.get(), &info) != 0)
    return systemFailure("inspect", path);
  if (!S_ISREG(info.st_mode))
    return Status(VYRE_INVALID_ARGUMENT, "'" + path + "' is not a regular file");

  // The size may change while reading: what is read decides, not what stat says.
  char buffer[16384];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return systemFailure("read", path);
    if (n == 0)
      return {};
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > maxBytes) {
      text.clear();
      return Status(VYRE_INVALID_ARGUMENT, "'" + path + "' is larger than " +
                                               std::to_string(maxBytes) +
                                               " bytes: move it away or name another file");
    }
  }
}

Status replaceStateFile(const std::string &path, const std::string &temporary,
                        const std::string &text) {
  {
    const Descriptor fd(openRetrying(temporary.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK, 0644));
    if (!fd.ok())
      return systemFailure("create", temporary);
    if (Status status = writeAll(fd.get(), text, temporary); !status.ok()) {
      ::unlink(temporary.c_str());
      return status;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    Status status = systemFailure("replace", path);
    ::unlink(temporary.c_str());
    return status;
  }
  return flushFolderOf(path);
}

StateFileLock::~StateFileLock() {
  // Closing releases the lock. The file stays: removing it would let a process
  // that waits on it and one that makes it anew both believe they hold it.
  if (descriptor >= 0)
    ::close(descriptor);
}

Status StateFileLock::acquire(const std::string &path, uint32_t timeoutMs) {
  const std::string lockPath = path + ".lock";
  if (descriptor >= 0)
    return Status(VYRE_INTERNAL, "the lock on '" + path + "' is already held");
  const int fd = openRetrying(lockPath.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0644);
  if (fd < 0)
    return systemFailure("create the lock file", lockPath);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(timeoutMs);
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      Status status = systemFailure("lock", lockPath);
      ::close(fd);
      return status;
    }
    if (Clock::now() >= deadline) {
      ::close(fd);
      return Status(VYRE_TIMEOUT, "another process has held '" + lockPath + "' for over " +
                                      std::to_string(timeoutMs) + " ms");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  descriptor = fd;
  return {};
}

} // namespace vyre::rt
