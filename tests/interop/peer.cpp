// SPDX-License-Identifier: BSL-1.0
// Our end of a conversation with a peer that we did not write; says of each connection what was agreed and
// how it ended.
//
//   penstock-interop-peer serve FOLDER [--http yes] [--starttls smtp] [--limit N] [common...]
//   penstock-interop-peer connect FOLDER PORT [--name NAME] [--take N] [common...]
//   common: [--most 1.2] [--least 1.3] [--alpn A,B] [--mutual yes] [--rsa yes]
//
// FOLDER is make_certificates'. A server echoes what arrives, or answers HTTP/1.1, under TLS from the beginning or
// from a client's STARTTLS on; who asks for other.example is shown the RSA certificate. A client sends its standard
// input, prints what comes back, and half-closes behind it, or closes once N bytes came. Standard error, a line a
// connection:
//
//   ended TLSv1.3 TLS_AES_256_GCM_SHA384 alpn=h2 sni=localhost reused=no received=12: eof
#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <penstock/epoll.hpp>
#include <penstock/tls.hpp>

#include <examples/handlers.hpp>

namespace {

namespace ps = penstock;
namespace tls = penstock::tls;

std::map<std::string, std::string> options;
std::string folder;

std::string option(const char* name) {
  const auto given = options.find(name);
  return given == options.end() ? std::string() : given->second;
}

void say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

void say_how_it_ended(const ps::stream_writer& out) {
  const auto& wire = static_cast<const tls::tls_wire&>(out.underlying().outer());
  const ps::read_half& in = out.underlying().inner().in();
  std::string line = "ended";
  for (const std::string_view part : {tls::name(wire.version()), wire.cipher()}) line.append(" ").append(part);
  for (const char* const key : {"alpn", "sni"}) line.append(" ").append(key).append("=").append(wire.extra_info(key));
  line += wire.session_reused() ? " reused=yes" : " reused=no";
  line += " received=" + std::to_string(in.position() + in.buffered().size());
  const std::error_code ec = in.error();
  say(line + ": " + (ec ? ec.message() : in.ended() ? "eof" : "open"));
}

// --- serving -----------------------------------------------------------------------------------

// As much of HTTP/1.1 as curl and nginx need of an upstream.
ps::task<> answer_requests(const ps::stream_reader& in, const ps::stream_writer& out) {
  for (bool more = true; more;) {
    const std::string head = co_await in.readuntil("\r\n\r\n");
    std::string body;
    if (const std::size_t at = head.find("Content-Length: "); at != std::string::npos)
      body = co_await in.readexactly(std::stoul(head.substr(at + 16)));
    const std::string answer = head.substr(0, head.find('\r')) + '\n' + body;
    more = head.find("Connection: close") == std::string::npos;
    out.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(answer.size()) + "\r\n" +
              (more ? "\r\n" : "Connection: close\r\n\r\n") + answer);
    co_await out.drain();
  }
}

// As much of SMTP as goes before TLS.
ps::task<> upgrade(const ps::stream_reader& in, const ps::stream_writer& out, const tls::context& layer) {
  out.write("220 here\r\n");
  for (;;) {
    const std::string line = co_await in.readuntil("\r\n");
    if (line == "STARTTLS\r\n") break;
    out.write(line.starts_with("EHLO ") ? "250-here\r\n250 STARTTLS\r\n" : "502 not before STARTTLS\r\n");
  }
  out.write("220 go on\r\n");
  co_await out.start_tls(layer);
}

const tls::context* layer_of_starttls = nullptr;

ps::task<> handle(ps::stream_reader in, ps::stream_writer out) {
  const ps::stream_writer kept(out.underlying());
  if (layer_of_starttls != nullptr) co_await upgrade(in, out, *layer_of_starttls);
  if (option("--http").empty()) {
    co_await handlers::echo_bytes(std::move(in), std::move(out));
  } else {
    try {
      co_await answer_requests(in, out);
    } catch (const std::exception&) {  // the end of the requests; said below
    }
  }
  say_how_it_ended(kept);
}

class observer final : public ps::server_observer {
  void failed(const ps::server_failure& failure) noexcept override try {
    std::rethrow_exception(failure.error);
  } catch (const std::exception& e) {
    say("failed " + std::string(failure.what) + ": " + e.what());
  }
};

// --- connecting --------------------------------------------------------------------------------

