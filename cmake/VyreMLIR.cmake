# Finds LLVM and MLIR 22 and defines vyre_compiler_library().

find_program(VYRE_LLVM_CONFIG NAMES llvm-config-22 REQUIRED)
execute_process(COMMAND ${VYRE_LLVM_CONFIG} --cmakedir OUTPUT_VARIABLE _llvm_cmake
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${VYRE_LLVM_CONFIG} --bindir OUTPUT_VARIABLE VYRE_LLVM_BINDIR
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${VYRE_LLVM_CONFIG} --libdir OUTPUT_VARIABLE VYRE_LLVM_LIBDIR
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
get_filename_component(_mlir_cmake "${_llvm_cmake}/../mlir" ABSOLUTE)

# The package answers only to its exact minor version, so none is asked for.
find_package(MLIR REQUIRED CONFIG PATHS "${_mlir_cmake}" NO_DEFAULT_PATH)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "Vyre needs LLVM/MLIR 22, found ${LLVM_PACKAGE_VERSION}")
endif()
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

separate_arguments(_llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")

# vyre_compiler_library(name SOURCES... [LINK targets] [DEPENDS targets]): a
# static library of compiler code. MLIR and LLVM are linked as shared libraries
# everywhere: the static ones would bring a second copy of every option.
add_library(VyreMLIRInterface INTERFACE)
set_target_properties(VyreMLIRInterface PROPERTIES EXPORT_NAME MLIRInterface)
target_include_directories(VyreMLIRInterface SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(VyreMLIRInterface INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
  $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_definitions(VyreMLIRInterface INTERFACE ${_llvm_definitions})
target_compile_features(VyreMLIRInterface INTERFACE cxx_std_17)
target_link_libraries(VyreMLIRInterface INTERFACE MLIR LLVM)

function(vyre_compiler_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC VyreMLIRInterface ${ARG_LINK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  set_property(GLOBAL APPEND PROPERTY VYRE_COMPILER_LIBS ${name})
endfunction()
