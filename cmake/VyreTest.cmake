# Helpers for tests: vyre_unit_test() and vyre_benchmark().
include(GoogleTest)
find_package(GTest REQUIRED)

# vyre_unit_test(name SOURCES... [LINK targets] [LABELS labels]): a GoogleTest
# program, instrumented like the runtime; each of its cases is a CTest test.
# A case that cannot run here calls GTEST_SKIP() with the reason.
function(vyre_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_17)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  vyre_sanitize(${name})
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()

# vyre_benchmark(name SOURCES... [LINK targets]): a Google Benchmark program
# that the target `bench` runs. One at a time: they share the console.
function(vyre_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_features(${name} PRIVATE cxx_std_17)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} benchmark::benchmark)
  vyre_benchmark_command(${name} $<TARGET_FILE:${name}>)
endfunction()

# vyre_benchmark_command(name COMMAND...): the same for any command.
function(vyre_benchmark_command name)
  if(NOT TARGET bench)
    add_custom_target(bench)
  endif()
  add_custom_target(bench-${name} COMMAND ${ARGN} USES_TERMINAL VERBATIM)
  if(TARGET ${name})
    add_dependencies(bench-${name} ${name})
  endif()
  add_dependencies(bench bench-${name})
endfunction()
