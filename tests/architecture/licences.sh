#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds that every source file and page says under which licence it is, in its first three lines.
#   licences.sh <project folder>
set -eu
cd "$1"

breaches=$(
  find . -path './*build*' -prune -o -type f \( -name '*.[ch]pp' -o -name '*.py' -o -name '*.sh' \
    -o -name '*.cmake' -o -name '*.md' -o -name '*.in' -o -name CMakeLists.txt -o -path ./dev -o -path ./.ci/run \) \
    -exec awk '
      FNR <= 3 && /SPDX-License-Identifier: BSL-1\.0( -->)?$/ { says[FILENAME] }
      END { for (i = 1; i < ARGC; i++) if (!(ARGV[i] in says)) print ARGV[i] ": no SPDX line" }' {} +
)
[ -z "$breaches" ] || {
  echo "$breaches"
  exit 1
}
