#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds that no source is forgotten: every .cpp and every public header is named in the nearest
# CMakeLists.txt above it. A test that is not built would hold nothing.
#   listed.sh <project folder>
set -eu
cd "$1"

breaches=$(
  find adapters bench core examples fuzz tests -name '*.cpp' -o -path '*/include/*.hpp' 2> /dev/null |
    while read -r file; do
      folder=$(dirname "$file")
      while [ ! -e "$folder/CMakeLists.txt" ]; do folder=$(dirname "$folder"); done
      name=${file#"$folder/"}
      # a program of its own is listed without .cpp
      grep -qwE "$name|${name%.cpp}" "$folder/CMakeLists.txt" || echo "$file: not in $folder/CMakeLists.txt"
    done
)
[ -z "$breaches" ] || {
  echo "$breaches"
  exit 1
}
