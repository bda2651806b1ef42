#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds that every source file and page says under which licence it is, in its first three lines.
#   licences.sh <project folder>
set -eu
cd "$1"

breaches=$(
  find . -path './*build*' -prune -o -type f \( -name '*.[ch]pp' -o -name '*.py' -o -name '*.sh' \
    -o -name '*.cmake' -o -name '*.md' -o -name '*.in' -o -name CMakeLists.txt -o -path ./dev -o -path ./.ci/run \) -print |
    while read -r file; do
      head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSL-1.0\( -->\)\{0,1\}$' || echo "$file: no SPDX line"
    done
)
[ -z "$breaches" ] || {
  echo "$breaches"
  exit 1
}
