# SPDX-License-Identifier: BSL-1.0
# What developers want and users must not get: warnings and sanitizers, for all that this tree
# compiles. Included at the top level only; nothing of it is exported.
add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum -Wnon-virtual-dtor
  -Wold-style-cast)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # which collects its garbage early by default: a tenth of the time
  add_compile_options("SHELL:--param ggc-min-expand=200" "SHELL:--param ggc-min-heapsize=500000")
endif()
if(PENSTOCK_WERROR)
  add_compile_options(-Werror)
endif()
if(PENSTOCK_SANITIZE)
  add_compile_options(-fsanitize=${PENSTOCK_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PENSTOCK_SANITIZE})
endif()

# Under sanitizers some checks double the time of compiling coroutines. The core and TLS, where a peer's bytes are
# counted, have all of them everywhere; the other libraries wherever not everything is built both ways, as by
# ./dev test, and under libFuzzer.
set(costly_checks -fno-sanitize=null,alignment,object-size,vptr,pointer-overflow)
set(PENSTOCK_FEWER_CHECKS)
# For what tests, examples and fuzz targets consist of.
set(PENSTOCK_QUICKLY)
if(PENSTOCK_SANITIZE AND NOT PENSTOCK_SANITIZE MATCHES "fuzzer")
  set(PENSTOCK_QUICKLY -O0 ${costly_checks})
  # Use after return is looked for in the libraries: with tests' frames on the heap, too, they run up to half as long again.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND PENSTOCK_QUICKLY "SHELL:--param asan-use-after-return=0")
  endif()
  if(PENSTOCK_TESTS_ONCE)
    set(PENSTOCK_FEWER_CHECKS ${costly_checks})
  endif()
elseif(PENSTOCK_TESTS_ONCE)
  set(PENSTOCK_QUICKLY -O0 -g0)
endif()

# Where everything is built both ways four files are compiled as one, which halves what headers and templates cost; so
# names in their anonymous namespaces differ. Tests look at what each object of a plain library calls: those are
# compiled file by file, and all is by the other presets.
if(PENSTOCK_TESTS_ONCE)
  set(PENSTOCK_BATCHED ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 4)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU") # which sees their types in a file that is included
    add_compile_options(-Wno-subobject-linkage)
  endif()
  if(PENSTOCK_SANITIZE)
    set(CMAKE_UNITY_BUILD ON)
  endif()
endif()
