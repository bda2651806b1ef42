// SPDX-License-Identifier: BSL-1.0
// A connected socket, plain or under OpenSSL by SSL_set_fd, with the system's answers: -1 and errno, 0 at the end.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#ifdef BENCH_HAS_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif

namespace bench {

#ifdef BENCH_HAS_TLS

// Made once a program; null for plain sockets.
using secrets = SSL_CTX;

[[noreturn]] inline void give_up_on_tls(const char* what) {
  std::fprintf(stderr, "TLS: %s\n", what);
  ERR_print_errors_fp(stderr);
  std::exit(1);
}

// Memory is given back between records, as penstock's contexts do it.
inline secrets* make_secrets(const SSL_METHOD* method, bool read_ahead) {
  std::signal(SIGPIPE, SIG_IGN);  // it writes by write()
  SSL_CTX* const made = SSL_CTX_new(method);
  if (made == nullptr) give_up_on_tls("context");
  SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION);
  SSL_CTX_set_mode(made,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_read_ahead(made, read_ahead ? 1 : 0);
  return made;
}

inline secrets* server_secrets(const std::string& certificate, const std::string& key, bool read_ahead) {
  SSL_CTX* const made = make_secrets(TLS_server_method(), read_ahead);
  if (SSL_CTX_use_certificate_chain_file(made, certificate.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(made, key.c_str(), SSL_FILETYPE_PEM) != 1)
    give_up_on_tls(certificate.c_str());
  return made;
}

inline secrets* client_secrets(const std::string& authorities) {
  SSL_CTX* const made = make_secrets(TLS_client_method(), true);
  if (SSL_CTX_load_verify_locations(made, authorities.c_str(), nullptr) != 1) give_up_on_tls(authorities.c_str());
  SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
  return made;
}

#else

struct secrets {};
inline secrets* without_tls() {
  std::fprintf(stderr, "built without TLS: there was no OpenSSL 3.0\n");
  std::exit(1);
}
inline secrets* server_secrets(const std::string&, const std::string&, bool) { return without_tls(); }
inline secrets* client_secrets(const std::string&) { return without_tls(); }

#endif

class channel {
 public:
  channel() = default;
  channel(int fd, secrets* of, [[maybe_unused]] bool server) : fd_(fd) {
#ifdef BENCH_HAS_TLS
    if (of == nullptr) return;
    ssl_ = SSL_new(of);
    if (ssl_ == nullptr || SSL_set_fd(ssl_, fd) != 1) give_up_on_tls("connection");
    if (server)
      SSL_set_accept_state(ssl_);
    else
      SSL_set_connect_state(ssl_);
#else
    static_cast<void>(of);
#endif
  }
  channel(channel&& other) noexcept { *this = std::move(other); }
  channel& operator=(channel&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(ssl_, other.ssl_);
    return *this;
  }
  ~channel() { close(); }

  int fd() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  bool secured() const { return ssl_ != nullptr; }

  ssize_t receive(char* to, std::size_t n) {
#ifdef BENCH_HAS_TLS
    if (ssl_ != nullptr) {
      ERR_clear_error();
      std::size_t done = 0;
      return answer(SSL_read_ex(ssl_, to, n, &done), done);
    }
#endif
    return recv(fd_, to, n, 0);
  }
  ssize_t send(const char* from, std::size_t n) {
#ifdef BENCH_HAS_TLS
    if (ssl_ != nullptr) {
      ERR_clear_error();
      std::size_t done = 0;
      return answer(SSL_write_ex(ssl_, from, n, &done), done);
    }
#endif
    return ::send(fd_, from, n, MSG_NOSIGNAL);
  }
  // No more will be sent.
  void end() {
#ifdef BENCH_HAS_TLS
    if (ssl_ != nullptr) static_cast<void>(SSL_shutdown(ssl_));
#endif
    static_cast<void>(shutdown(fd_, SHUT_WR));
  }
  void close() {
#ifdef BENCH_HAS_TLS
    SSL_free(std::exchange(ssl_, nullptr));
#endif
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // What was received was not all that there is, or hardly.
#ifdef BENCH_HAS_TLS
  bool goes_on(ssize_t received) const {
    return ssl_ != nullptr && (SSL_has_pending(ssl_) == 1 || received == SSL3_RT_MAX_PLAIN_LENGTH);
  }
  bool wants_input() const { return ssl_ != nullptr && SSL_want_read(ssl_); }
#else
  bool goes_on(ssize_t) const { return false; }
  bool wants_input() const { return false; }
#endif

 private:
#ifdef BENCH_HAS_TLS
  ssize_t answer(int result, const std::size_t& done) {
    if (result == 1) return static_cast<ssize_t>(done);
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
      case SSL_ERROR_ZERO_RETURN: return 0;
      case SSL_ERROR_SYSCALL:
        if (errno == 0) errno = ECONNRESET;
        return -1;
      default: errno = EPROTO; return -1;
    }
  }
  SSL* ssl_ = nullptr;
#else
  void* ssl_ = nullptr;
#endif
  int fd_ = -1;
};

}  // namespace bench
