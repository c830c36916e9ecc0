// A temporary folder, and small file and process helpers, for the state tests.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VYRE_TEST_STATETESTING_H
#define VYRE_TEST_STATETESTING_H

#include "AutotuneStore.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace vyre::rt::test {

class StateFolder : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "vyre-state-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override {
    for (const std::string &name : list())
      ::unlink((folder + "/" + name).c_str());
    ::rmdir(folder.c_str());
  }

  std::string path(const char *name = "store.toml") const { return folder + "/" + name; }

  std::vector<std::string> list() const {
    std::vector<std::string> names;
    DIR *dir = ::opendir(folder.c_str());
    while (const dirent *entry = dir ? ::readdir(dir) : nullptr)
      if (std::string(entry->d_name) != "." && std::string(entry->d_name) != "..")
        names.push_back(entry->d_name);
    if (dir)
      ::closedir(dir);
    return names;
  }

  std::string folder;
};

inline void writeText(const std::string &path, const std::string &text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Starts `body` in a process of its own; its value is the exit status.
inline pid_t startProcess(const std::function<int()> &body) {
  const pid_t pid = ::fork();
  if (pid == 0)
    ::_exit(body());
  return pid;
}

inline int waitFor(pid_t pid) {
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid ? status : -1;
}

inline StoreKey keyOf(int number, const char *adapter = "host-test") {
  return {hashBytes(std::to_string(number)).hex(), adapter};
}

inline TuningRecord recordAt(int64_t time, uint32_t unroll = 1) {
  TuningRecord record;
  record.recordedAt = time;
  record.unroll = unroll;
  return record;
}

#define EXPECT_OK(expression)                                                                      \
  do {                                                                                             \
    const ::vyre::rt::Status checked = (expression);                                               \
    EXPECT_TRUE(checked.ok()) << checked.message();                                                \
  } while (false)

/// Expects a failure whose message has `part`.
inline void expectFailure(const Status &status, const std::string &part) {
  EXPECT_FALSE(status.ok());
  EXPECT_NE(std::string(status.message()).find(part), std::string::npos) << status.message();
}

} // namespace vyre::rt::test

#endif // VYRE_TEST_STATETESTING_H
