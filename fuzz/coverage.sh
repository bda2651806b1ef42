#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# How many of the core's lines run when the corpora of the core's targets are replayed: a table with
# a line a file, the lines that do not run, and a failure below 98 %.
#
#   fuzz/coverage.sh [FOLDER]     builds in FOLDER (default: build/coverage); DEV_JOBS=N limits that
#
# Clang, llvm-profdata and llvm-cov must be of one version: LLVM=19 unless told.
set -eu
cd "$(dirname "$0")/.."

least=98
targets='reader_ops chunking search writer_ops buffer_ops connect_race'
version=${LLVM:-19}
folder=${1:-build/coverage}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

show_and_fail() { # <file>
  cat "$1"
  exit 1
}

# Of functions in precompiled headers clang maps no lines.
cmake --preset fuzz -B "$folder" -DCMAKE_CXX_COMPILER="clang++-$version" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
  -DCMAKE_CXX_FLAGS='-fprofile-instr-generate -fcoverage-mapping' \
  -DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$folder/bin" > "$folder/configure.log" 2>&1 ||
  show_and_fail "$folder/configure.log"
# shellcheck disable=SC2046,SC2086 # a word a target
cmake --build "$folder" --parallel "${DEV_JOBS:-1}" --target $(printf 'fuzz_%s ' $targets) > "$folder/build.log" 2>&1 ||
  show_and_fail "$folder/build.log"

rm -f "$folder"/*.profraw
set --
for target in $targets; do
  inputs="fuzz/corpus/$target"
  [ ! -d "fuzz/regressions/$target" ] || inputs="$inputs fuzz/regressions/$target"
  # shellcheck disable=SC2086 # a word a folder
  LLVM_PROFILE_FILE="$folder/$target.profraw" "$folder/bin/fuzz_$target" -runs=0 $inputs \
    > "$folder/$target.log" 2>&1 || show_and_fail "$folder/$target.log"
  set -- "$@" -object "$folder/bin/fuzz_$target"
done
shift # the first one has no option in front
"llvm-profdata-$version" merge -o "$folder/all.profdata" "$folder"/*.profraw

# Columns 8 to 10 are lines.
"llvm-cov-$version" report "$@" -instr-profile="$folder/all.profdata" core > "$folder/report.txt" 2> "$folder/report.log"
awk '/%/ { sub(/.*include\/penstock\//, "", $1); sub(/.*src\//, "", $1)
  printf "%-24s %5d lines, %3d missed, %7s\n", $1, $8, $9, $10 }' "$folder/report.txt"

echo "Lines that do not run:"
"llvm-cov-$version" export -format=lcov "$@" -instr-profile="$folder/all.profdata" core 2>> "$folder/report.log" |
  awk -F '[:,]' '/^SF:/ { file = $2; sub(/.*\/core\//, "core/", file) } /^DA:/ && $3 == 0 { print file ":" $2 }' |
  sort -u -t : -k 1,1 -k 2,2n > "$folder/missed.txt"
while IFS=: read -r file line; do
  echo "  $file:$line: $(sed -n "${line}s/^ *//p" "$file")"
done < "$folder/missed.txt"

awk -v least="$least" '$1 == "TOTAL" { covered = $10; sub(/%/, "", covered) }
  END { if (covered + 0 < least) { print "error: less than " least " % of the lines"; exit 1 } }' "$folder/report.txt"
