#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds that the epoll component makes its system calls in kernel.cpp alone, so that a fake kernel
# takes them all; and that waiting and the memory transport make none.
#   system_calls.sh <nm> <archive>...
set -eu
nm=$1
shift
for archive; do [ -s "$archive" ]; done

breaches=$("$nm" -A -u "$@" | awk '
  function is_system_call(s) {
    return s ~ /^(__)?(recv|send)(msg|mmsg|from|to)?(_chk)?$/ ||
      s ~ /^(__)?(p?read|p?write)v?(64|_chk)?$/ || s ~ /^(socket(pair)?|bind|listen|accept4?|connect|shutdown|close|dup[23]?)$/ ||
      s ~ /^(get|set)sock(name|opt)$/ || s ~ /^getpeername$/ || s ~ /^p?(poll|select)(_chk)?$/ || s ~ /^epoll_/ ||
      s ~ /^timerfd_/ || s ~ /^eventfd/ || s ~ /^(fcntl|ioctl|l?stat|fstat|open|openat|unlink|chmod|fchmod|pipe2?)(64)?$/ ||
      s ~ /^(clock_gettime|gettimeofday|time|nanosleep|clock_nanosleep|syscall|signal|sigaction|fork|vfork)$/
  }
  # std::stop_callback waits for one that runs on another thread
  $NF == "syscall" && $1 ~ /:limit_watch\.cpp\./ { next }
  is_system_call($NF) && $1 !~ /:kernel\.cpp\./ { print $1, $NF }')
[ -z "$breaches" ] || {
  echo "$breaches"
  exit 1
}
# The check sees what there is to see.
"$nm" -A -u "$@" | awk '$1 ~ /:kernel\.cpp\./ && $NF == "epoll_wait" { seen = 1 } END { exit !seen }' || {
  echo "kernel.cpp calls no epoll_wait: is this the epoll component?"
  exit 1
}
