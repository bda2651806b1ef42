#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Each planted flaw is found from an empty corpus within a minute; with SECONDS nothing is found in the
# handlers without one, each for so long. The program is fuzz_handlers, built by `./dev build fuzz`.
#   planted.sh PROGRAM [SECONDS]
set -eu
program=$1
seconds=${2:-0}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=0
[ -x "$program" ] || { echo "no program $program" >&2; exit 2; }

for protocol in lines frames chunks; do
  for flaw in split lost_byte hang unbounded none; do
    export PENSTOCK_PLANTED="$protocol,$flaw"
    limit=60
    [ "$flaw" != none ] || limit=$seconds
    [ "$limit" != 0 ] || continue
    rm -rf "$work/corpus"
    mkdir "$work/corpus"
    start=$(date +%s%N)
    outcome=found
    "$program" -max_len=256 -timeout=10 -max_total_time="$limit" -print_final_stats=1 \
      -artifact_prefix="$work/" "$work/corpus" > "$work/log" 2>&1 && outcome=nothing
    # A program that ends for another reason has found nothing.
    [ "$outcome" = nothing ] || grep -qE '^penstock: |ERROR: ' "$work/log" || outcome='a broken run'
    took=$((($(date +%s%N) - start) / 1000000))
    wanted=found
    [ "$flaw" != none ] || wanted=nothing
    [ "$outcome" = "$wanted" ] || missed=$((missed + 1))
    echo "$protocol $flaw: $outcome after $took ms; $(grep -m 1 -E '^penstock: |ERROR: ' "$work/log" ||
      sed -n 's/stat::number_of_executed_units: */executions: /p' "$work/log")"
    [ "$outcome" = "$wanted" ] || cp "$work/log" "planted-$protocol-$flaw.log"
  done
done
[ "$missed" = 0 ]
