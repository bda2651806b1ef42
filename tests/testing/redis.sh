#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# A live session: redis-cli talks to an echo of RESP over TCP under a tap; what was recorded replays byte
# for byte in memory, and can be made a seed, a test and a transcript.
#   redis.sh RECORDER PENSTOCK_SCRIPT
set -eu
command -v redis-cli > /dev/null || {
  echo "skipped: no redis-cli (Debian: apt-get install redis-tools)"
  exit 77
}
recorder=$1
script=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkfifo "$work/hold"
"$recorder" serve "$work" < "$work/hold" > "$work/port" &
exec 3> "$work/hold"
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -s "$work/port" ] || sleep 0.2
done
port=$(cat "$work/port")
[ -n "$port" ]

# A connection each; the first one with three commands, a tenth of a second apart.
ask() { redis-cli -h 127.0.0.1 -p "$port" "$@"; }
ask -r 3 -i 0.1 ECHO hello > "$work/answers"
[ "$(grep -c hello "$work/answers")" = 3 ]
ask SET 'a key' "$(printf 'two\r\nlines')" | grep -q lines
head -c 5000 /dev/zero | tr '\0' x | ask -x ECHO | grep -q xxx
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -s "$work/3.txt" ] || sleep 0.2
done
exec 3>&-
wait

[ "$(grep -c "^pass_time" "$work/1.txt")" -ge 2 ] # pauses are written down
for recording in "$work"/*.txt; do
  "$recorder" replay "$recording"
  "$script" "$recording"
  "$script" --test "$recording" | grep -q '^TEST(Recorded, Session)'
  "$script" --seed "$recording" > "$work/seed"
  "$script" --plan "$recording" > "$work/plan"
  "$script" --plan "$work/seed" | cmp - "$work/plan"
  [ -z "${PENSTOCK_KEEP:-}" ] || cp "$recording" "$PENSTOCK_KEEP"
done
