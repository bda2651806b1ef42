// SPDX-License-Identifier: BSL-1.0
// What keeps a header's coroutines out of the objects that do not call them.
#pragma once

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

// `template <class = on_use>` stands where `inline` would: g++ emits the body of an inline coroutine into every
// object whose header has it, with all of Asio that it calls, half a megabyte and three seconds in a debug build.
struct on_use;

}}}}  // namespace penstock::v0::asio::detail
