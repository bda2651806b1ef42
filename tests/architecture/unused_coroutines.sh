#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds that who includes our headers and calls nothing has no coroutine of ours in the object, not even unoptimised.
#   unused_coroutines.sh <nm> <object that only includes>
set -eu
[ -s "$2" ]

breaches=$("$1" "$2" | grep -E '8penstock.*\.(actor|resume)$') || exit 0
echo "$breaches" | c++filt
exit 1
