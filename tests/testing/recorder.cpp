// SPDX-License-Identifier: BSL-1.0
// A server that echoes RESP under a tap, and what becomes of its recordings.
//   penstock_recorder serve FOLDER    prints its port; each connection's script goes to FOLDER/NUMBER.txt;
//                                     ends with standard input
//   penstock_recorder replay FILE...  plays recordings to the handler, in memory; compares what it writes
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

#include <penstock/epoll.hpp>
#include <penstock/testing/recording.hpp>
#include <penstock/testing/tap.hpp>

#include "../../examples/resp_echo.hpp"

namespace {

namespace ps = penstock;
using ps::testing::recording;

ps::task<> serve_one(ps::stream_reader in, ps::stream_writer out) {
  examples::resp_echo echo;
  co_await echo(std::move(in), std::move(out));
}

ps::task<> serve(const ps::testing::tap& recorder) {
  auto server = co_await ps::epoll::start_server(serve_one, {.host = "127.0.0.1", .port = 0, .ssl = &recorder});
  std::printf("%d\n", static_cast<int>(server.port()));
  std::fflush(stdout);
  co_await server.serve_forever();
}

int record(const std::string& folder) {
  int number = 0;
  const ps::testing::tap recorder(
      [&](const std::string& script) { std::ofstream(folder + '/' + std::to_string(++number) + ".txt") << script; });
  std::thread([] {
    while (std::getchar() != EOF) {
    }
    std::_Exit(0);  // each recording was written when its connection ended
  }).detach();
  ps::epoll::run(serve(recorder));
  return 1;
}

int replay(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const recording made(std::string(std::istreambuf_iterator<char>(file), {}));
  const std::string problem = made.problem_of(examples::resp_echo());
  std::printf("%s: %zu bytes arrived, %zu written: %s\n", path, made.arrived.bytes.size(), made.written.size(),
              problem.empty() ? "the same again" : problem.c_str());
  return problem.empty() && !made.written.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view verb = argc > 2 ? argv[1] : "";
  if (verb == "serve") return record(argv[2]);
  int failed = verb == "replay" ? 0 : 2;
  for (int i = 2; verb == "replay" && i < argc; ++i) failed |= replay(argv[i]);
  return failed;
}
