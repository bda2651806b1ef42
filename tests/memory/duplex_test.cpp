// SPDX-License-Identifier: BSL-1.0
// Two ends in one loop: bytes, ends, resets and delays go over.
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/memory.hpp>

namespace {

namespace ps = penstock;

ps::task<std::string> talk(ps::stream_reader in, ps::stream_writer out) {
  out.write("one\ntwo\n");
  std::string seen = co_await in.readline();
  out.write("three");
  out.write_eof();
  seen += co_await in.read();
  out.close();
  co_await out.wait_closed();
  co_return seen;
}

TEST(Duplex, EchoesLines) {
  ps::memory::event_loop loop;
  auto [client, server] = ps::memory::duplex(loop);
  ps::spawn(loop, handlers::echo_lines(std::move(server.in), std::move(server.out)));
  EXPECT_EQ(loop.run_until(talk(std::move(client.in), std::move(client.out))), "one\ntwo\nthree");
  EXPECT_EQ(loop.run(), "");
}

TEST(Duplex, EchoesLinesByteByByteAndDelayed) {
  ps::memory::event_loop loop;
  const ps::memory::fault_plan slow = {.seed = 7,
                                       .capacity = 3,
                                       .fragment_min = 1,
                                       .fragment_max = 2,
                                       .delay_min = ps::duration::nanoseconds(5),
                                       .delay_max = ps::duration::nanoseconds(50)};
  auto [client, server] = ps::memory::duplex(loop, {.to_second = slow, .to_first = slow});
  ps::spawn(loop, handlers::echo_lines(std::move(server.in), std::move(server.out)));
  EXPECT_EQ(loop.run_until(talk(std::move(client.in), std::move(client.out))), "one\ntwo\nthree");
  EXPECT_EQ(loop.run(), "");
  EXPECT_GT(loop.now(), ps::time_point(ps::duration::nanoseconds(1'000'000'050)));
}

}  // namespace
