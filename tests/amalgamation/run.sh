#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Makes the amalgamation and compiles it, with each compiler that is here, into the program of
# tests/install; once more without exceptions and RTTI.
#   run.sh PYTHON SOURCE FOLDER COMPILER...
set -eu
unset CXXFLAGS LDFLAGS
python=$1
source=$2
made=$3
shift 3
rm -rf "$made"
"$python" "$source/cmake/amalgamate.py" "$made"
sed 's|<penstock/core.hpp>|"penstock.hpp"|' "$source/tests/install/consumer/consumer.cpp" > "$made/consumer.cpp"
cd "$made"
tried=
for compiler; do
  command -v "$compiler" > /dev/null || continue
  version=$("$compiler" --version | head -n 1)
  case $tried in *"$version"*) continue ;; esac
  tried="$tried$version;"
  echo "$version"
  "$compiler" -std=c++20 -Wall -Wextra -Werror consumer.cpp penstock.cpp -o consumer
  ./consumer | grep -x 'hello, consumer'
  "$compiler" -std=c++20 -Wall -Wextra -Werror -fno-exceptions -fno-rtti -c penstock.cpp -o /dev/null
done
[ -n "$tried" ]
