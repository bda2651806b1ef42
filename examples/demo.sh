#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# The demo: one handler over every transport, then what the core does without any, in a few seconds.
#
#   demo.sh BIN_DIR     the directory of the example programs
set -eu

bin=${1:?usage: demo.sh BIN_DIR}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
server=
greedy=

finish() {
  status=$?
  trap '' INT TERM HUP
  for process in $greedy $server; do kill "$process" 2>/dev/null || :; done
  wait
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

say() { printf '%s\n' "$*"; }
chapter() { printf '\n%s\n' "$*"; }
die() { say "demo: $*" >&2; exit 1; }

# Sends standard input to port $1 or path $1, says that it has ended, prints what comes back.
if command -v socat >/dev/null 2>&1; then
  client=socat
  exchange() {
    case $1 in
      /*) socat -b65536 -t10 - "UNIX-CONNECT:$1" ;;
      *) socat -b65536 -t10 - "TCP:127.0.0.1:$1" ;;
    esac
  }
  only_send() { exec socat -b65536 -u - "TCP:127.0.0.1:$1"; }
elif command -v python3 >/dev/null 2>&1; then
  client=python3
  exchange() { python3 "$work/client.py" "$1" both; }
  only_send() { exec python3 "$work/client.py" "$1" send; }
  cat >"$work/client.py" <<'END'
import socket, sys, threading
to = sys.argv[1]
s = socket.socket(socket.AF_UNIX if to[0] == "/" else socket.AF_INET)
s.connect(to if to[0] == "/" else ("127.0.0.1", int(to)))
def send():
    while piece := sys.stdin.buffer.read1(65536): s.sendall(piece)
    s.shutdown(socket.SHUT_WR)
sender = threading.Thread(target=send)
sender.start()
while sys.argv[2] == "both" and (piece := s.recv(65536)): sys.stdout.buffer.write(piece)
sender.join()
END
else
  die "no client found: apt-get install socat"
fi

# How much memory the server holds, in KiB; nothing where the system does not say.
memory() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$server/status" 2>/dev/null || :; }

if [ -x "$bin/one_handler" ]; then
  "$bin/one_handler"
fi

# --- what is sent: this project's own sources, and one made line that is far too long -----------

cat "$root"/core/include/penstock/*.hpp "$root"/core/src/*.cpp "$root"/examples/*.?pp >"$work/once"
ten_times() { for _ in 1 2 3 4 5 6 7 8 9 10; do cat "$1"; done; }
ten_times "$work/once" >"$work/ten"
ten_times "$work/ten" >"$work/hundred"
{ cat "$work/once"; head -c 100000 /dev/zero | tr '\0' x; echo; cat "$work/once"; } >"$work/long"

chapter "The core alone: the sources in random pieces, in their midst a line of 100000 bytes"
"$bin/core_only" "$work/long" 1 >"$work/report"
sed 's/^/    /' "$work/report"

"$bin/poll_echo_server" --port 0 --unix "$work/socket" --limit 1000 2>"$work/log" &
server=$!
tries=0
until grep -q "$work/socket" "$work/log"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 50 ]; then die "the server does not listen"; fi
  sleep 0.1
done
port=$(sed -n 's/.* port //p' "$work/log")
chapter "A server on poll(2), port $port of 127.0.0.1 and a Unix socket; the client: $client"

for address in "$port" "$work/socket"; do
  exchange "$address" <"$work/hundred" >"$work/answer"
  cmp "$work/hundred" "$work/answer" || die "$address: the answer differs"
  lines=$(($(wc -l <"$work/answer")))
  say "    $lines lines, $(($(wc -c <"$work/answer"))) bytes came back byte for byte"
done

chapter "A line of 100000 bytes where 1000 are allowed, between two others"
{ echo before; head -c 100000 /dev/zero | tr '\0' x; echo; echo after; } >"$work/three"
exchange "$port" <"$work/three" >"$work/answer"
sed 's/^/    /' "$work/answer"
printf 'before\nline too long\nafter\n' | cmp -s - "$work/answer" || die "not what was expected"

if [ -n "$(memory)" ]; then
  chapter "A client that sends for a second and reads none of its answers is paused"
  before=$(memory)
  while cat "$work/hundred"; do :; done 2>/dev/null | only_send "$port" 2>/dev/null &
  greedy=$!
  sleep 1
  say "    the server held $before KiB before and holds $(memory) KiB of memory"
  say hello | exchange "$port" >"$work/answer"
  say "    meanwhile another one says hello and is answered: $(cat "$work/answer")"
  kill "$greedy"
  wait "$greedy" 2>/dev/null || :
  greedy=
fi

kill "$server"
wait "$server" || die "the server ended with an error"
server=
chapter "That was the demo. To go on: examples/core_only.cpp, ./dev test"
