// SPDX-License-Identifier: BSL-1.0
// A script's client, without a loop: sends each argument as a line and prints the line that comes back.
//
//   ask PORT LINE...
#include <cstdio>
#include <exception>

#include <penstock/epoll/blocking_stream.hpp>

int main(int argc, char** argv) try {
  if (argc < 2) throw std::invalid_argument("usage: ask PORT LINE...");
  auto server = penstock::blocking_stream::connect({.host = "127.0.0.1", .port = argv[1]});
  for (int i = 2; i != argc; ++i) {
    server.write(std::string(argv[i]) + "\n");
    std::fputs(server.readline(penstock::duration::nanoseconds(5'000'000'000)).c_str(), stdout);
  }
  server.close();
} catch (const std::exception& e) {
  std::fprintf(stderr, "ask: %s\n", e.what());
  return 1;
}
