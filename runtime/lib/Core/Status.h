// A failure with its code and a message that says what to do about it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Success is free of allocation: the message is held only by failures.
#ifndef VYRE_RT_CORE_STATUS_H
#define VYRE_RT_CORE_STATUS_H

#include "vyre-abi/vyre_abi.h"

#include <memory>
#include <string>
#include <utility>

namespace vyre::rt {

class [[nodiscard]] Status {
public:
  Status() = default;
  Status(vyre_status code, std::string message)
      : failureCode(code), text(std::make_shared<const std::string>(std::move(message))) {}

  bool ok() const { return failureCode == VYRE_OK; }
  vyre_status code() const { return failureCode; }
  const char *message() const { return text ? text->c_str() : ""; }

private:
  vyre_status failureCode = VYRE_OK;
  std::shared_ptr<const std::string> text;
};

} // namespace vyre::rt

#endif // VYRE_RT_CORE_STATUS_H
