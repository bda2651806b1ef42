#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The steps of a document for users and nothing else, in an empty folder, against the installed package:
# its files are written, its commands run; those marked `finds` have to fail with a finding.
# CMake sets the variables: CMAKE CXX GENERATOR SOURCE WORK.
#   tutorial.sh <document> <how many commands it has> <what a finding says>
set -eu
unset CXXFLAGS LDFLAGS
document=$1
here=$WORK/$(basename "$document" .md)
rm -rf "$here"
mkdir -p "$here/parts"
cd "$here"

# parts/NUMBER.what holds the mark of a block, parts/NUMBER.body its lines.
awk '
  /^<!-- (file|append|run): .* -->$/ { mark = $2 " " $3; next }
  mark != "" && /^```/ && !inside {
    inside = 1
    name = sprintf("parts/%02d", ++n)
    print mark > (name ".what")
    next
  }
  inside && /^```$/ { inside = 0; mark = ""; close(name ".body"); next }
  inside { print > (name ".body") }
' "$SOURCE/docs/$document"

CMAKE_PREFIX_PATH=$WORK/moved CMAKE_GENERATOR=$GENERATOR
PATH=$(dirname "$CMAKE"):$PATH
export CXX CMAKE_PREFIX_PATH CMAKE_GENERATOR PATH

ran=0
for what in parts/*.what; do
  body=${what%.what}.body
  read -r kind argument < "$what"
  case $kind in
    file:)
      cp "$body" "$argument"
      ;;
    append:)
      cat "$body" >> "$argument"
      ;;
    run:)
      ran=$((ran + 1))
      echo "--- $argument"
      cat "$body"
      outcome=passes
      sh -e "$body" > log 2>&1 || outcome=finds
      tail -n 15 log
      [ "$outcome" = "$argument" ] || { echo "it $outcome"; exit 1; }
      [ "$outcome" = passes ] || grep -q "$3" log
      ;;
  esac
done
[ "$ran" = "$2" ]
