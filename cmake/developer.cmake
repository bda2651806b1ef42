# SPDX-License-Identifier: BSL-1.0
# What developers want and users must not get: warnings and sanitizers, for all that this tree
# compiles. Included at the top level only; nothing of it is exported.
add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wswitch-enum -Wnon-virtual-dtor
  -Wold-style-cast)
if(PENSTOCK_WERROR)
  add_compile_options(-Werror)
endif()
if(PENSTOCK_SANITIZE)
  add_compile_options(-fsanitize=${PENSTOCK_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PENSTOCK_SANITIZE})
endif()
