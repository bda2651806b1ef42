// SPDX-License-Identifier: BSL-1.0
// Proves what the answers of system calls mean over real sockets: an interruption and a full or empty buffer nothing,
// a short count that the rest follows, no bytes the end, and any other error the end of the connection, told once.
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

#include "serving/places.hpp"

namespace {

using namespace penstock_test;
namespace ps = penstock;
namespace pe = penstock::epoll;
using namespace std::chrono_literals;

// Interrupts every other call, and takes little at a time.
class restless_kernel final : public pe::kernel {
 public:
  long recv(int fd, char* into, std::size_t n) noexcept override {
    return interrupts() ? -EINTR : noted(kernel::recv(fd, into, n), blocked_receives, ends);
  }
  long send(int fd, const char* from, std::size_t n) noexcept override {
    return interrupts() ? -EINTR : noted(kernel::send(fd, from, n < most ? n : most), blocked_sends, none_sent);
  }
  long sendmsg(int fd, const msghdr* message) noexcept override {
    return interrupts() ? -EINTR : noted(kernel::sendmsg(fd, message), blocked_sends, none_sent);
  }
  int accept(int fd, sockaddr* address, socklen_t* size) noexcept override {
    return interrupts() ? -EINTR : kernel::accept(fd, address, size);
  }
  int epoll_wait(int epfd, std::span<epoll_event> events, int milliseconds) noexcept override {
    return interrupts() ? -EINTR : kernel::epoll_wait(epfd, events, milliseconds);
  }

  int interruptions = 0;
  int blocked_receives = 0;
  int blocked_sends = 0;
  int ends = 0;
  int none_sent = 0;

 private:
  static constexpr std::size_t most = 10'000;
  bool interrupts() noexcept {
    if ((++calls_ & 1) == 0) return false;
    ++interruptions;
    return true;
  }
  static long noted(long answer, int& blocked, int& nothing) noexcept {
    if (answer == -EAGAIN) ++blocked;
    if (answer == 0) ++nothing;
    return answer;
  }
  unsigned calls_ = 0;
};

std::string counted_up(std::size_t n) {
  std::string text;
  for (int i = 0; text.size() < n; ++i) text += std::to_string(i) + ' ';
  return text;
}

// Says all and hears all back.
ps::task<std::string> echoed(const std::string& said) {
  auto server = co_await pe::start_server(handlers::echo_bytes, {.host = "127.0.0.1", .port = 0});
  auto [in, out] = co_await pe::open_connection({.host = "127.0.0.1", .port = server.port()});
  EXPECT_FALSE(out.write(said));
  EXPECT_FALSE(out.write_eof());
  co_await ps::sleep(20ms);  // neither way takes more
  std::string heard = co_await in.read();
  out.close();
  co_await out.wait_closed();
  EXPECT_FALSE(out.close_reason());
  co_return heard;
}

// Answers an error once it has begun to fail; counts what is called behind that.
class failing_kernel final : public pe::kernel {
 public:
  explicit failing_kernel(bool of_sends, int error) noexcept : of_sends_(of_sends), error_(error) {}
  long recv(int fd, char* into, std::size_t n) noexcept override {
    return !of_sends_ && failing() ? failed() : kernel::recv(fd, into, n);
  }
  long send(int fd, const char* from, std::size_t n) noexcept override {
    return failing() && of_sends_ ? failed() : kernel::send(fd, from, n);
  }
  bool begun = false;
  int calls_behind_it = 0;

