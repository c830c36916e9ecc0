# Installs the build BUILD into an empty prefix, then configures, builds and runs
# the consumer project against it and nothing else.
#
# cmake -DBUILD=.. -DSOURCE=.. -DWORK=.. -DC=.. -DCXX=.. -DEXPECT_COMPILER=..
#       -DLINK_FLAGS=.. -P RunConsumer.cmake

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${result}): ${command}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/prefix")
run("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${WORK}/build" -G Ninja
    "-DCMAKE_PREFIX_PATH=${WORK}/prefix" "-DCMAKE_C_COMPILER=${C}" "-DCMAKE_CXX_COMPILER=${CXX}"
    "-DCMAKE_EXE_LINKER_FLAGS=${LINK_FLAGS}" "-DEXPECT_COMPILER=${EXPECT_COMPILER}"
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run("${CMAKE_CTEST_COMMAND}" --test-dir "${WORK}/build" --output-on-failure --no-tests=error)
if(EXPECT_COMPILER)
  run("${WORK}/prefix/bin/vyre-opt" --version)
endif()
file(REMOVE_RECURSE "${WORK}")
