# Installs headers, libraries, tools and the CMake package (find_package(Vyre)).
# Install component Runtime needs no LLVM; Compiler is the rest.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Vyre")

# vyre_install_libraries(component targets...): installs the targets and exports
# them as Vyre::Name, the target's name without its prefix.
function(vyre_install_libraries component)
  foreach(target ${ARGN})
    string(REGEX REPLACE "^Vyre" "" name ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  endforeach()
  install(TARGETS ${ARGN} EXPORT Vyre${component}Targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component})
  install(EXPORT Vyre${component}Targets NAMESPACE Vyre:: DESTINATION ${package_dir}
    COMPONENT ${component})
endfunction()

vyre_install_libraries(Runtime VyrePolicy VyreRuntime VyreRuntimeStatic)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/runtime/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  COMPONENT Runtime FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/vyre/Policy"
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vyre COMPONENT Runtime FILES_MATCHING PATTERN "*.h")

if(NOT VYRE_RUNTIME_ONLY)
  get_property(compiler_libs GLOBAL PROPERTY VYRE_COMPILER_LIBS)
  vyre_install_libraries(Compiler VyreMLIRInterface ${compiler_libs})
  get_property(tools GLOBAL PROPERTY VYRE_TOOLS)
  install(TARGETS ${tools} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT Compiler)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/vyre" "${PROJECT_BINARY_DIR}/include/vyre"
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Compiler
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)
endif()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/VyreConfig.cmake.in" "${PROJECT_BINARY_DIR}/VyreConfig.cmake"
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/VyreConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/VyreConfig.cmake" "${PROJECT_BINARY_DIR}/VyreConfigVersion.cmake"
  DESTINATION ${package_dir} COMPONENT Runtime)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vyre
  COMPONENT Runtime)
