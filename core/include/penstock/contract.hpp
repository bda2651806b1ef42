// SPDX-License-Identifier: BSL-1.0
// What an adapter's author owes the core, checked in every build; what leaves the library, and what stands together.
#pragma once

#define PENSTOCK_API [[gnu::visibility("default")]]

// What most turns run. The linker lays these functions side by side: behind a system call the processor may have to
// find each page of a program anew, and a turn that is spread over thirty pays for thirty.
#define PENSTOCK_HOT [[gnu::hot]]

namespace penstock { inline namespace v0 { namespace detail {

// Prints the broken condition to standard error and aborts.
[[noreturn, gnu::cold]] PENSTOCK_API void contract_broken(const char* condition, const char* file, int line) noexcept;

}}}  // namespace penstock::v0::detail

// Aborts with the condition's text unless it holds. Only for mistakes of an adapter's or an operation's author, and for
// a task that is empty, started or awaited a second time: no peer byte can reach one.
#define PENSTOCK_EXPECTS(condition) \
  ((condition) ? static_cast<void>(0) : ::penstock::detail::contract_broken(#condition, __FILE__, __LINE__))

#define PENSTOCK_UNREACHABLE() ::penstock::detail::contract_broken("unreachable", __FILE__, __LINE__)
