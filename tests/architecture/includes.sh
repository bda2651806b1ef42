#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds the dependency direction: a component includes its own headers, those of the components it
# stands on and, for the core, a short list of standard headers. Waiting and memory know no system.
#   includes.sh <project folder>
set -eu
cd "$1"

# Functions answer in a variable: a subshell for each of a thousand includes would take seconds.

# Which components may <component> include, besides itself?
find_ground() { # <component>: sets ground
  case $1 in
    core) ground= ;;
    coro | tls) ground=core ;;
    memory | epoll | asio) ground='core coro' ;;
    hooks) ground='core coro epoll' ;;
    testing) ground='core coro memory epoll asio tls' ;;
    *) ground=core ;;
  esac
}

# What the core may know of the standard library: neither I/O nor clocks nor threads.
standard=' algorithm array bit charconv climits compare concepts cstddef cstdint cstdlib cstring
 initializer_list iterator limits new numeric optional span string string_view system_error tuple
 type_traits utility version '

find_owner() { # <path after penstock/>: sets owner, the component whose header that is
  for header in core/include/penstock/"$1" adapters/*/include/penstock/"$1"; do
    [ -e "$header" ] || continue
    owner=${header%%/include/*}
    owner=${owner##*/}
    return
  done
  owner=nobody
}

check_outside() { # <component> <file> <included>: a header that is not ours
  case $1 in
    core)
      [ "$2 $3" != 'core/src/contract.cpp cstdio' ] || return 0 # a broken contract's last words
      [ "$2 $3" != 'core/include/penstock/pmr_blocks.hpp memory_resource' ] || return 0 # not in core.hpp
      case $standard in
        *[[:space:]]"$3"[[:space:]]*) ;;
        *) echo "$2: <$3> is not among the standard headers that the core may include" ;;
      esac
      ;;
    coro | memory | testing) # the C++ library, which has neither folders nor .h
      case "${2#adapters/testing/include/penstock/testing/} $3" in
        'rapidcheck.hpp rapidcheck.h' | 'certificates.hpp openssl/'*) return 0 ;; # for who includes those
      esac
      case $3 in
        */* | *.h) echo "$2: <$3> is a system header, which $1 does without" ;;
      esac
      ;;
    tls) # OpenSSL and the C++ library: what it works on are bytes
      case $3 in
        openssl/*) ;;
        */* | *.h) echo "$2: <$3> is a system header, which $1 does without" ;;
      esac
      ;;
    *)
      case $3 in
        openssl/*) echo "$2: <$3> belongs to tls" ;;
      esac
      [ "$3" != sys/epoll.h ] || [ "$1" = epoll ] || echo "$2: <$3> belongs to epoll"
      ;;
  esac
}

check_include() { # <component> <file> <included, with its brackets>
  included=${3#?}
  included=${included%?}
  case $3 in
    '<penstock/'*)
      find_owner "${included#penstock/}"
      find_ground "$1"
      case " $1 $ground " in
        *" $owner "*) ;;
        *) echo "$2: $3 belongs to $owner, on which $1 does not stand" ;;
      esac
      ;;
    \"*)
      [ -e "${2%/*}/$included" ] || echo "$2: $3 is not beside it"
      ;;
    *)
      check_outside "$1" "$2" "$included"
      ;;
  esac
}

breaches=$(
  grep -rEo --include='*.[ch]pp' '^ *# *include *[<"][^>"]*[>"]' core adapters 2> /dev/null |
    sort | sed 's/: *# *include */ /' | while read -r file included; do
      component=${file#adapters/}
      check_include "${component%%/*}" "$file" "$included"
    done
)
[ -z "$breaches" ] || {
  echo "$breaches"
  exit 1
}
