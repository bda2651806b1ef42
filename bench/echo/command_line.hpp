// SPDX-License-Identifier: BSL-1.0
// Options as pairs of a name and a value, and the ones that every echo server here takes.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

namespace bench {

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  return ec == std::errc() && end == text.data() + text.size();
}

// `take` answers whether it knows the name and likes the value.
template <class Take>
void each_option(int argc, char** argv, const char* usage, Take take) {
  for (int i = 1; i < argc; i += 2) {
    if (i + 1 < argc && take(std::string_view(argv[i]), argv[i + 1])) continue;
    std::fprintf(stderr, "usage: %s %s\n", argv[0], usage);
    std::exit(2);
  }
}

struct server_options {
  std::uint16_t port = 0;         // 0: any
  bool lines = true;              // else bytes as they come
  std::size_t limit = 64 * 1024;  // of a line, its newline included
  std::string certificate, key;   // of TLS; empty: none
  bool read_ahead = false;        // of OpenSSL, where it reads the socket
};

inline server_options parse_server_options(int argc, char** argv) {
  server_options options;
  each_option(argc, argv, "[--port N] [--mode line|echo] [--limit N] [--cert FILE --key FILE]",
              [&](std::string_view name, std::string_view value) {
                if (name == "--cert") return !(options.certificate = value).empty();
                if (name == "--key") return !(options.key = value).empty();
                if (name == "--read-ahead") return options.read_ahead = value == "yes";
                if (name == "--port") return parse(value, options.port);
                if (name == "--limit") return parse(value, options.limit) && options.limit != 0;
                options.lines = value == "line";
                return name == "--mode" && (value == "line" || value == "echo");
              });
  return options;
}

// What the driver waits for.
inline void say_listening(std::uint16_t port) {
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", unsigned{port});
}

inline constexpr int backlog = 4096;

}  // namespace bench