 private:
  bool failing() noexcept {
    if (told_) ++calls_behind_it;
    return begun;
  }
  long failed() noexcept {
    told_ = true;
    return -error_;
  }
  bool of_sends_;
  int error_;
  bool told_ = false;
};

// Its peer answers and resets the connection in the middle of our send.
class refusing_kernel final : public pe::kernel {
 public:
  explicit refusing_kernel(int& peer) noexcept : peer_(peer) {}
  long send(int fd, const char* from, std::size_t n) noexcept override {
    if (peer_ >= 0) {
      EXPECT_EQ(::send(peer_, "enough\nof this", 14, 0), 14);
      const linger at_once{1, 0};
      ::setsockopt(peer_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      ::close(std::exchange(peer_, -1));
    }
    return kernel::send(fd, from, n);
  }

 private:
  int& peer_;
};

ps::task<std::error_code> error_of_read(ps::stream_reader& in) {
  try {
    static_cast<void>(co_await in.read(1));
  } catch (const std::system_error& e) {
    co_return e.code();
  }
  co_return std::error_code();
}

}  // namespace

// R82, I-32
TEST(KernelAnswers, InterruptionsAndFullBuffersAreNoErrorsAndNoBytesAreTheEnd) {
  const std::string said = counted_up(8'000'000);
  std::string heard;
  restless_kernel kernel;
  {
    pe::event_loop loop(kernel);
    heard = loop.run_until(echoed(said));
  }
  EXPECT_TRUE(heard == said) << heard.size() << " of " << said.size();
  EXPECT_GT(kernel.interruptions, 100);
  EXPECT_GT(kernel.blocked_receives, 0);
  EXPECT_GT(kernel.blocked_sends, 0);
  EXPECT_EQ(kernel.ends, 2);
  EXPECT_EQ(kernel.none_sent, 0);
}

// R20, I-32: what the peer sent before its reset is read, though a send met that first.
TEST(KernelAnswers, ASendThatFailsLosesNothingThatCameBefore) {
  bound_socket listening;
  checked(::listen(listening.get(), 1));
  int peer = -1;
  refusing_kernel kernel(peer);
  pe::event_loop loop(kernel);
  const auto story = [&]() -> ps::task<> {
    auto [in, out] = co_await pe::open_connection({.host = here, .port = listening.port()});
    co_await ps::sleep(1ms);  // a turn has found nothing to receive
    peer = checked(::accept(listening.get(), nullptr, nullptr));
    EXPECT_FALSE(out.write("much to say"));
    EXPECT_EQ(co_await in.readline(), "enough\n");
    EXPECT_EQ(co_await error_of_read(in), std::error_code());
    EXPECT_EQ(co_await in.read(10), "f this");
    EXPECT_EQ(co_await error_of_read(in), std::errc::connection_reset);
    EXPECT_EQ(out.close_reason(), std::errc::connection_reset);
  };
  loop.run_until(story());
}

// R77, R82, I-23, I-32: told to each read, and nothing is asked of the kernel behind it but what came before, and to
// close.
TEST(KernelAnswers, AnyOtherErrorEndsTheConnection) {
  for (const bool of_sends : {false, true}) {
    for (const int error : {ETIMEDOUT, EHOSTUNREACH, ENOMEM, EIO}) {
      SCOPED_TRACE(error);
      int ends[2];
      ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
      failing_kernel kernel(of_sends, error);
      pe::event_loop loop(kernel);
      auto [in, out] = loop.run_until(pe::open_unix_connection(loop, {.sock = ends[0]}));
      kernel.begun = true;
      if (of_sends) {
        EXPECT_FALSE(out.write("x"));
      } else {
        EXPECT_EQ(::send(ends[1], "x", 1, 0), 1);
      }
      const std::error_code why(error, std::system_category());
      EXPECT_EQ(loop.run_until(error_of_read(in)), why);
      EXPECT_EQ(loop.run_until(error_of_read(in)), why);
      EXPECT_EQ(out.close_reason(), why);
      EXPECT_EQ(out.write("x"), ps::errc::not_connected);
      EXPECT_EQ(kernel.calls_behind_it, 0);
      char c = 0;
      EXPECT_FALSE(::recv(ends[1], &c, 1, 0) < 0 && errno == EAGAIN) << "the descriptor is closed";
      ::close(ends[1]);
    }
  }
}
