// SPDX-License-Identifier: BSL-1.0
// Compiles under -std=gnu++20 or not: no name of ours is a macro of the usual system headers. Calls nothing, so that
// its object shows what including alone costs.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// And of Windows' headers, which no system of ours has.
#define near
#define far

#include <penstock/core.hpp>
#include <penstock/coro.hpp>
#include <penstock/memory.hpp>
#if __has_include(<penstock/epoll.hpp>)
#include <penstock/epoll.hpp>
#include <penstock/hooks/poll.hpp>
#endif
#if __has_include(<penstock/asio.hpp>)
#include <penstock/asio.hpp>
#endif
#if __has_include(<penstock/testing.hpp>)
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic error "-Wuseless-cast"  // users compile it with their tests' warnings
#endif
#include <penstock/testing.hpp>
#endif
#if __has_include(<penstock/tls.hpp>)
#include <penstock/tls.hpp>
#endif
