// SPDX-License-Identifier: BSL-1.0
// What the cancel explorer runs: two parties that talk, and check the talk themselves.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <penstock/framing.hpp>
#include <penstock/testing.hpp>

namespace penstock_test::scenarios {

using namespace penstock::testing;  // NOLINT: a scenario speaks the kit's language
using penstock::read_status;
using penstock::task;

inline task<> echo(party& server) {
  for (;;) {
    const answer line = co_await server.read(penstock::readline());
    if (line.status != read_status::data) break;
    server.write(line.bytes);
    expect_success(co_await server.drain(), "the server's drain");
  }
  server.out().close();
  expect_success(co_await server.wait_closed(), "the server's end");
}

inline task<> echo_lines(persistence& run, ground& g) {
  auto [a, b] = co_await g.connect({.writing = {.high = 30, .low = 10}},
                                   {.reading = {.limit = 20}, .writing = {.high = 0, .low = 0}});
  party client(run, std::move(a));
  party server(run, std::move(b));
  started serving(echo(server));
  for (const std::string_view text : {"one\ntwo\n", "a longer line\n", "\n", "three\nfour\nfive\n"}) {
    client.write(text);
    expect_success(co_await client.drain(), "the client's drain");
    for (std::size_t left = text.size(); left != 0;) {
      const answer line = co_await client.read(penstock::readline());
      expect(line.status == read_status::data, "a line comes back");
      left -= line.bytes.size();
    }
  }
  client.out().write_eof();
  const answer last = co_await client.read(penstock::read_to_eof());
  expect(last.bytes.empty(), "no more than was sent comes back");
  co_await serving;
}

inline std::string framed(std::string_view payload) {
  std::string frame(1, static_cast<char>(payload.size() / 256));
  frame += static_cast<char>(payload.size() % 256);
  return frame.append(payload);
}

inline task<> answer_frames(party& server) {
  for (;;) {
    const answer frame = co_await server.read(penstock::length_prefixed(2));
    if (frame.status != read_status::data) break;
    server.write(framed(frame.bytes));
  }
  server.out().close();
}

inline task<> frames(persistence& run, ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 8}});
  party client(run, std::move(a));
  party server(run, std::move(b));
  started serving(answer_frames(server));
  byte_source bytes(5);
  byte_source same(5);
  for (const std::size_t size : {0u, 1u, 40u, 7u, 3u}) client.write(framed(bytes.next(size)));
  for (const std::size_t size : {0u, 1u, 40u, 7u, 3u}) {
    const answer head = co_await client.read(penstock::readexactly(2));
    expect_equal(head.bytes, std::string({0, static_cast<char>(size)}), "the length");
    const answer body = co_await client.read(penstock::readexactly(size));
    expect(same.goes_on_with(body.bytes), "the payload");
  }
  expect_success(co_await client.flush(), "the client's flush");
  client.out().write_eof();
  const answer last = co_await client.read(penstock::readexactly(1));
  expect(last.status == read_status::incomplete || last.status == read_status::eof, "the end");
  co_await serving;
}

inline task<> pour_drained(party& writer, std::size_t n) {
  byte_source bytes(6);
  for (std::size_t part = 1; n != 0; part = part * 3 % 61 + 1) {
    const std::size_t some = part < n ? part : n;
    expect_success(writer.write(bytes.next(some)), "a write");
    expect_success(co_await writer.drain(), "a drain");
    n -= some;
  }
  expect_success(co_await writer.flush(), "a flush");
  writer.out().close();
  expect_success(co_await writer.wait_closed(), "the writer's end");
}

inline task<> writer_with_drain(persistence& run, ground& g) {
  auto [a, b] = co_await g.connect({.writing = {.high = 20, .low = 5}}, {.reading = {.limit = 7}});
  party writer(run, std::move(a));
  party reader(run, std::move(b));
  const std::size_t n = 300;
  started pouring(pour_drained(writer, n));
  byte_source bytes(6);
  for (std::size_t left = n; left != 0;) {
    const answer some = co_await reader.read(penstock::read_some(11));
    expect(some.status == read_status::data && bytes.goes_on_with(some.bytes), "the bytes, in order");
    left -= some.bytes.size();
  }
  expect((co_await reader.read(penstock::read_some(11))).status == read_status::eof, "the end");
  co_await pouring;
}

// Every operation in turn, overruns and the way out of them included.
inline task<> all_reads(persistence& run, ground& g) {
  auto [a, b] = co_await g.connect({}, {.reading = {.limit = 10}});
  party writer(run, std::move(a));
  party reader(run, std::move(b));
  writer.write("GET /\r\nname: value|" + std::string(50, 'x') + "\nline\n" + std::string(45, 'y') + "\r\nend\r\n");
  writer.write(std::string(30, 'z') + "the rest");
  writer.out().close();
  expect_equal((co_await reader.read(penstock::readuntil("\r\n"))).bytes, "GET /\r\n", "a record");
  expect_equal((co_await reader.read(penstock::readuntil({"|", "\r\n"}, 20))).bytes, "name: value|", "one of two");
  expect((co_await reader.read(penstock::readline())).status == read_status::limit_overrun, "a line too long");
  expect_equal((co_await reader.read(penstock::readline())).bytes, "line\n", "the next line");
  expect((co_await reader.read(penstock::readuntil("\r\n"))).status == read_status::limit_overrun, "a long record");
  expect_equal((co_await reader.read(penstock::skip_until("\r\n"))).bytes, "\r\n", "its end");
  expect_equal((co_await reader.read(penstock::readuntil("\r\n"))).bytes, "end\r\n", "the next record");
  expect_equal((co_await reader.read(penstock::readexactly(30))).bytes, std::string(30, 'z'), "beyond the limit");
  expect_equal((co_await reader.read(penstock::read_to_eof())).bytes, "the rest", "to the end");
  expect_success(co_await writer.wait_closed(), "the writer's end");
}

inline constexpr scenario all[] = {
    {"echo_lines", &echo_lines},
    {"frames", &frames},
    {"writer_with_drain", &writer_with_drain},
    {"all_reads", &all_reads},
};

}  // namespace penstock_test::scenarios
