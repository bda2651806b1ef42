#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds that no source is forgotten: every .cpp and every public header is named in the nearest
# CMakeLists.txt above it. A test that is not built would hold nothing.
#   listed.sh <project folder>
set -eu
cd "$1"

breaches=$(
  find adapters bench core examples fuzz tests -name CMakeLists.txt -o -name '*.cpp' -o -path '*/include/*.hpp' |
    awk '
      /\/CMakeLists\.txt$/ { # every word of it, and what a folder of its own is
        folder = $0
        sub(/\/[^\/]*$/, "", folder)
        lists[folder]
        while ((getline line < $0) > 0) {
          n = split(line, words, /[^A-Za-z0-9_.\/-]+/)
          for (i = 1; i <= n; i++) listed[folder, words[i]]
        }
        close($0)
        next
      }
      { files[$0] }
      END {
        for (file in files) {
          folder = file
          do sub(/\/[^\/]*$/, "", folder); while (!(folder in lists) && folder ~ /\//)
          name = substr(file, length(folder) + 2)
          program = name # of its own: listed without .cpp
          sub(/\.cpp$/, "", program)
          if (!((folder, name) in listed) && !((folder, program) in listed))
            print file ": not in " folder "/CMakeLists.txt"
        }
      }'
)
[ -z "$breaches" ] || {
  echo "$breaches"
  exit 1
}
