#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds what <penstock/core.hpp> costs each file that includes it: at most 36,000 preprocessed lines
# with g++, and none of the heavy standard headers.
#   weight.sh <g++> <include folder>
set -eu
budget=36000

preprocessed=$(mktemp)
trap 'rm -f "$preprocessed"' EXIT
echo '#include <penstock/core.hpp>' | "$1" -std=c++20 -I "$2" -E -x c++ - > "$preprocessed"

lines=$(wc -l < "$preprocessed")
echo "$lines preprocessed lines of $budget"
if grep -E '^# [0-9]+ ".*/(chrono|functional|memory|iostream)"' "$preprocessed"; then
  echo "heavy headers, see above"
  exit 1
fi
[ "$lines" -le "$budget" ]
