// SPDX-License-Identifier: BSL-1.0
// What an adapter's author owes the core, checked in every build; and what leaves the library.
#pragma once

#define PENSTOCK_API [[gnu::visibility("default")]]

namespace penstock { inline namespace v0 { namespace detail {

// Prints the broken condition to standard error and aborts.
[[noreturn, gnu::cold]] PENSTOCK_API void contract_broken(const char* condition, const char* file, int line) noexcept;

}}}  // namespace penstock::v0::detail

// Aborts with the condition's text unless it holds. Only for mistakes of an adapter's or an
// operation's author: no peer byte and no application call can reach one.
#define PENSTOCK_EXPECTS(condition) \
  ((condition) ? static_cast<void>(0) : ::penstock::detail::contract_broken(#condition, __FILE__, __LINE__))

#define PENSTOCK_UNREACHABLE() ::penstock::detail::contract_broken("unreachable", __FILE__, __LINE__)
