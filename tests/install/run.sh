#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Builds and runs consumer/ against penstock, got in one of the ways below. CMake sets the variables:
# CMAKE CXX GENERATOR, SOURCE and BUILD of penstock, WORK for what is made here.
#   run.sh tree | find_package | moved_prefix | pkg_config | streams | tls | asio | unknown_component | add_subdirectory
set -eu
unset CXXFLAGS LDFLAGS
way=$1
consumer=$SOURCE/tests/install/consumer
built=$WORK/$way

fail() {
  echo "$*"
  exit 1
}

configure() {
  rm -rf "$built"
  "$CMAKE" -S "$consumer" -B "$built" -G "$GENERATOR" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON "$@"
}

# The consumer is compiled with our include folder and C++20, and with nothing else of ours.
check_compile_line() {
  flags=$(sed -n 's/^ *"command": "[^ ]* \(.*consumer\.cpp\)".*/\1/p' "$built/compile_commands.json" |
    sed -E 's/-(isystem |I)[^ ]*//g; s/-o [^ ]*//; s/-c [^ ]*//' | tr -s ' ')
  case $flags in
    ' -std=gnu++20 ' | ' -std=c++20 ') ;;
    *) fail "the consumer is compiled with: $flags" ;;
  esac
}

build_and_run() {
  "$CMAKE" --build "$built" --target consumer
  "$built/consumer" | grep -x 'hello, consumer'
  check_compile_line
}

# consumer/$way.cpp with that component, by CMake and by pkg-config.
component() {
  configure -DCMAKE_PREFIX_PATH="$WORK/moved" -DCOMPONENT="$1"
  "$CMAKE" --build "$built"
  "$built/consumer" | grep -x "hello, $way"
  PKG_CONFIG_PATH=$(dirname "$(find "$WORK/moved" -name "penstock-$1.pc")")
  export PKG_CONFIG_PATH
  # shellcheck disable=SC2046 # one word a flag is meant
  "$CXX" -std=c++20 "$consumer/$way.cpp" -o "$built/by_pkg_config" $(pkg-config --cflags --libs "penstock-$1")
  "$built/by_pkg_config" | grep -x "hello, $way"
}

case $way in
  tree)
    rm -rf "$WORK/prefix" "$WORK/moved"
    "$CMAKE" --install "$BUILD" --prefix "$WORK/prefix"
    cp -R "$WORK/prefix" "$WORK/moved"
    if grep -rF "$WORK" "$WORK/moved"; then fail "an installed file holds the prefix"; fi
    ;;
  find_package)
    configure -DCMAKE_PREFIX_PATH="$WORK/prefix"
    build_and_run
    ;;
  moved_prefix)
    configure -DCMAKE_PREFIX_PATH="$WORK/moved"
    grep -q "^penstock_DIR:PATH=$WORK/moved/" "$built/CMakeCache.txt"
    build_and_run
    ;;
  streams) component epoll ;;
  tls) component tls ;;
  asio) component asio ;;
  pkg_config)
    PKG_CONFIG_PATH=$(dirname "$(find "$WORK/moved" -name penstock-core.pc)")
    export PKG_CONFIG_PATH
    mkdir -p "$built"
    # shellcheck disable=SC2046 # one word a flag is meant
    "$CXX" -std=c++20 "$consumer/consumer.cpp" -o "$built/consumer" \
      $(pkg-config --cflags --libs penstock-core)
    "$built/consumer" | grep -x 'hello, consumer'
    ;;
  unknown_component)
    if configure -DCMAKE_PREFIX_PATH="$WORK/prefix" -DCOMPONENT=plumbing > "$WORK/$way.log" 2>&1; then
      fail "a component that does not exist was found"
    fi
    tr -s ' \n' ' ' < "$WORK/$way.log" | grep -q "This penstock has no component 'plumbing'"
    ;;
  add_subdirectory) # shared, which also shows that what the consumer calls is exported
    configure -DPENSTOCK_SOURCE="$SOURCE" -DBUILD_SHARED_LIBS=ON
    build_and_run
    (cd "$built" && ctest -N) | grep -x 'Total Tests: 0'
    "$CMAKE" --install "$built" --prefix "$built/nothing"
    [ ! -e "$built/nothing" ] || fail "a sub-project installs files"
    ;;
esac
