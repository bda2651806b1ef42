# SPDX-License-Identifier: BSL-1.0
# penstock_add_library(<component> [NEEDS <component>...] [PACKAGE <name> <version>] [LINKS <target>...]
#                      [PKG_CONFIG <module>] HEADERS <file>... SOURCES <file>...)
# Without SOURCES: headers only.
# One component: target penstock_<component>, known as penstock::<component> both in a build tree
# and installed. What it asks of its users is C++20 and its include folder, nothing else; but for
# what it links of a PACKAGE that is not ours, which PKG_CONFIG names to others.
function(penstock_add_library component)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PKG_CONFIG" "NEEDS;PACKAGE;LINKS;HEADERS;SOURCES")
  set(target penstock_${component})
  if(arg_SOURCES)
    set(scope PUBLIC)
    add_library(${target} ${arg_SOURCES})
    # A broken contract's message names our files as the tree does, whoever built it where.
    target_compile_options(${target} PRIVATE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # in a unity build it sees anonymous types in a file that is included
      target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
    endif()
    set_property(GLOBAL PROPERTY PENSTOCK_LIBS_${component} " -L\${libdir} -lpenstock_${component}")
  else()
    set(scope INTERFACE)
    add_library(${target} INTERFACE)
  endif()
  add_library(penstock::${component} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS include FILES ${arg_HEADERS})
  set_target_properties(${target} PROPERTIES
    EXPORT_NAME ${component}
    CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}) # until 1.0 a minor version may break
  list(TRANSFORM arg_NEEDS PREPEND penstock:: OUTPUT_VARIABLE needed)
  target_link_libraries(${target} ${scope} ${needed} ${arg_LINKS})
  set_property(GLOBAL APPEND PROPERTY PENSTOCK_COMPONENTS ${component})
  set_property(GLOBAL PROPERTY PENSTOCK_NEEDS_${component} ${arg_NEEDS})
  set_property(GLOBAL PROPERTY PENSTOCK_PACKAGE_${component} ${arg_PACKAGE})
  set_property(GLOBAL PROPERTY PENSTOCK_PKG_CONFIG_${component} ${arg_PKG_CONFIG})
endfunction()
