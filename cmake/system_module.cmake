# SPDX-License-Identifier: BSL-1.0
# penstock_system_module(<result> <name>): whether pkg-config knows the module and it links, which one of
# another architecture does not; then there is the target PkgConfig::<name>.
include(CheckCXXSourceCompiles)
find_package(PkgConfig QUIET)

function(penstock_system_module result name)
  set(${result} FALSE PARENT_SCOPE)
  if(PkgConfig_FOUND)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET GLOBAL ${name})
    if(TARGET PkgConfig::${name})
      set(CMAKE_REQUIRED_LIBRARIES PkgConfig::${name})
      set(CMAKE_REQUIRED_QUIET TRUE)
      string(MAKE_C_IDENTIFIER PENSTOCK_${name}_LINKS links)
      check_cxx_source_compiles("int main() {}" ${links})
      if(${links})
        set(${result} TRUE PARENT_SCOPE)
      endif()
    endif()
  endif()
endfunction()
