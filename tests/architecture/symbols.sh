#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Holds that the core does no I/O, reads no clock, starts no thread and allocates only where it can
# answer a failure: what its objects leave undefined is on the short lists below.
#   symbols.sh <nm> <archive>
set -eu
[ -s "$2" ]

breaches=$("$1" -u "$2" | awk '
  function is_byte_work(s) { return s ~ /^(bcmp|memchr|memcmp|memcpy|memmem|memmove|memrchr|memset|strlen|abort)$/ }
  function is_error_code(s) { return s ~ /St3_V2(14error_category|15system_category|16generic_category)/ }
  # the forms of operator new that answer null, and of operator delete
  function is_allocation(s) { return s ~ /^(_ZSt7nothrow|_Zd[la]Pv.*|_Zn[wa][jm](St11align_val_t)?RKSt9nothrow_t)$/ }
  # string_view::substr refers to it
  function is_check(s) { return s == "_ZSt24__throw_out_of_range_fmtPKcz" }
  # std::terminate is what clang puts at the border of a noexcept function;
  # the hooks of AddressSanitizer are weak: null where there is none
  function is_compiler(s) {
    return s ~ /^(__cxa_.*|_ZSt9terminatev|__gxx_personality_v0|_Unwind_Resume|_ZTVN10__cxxabiv1.*)$/ ||
      s ~ /^(__stack_chk_fail|__dso_handle|_GLOBAL_OFFSET_TABLE_|__cpu_model|__cpu_indicator_init)$/ ||
      s ~ /^__((mem|str)[a-z]*_chk|u?(mul|div|mod|divmod)[dt]i[34]|(clz|ctz|popcount)[sdt]i2|asan_(un)?poison_memory_region)$/
  }
  # text for people is a std::string
  function is_text(s) { return s ~ /^(_ZNK?St7__cxx1112basic_string.*|_ZSt[0-9]+__throw_.*|_Zn[wa][jm])$/ }
  function is_last_words(s) { return s ~ /^(stderr|fprintf|__fprintf_chk|fputs|fwrite)$/ }

  /:$/ { object = $1; sub(/\..*/, "", object); next }
  NF == 0 || $NF ~ /8penstock/ { next }
  is_byte_work($NF) || is_error_code($NF) || is_allocation($NF) || is_check($NF) || is_compiler($NF) { next }
  object ~ /^(connect_race|describe|error)$/ && is_text($NF) { next }
  object == "contract" && is_last_words($NF) { next }
  { print object, $NF }')
[ -z "$breaches" ] || {
  echo "$breaches" | c++filt
  exit 1
}
