# SPDX-License-Identifier: BSL-1.0
# Each component is installed with an export file and a pkg-config file of its own, so that asking
# for one never looks for what another depends on. Nothing that is installed for CMake or pkg-config holds an
# absolute path.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/penstock)
set(pkgconfig_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH prefix_from_pkgconfig /prefix/${pkgconfig_folder} /prefix)

get_property(components GLOBAL PROPERTY PENSTOCK_COMPONENTS)
list(JOIN components ", " component_names)
foreach(component IN LISTS components)
  install(TARGETS penstock_${component} EXPORT penstock-${component} FILE_SET HEADERS)
  install(EXPORT penstock-${component} NAMESPACE penstock:: DESTINATION ${package_folder})
  get_property(needs GLOBAL PROPERTY PENSTOCK_NEEDS_${component})
  get_property(package GLOBAL PROPERTY PENSTOCK_PACKAGE_${component})
  get_property(module GLOBAL PROPERTY PENSTOCK_PKG_CONFIG_${component})
  get_property(libs GLOBAL PROPERTY PENSTOCK_LIBS_${component})
  list(TRANSFORM needs PREPEND penstock- OUTPUT_VARIABLE requires)
  list(APPEND requires ${module})
  list(JOIN requires ", " requires)
  string(APPEND component_needs "set(penstock_needs_${component} ${needs})\n")
  if(package)
    string(APPEND component_needs "set(penstock_package_${component} ${package})\n")
  endif()
  configure_file(cmake/penstock.pc.in penstock-${component}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/penstock-${component}.pc DESTINATION ${pkgconfig_folder})
endforeach()

configure_package_config_file(cmake/penstock-config.cmake.in penstock-config.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(penstock-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/penstock-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/penstock-config-version.cmake
        DESTINATION ${package_folder})
install(FILES LICENSE CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
