# Compiler flags shared by every target.

# Dev: optimized just enough to test with, no debug info, built like the
# packaged LLVM (NDEBUG), because class layouts there depend on it.
# Not cache variables: project() has already cached empty ones for this name.
set(CMAKE_C_FLAGS_DEV "-O1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEV "-O1 -DNDEBUG")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

add_compile_options(-Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-Wthread-safety)
endif()

# vyre_sanitize(target): instruments the target as VYRE_SANITIZE says.
function(vyre_sanitize target)
  set(flags "") # a caller may have a variable of this name
  if(VYRE_SANITIZE STREQUAL "address")
    set(flags -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
  elseif(VYRE_SANITIZE STREQUAL "thread")
    set(flags -fsanitize=thread -fno-omit-frame-pointer -g1)
  elseif(NOT VYRE_SANITIZE STREQUAL "")
    message(FATAL_ERROR "VYRE_SANITIZE is address, thread or empty, not '${VYRE_SANITIZE}'")
  endif()
  if(flags)
    target_compile_options(${target} PRIVATE ${flags})
    target_link_options(${target} PUBLIC ${flags})
  endif()
endfunction()
