#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# What the programs say of files that they cannot use: a sentence and status 1, whatever the file is.
#   programs.sh PENSTOCK_SCRIPT FUZZ_PROGRAM
set -eu
script=$1
fuzz=$2
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT

# refused SENTENCE PROGRAM ARGUMENT...
refused() {
  sentence=$1
  shift
  status=0
  "$@" > "$work/said" 2>&1 || status=$?
  if [ "$status" != 1 ] || ! grep -qF "$sentence" "$work/said"; then
    echo "$*: status $status instead of 1 and: $sentence"
    cat "$work/said"
    exit 1
  fi
}

mkdir "$work/folder" "$work/folder/locked"
printf 'GET a\n' > "$work/folder/message"
printf 'penstock script 1\nfautl 5 1\n' > "$work/mistyped"
printf 'penstock script 1\nfault 55 1\n' > "$work/unknown"
printf 'penstock script 1\nstrike 0 3\nfeed "a"\nfeed_eof\n' > "$work/finding"

for verb in "" --text --plan --seed --test; do
  refused "$work/folder: is a folder" "$script" $verb "$work/folder"
  refused "$work/none: cannot be read" "$script" $verb "$work/none"
  refused "$work/mistyped: line 2: fautl 5 1" "$script" $verb "$work/mistyped"
done
for verb in --plan --seed --test; do
  refused "$work/unknown: line 2: no such fault: fault 55 1" "$script" $verb "$work/unknown"
done
"$script" --test "$work/finding" | grep -q 'penstock::testing::replay(handler, '

"$fuzz" "$work/folder" > "$work/said"
grep -q '^1 inputs passed' "$work/said"
refused "$work/none: cannot be read" "$fuzz" "$work/none"
refused "$work/mistyped: line 2: fautl 5 1" "$fuzz" "$work/mistyped"
ln -s round "$work/folder/round" # a link to itself is no file
"$fuzz" "$work/folder" > "$work/said"
chmod 0 "$work/folder/locked"
if ! ls "$work/folder/locked" > /dev/null 2>&1; then # whoever is root may read all
  refused "$work/folder/locked: " "$fuzz" "$work/folder/locked"
  refused "$work/folder/locked: " "$fuzz" "$work/folder"
  grep -q '^1 inputs passed' "$work/said"
fi