ps::task<> send_all(const ps::stream_writer& out, const std::string& text, bool ends) {
  for (std::size_t at = 0; at < text.size(); at += 64 * 1024) {
    out.write(std::string_view(text).substr(at, 64 * 1024));
    co_await out.drain();
  }
  if (ends) out.write_eof();
}

ps::task<> print_all(const ps::stream_reader& in, std::size_t most) {
  for (std::size_t n = 0; n < most;) {
    const ps::read_outcome some = co_await in.view(ps::read_some(128 * 1024));
    if (some.status() != ps::read_status::data) co_return;
    std::cout << some.text() << std::flush;
    n += some.text().size();
  }
}

ps::task<> converse(const tls::context& layer, std::string port, std::string name, std::string text) {
  auto [in, out] =
      co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = port, .ssl = &layer, .server_hostname = name});
  const std::string take = option("--take");
  const std::size_t most = take.empty() ? ~std::size_t{0} : std::stoul(take);
  co_await ps::when_all(send_all(out, text, take.empty()), print_all(in, most));
  const ps::stream_writer& kept = out;
  say_how_it_ended(kept);
  kept.close();
  co_await kept.wait_closed();
}

// --- starting ----------------------------------------------------------------------------------

tls::context build(tls::context_builder builder) {
  std::error_code ec;
  tls::context made = builder.build(ec);
  if (ec) throw std::system_error(ec, "TLS");
  return made;
}

void show_certificate(tls::context_builder& builder, const std::string& prefix) {
  builder.certificate_file((folder + '/' + prefix + "cert.pem").c_str());
  builder.private_key_file((folder + '/' + prefix + "key.pem").c_str());
}

tls::context_builder common(bool server) {
  tls::context_builder builder(server);
  const bool mutual = !option("--mutual").empty();
  if (!server || mutual) builder.trust_file((folder + "/root.pem").c_str());
  if (server || mutual) show_certificate(builder, option("--rsa").empty() ? "" : "rsa-");
  if (server && mutual) builder.require_client_certificate();
  if (option("--most") == "1.2") builder.maximum_version(tls::version::tls_1_2);
  if (option("--least") == "1.3") builder.minimum_version(tls::version::tls_1_3);
  const std::string list = option("--alpn");
  std::vector<std::string_view> names;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t end = rest.find(',');
    names.push_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (!names.empty()) builder.alpn(names);
  return builder;
}

ps::task<> serve(const tls::context& layer, ps::server_observer& seen) {
  const std::string limit = option("--limit");
  const bool by_starttls = option("--starttls") == "smtp";
  if (by_starttls) layer_of_starttls = &layer;
  const auto shutdown = by_starttls ? std::nullopt : std::optional<ps::duration>(std::chrono::seconds(1));
  auto server = co_await ps::epoll::start_server(handle, {.host = "127.0.0.1",
                                                          .port = 0,
                                                          .limit = limit.empty() ? 64 * 1024 : std::stoul(limit),
                                                          .ssl = by_starttls ? nullptr : &layer,
                                                          .ssl_shutdown_timeout = shutdown,
                                                          .observer = &seen});
  say("listening on 127.0.0.1 port " + std::to_string(server.port()));
  co_await server.serve_forever();
}

void run_server() {
  tls::context_builder other = tls::context::server();
  show_certificate(other, "rsa-");
  const tls::context of_other = build(std::move(other));
  tls::context_builder own = common(true);
  const tls::context layer = build(std::move(own.for_name("other.example", of_other)));
  observer seen;
  ps::epoll::run(serve(layer, seen));
}

void run_client(const std::string& port) {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const std::string name = option("--name");
  const tls::context layer = build(common(false));
  ps::epoll::run(converse(layer, port, name.empty() ? "localhost" : name, text));
}

}  // namespace

int main(int argc, char** argv) try {
  const bool serves = argc > 2 && std::string_view(argv[1]) == "serve";
  const int fixed = serves ? 3 : 4;
  if (argc < fixed || (argc - fixed) % 2 != 0) throw std::invalid_argument("see the source for its options");
  folder = argv[2];
  for (int i = fixed; i < argc; i += 2) options[argv[i]] = argv[i + 1];
  if (serves)
    run_server();
  else
    run_client(argv[3]);
} catch (const std::exception& e) {
  std::fprintf(stderr, "failed: %s\n", e.what());
  return 1;
}
