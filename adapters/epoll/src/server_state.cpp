// SPDX-License-Identifier: BSL-1.0
// Accepting, serving, and the two ends of a server.
#include "server_state.hpp"

#include <stdexcept>
#include <system_error>
#include <utility>

#include <penstock/coro/awaitable.hpp>
#include <penstock/epoll/socket_transport.hpp>

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

void server_state::remove_file_at_the_end(std::string path) {
  struct stat made{};
  if (loop_.calls().stat(path.c_str(), &made) < 0) return;
  path_ = std::move(path);
  device_ = made.st_dev;
  file_ = made.st_ino;
}

void server_state::start() {
  if (closed_) throw std::logic_error("the server is closed");
  if (!listeners_.empty()) return;
  for (const descriptor& socket : bound_)
    if (const int result = loop_.calls().listen(socket.get(), backlog_); result < 0)
      throw std::system_error(system_error_of(result), "listen");
  const auto give = [](void* self, int fd, const address& peer) {
    return static_cast<server_state*>(self)->accepted(fd, peer);
  };
  const auto report = [](void* self, std::error_code why) {
    static_cast<server_state*>(self)->loop_.unhandled(std::make_exception_ptr(std::system_error(why, "accept")));
  };
  for (descriptor& socket : bound_)
    listeners_.push_back(std::make_unique<listener>(loop_, socket.release(), give, report, this));
  bound_.clear();
}

void server_state::close() noexcept {
  if (std::exchange(closed_, true)) return;
  for (const auto& one : listeners_) one->close();
  for (descriptor& socket : bound_) socket.close();
  struct stat now{};
  kernel& calls = loop_.calls();
  if (!path_.empty() && calls.stat(path_.c_str(), &now) >= 0 && now.st_dev == device_ && now.st_ino == file_)
    calls.unlink(path_.c_str());
  changed_.notify_all();
}

std::vector<int> server_state::sockets() const {
  std::vector<int> fds;
  if (closed_) return fds;
  for (const auto& one : listeners_) fds.push_back(one->fd());
  for (const descriptor& socket : bound_) fds.push_back(socket.get());
  return fds;
}

std::uint16_t server_state::port() const noexcept {
  if (closed_) return 0;
  address own;
  own.size = sizeof own.storage;
  const int fd = !listeners_.empty() ? listeners_.front()->fd() : !bound_.empty() ? bound_.front().get() : -1;
  if (fd < 0 || loop_.calls().getsockname(fd, own.get(), &own.size) < 0) return 0;
  return own.port();
}

void server_state::close_clients() noexcept {
  clients_.for_each([](const served_transport& c) { const_cast<served_transport&>(c).close(); });
}

void server_state::abort_clients() noexcept {
  clients_.for_each([](const served_transport& c) { const_cast<served_transport&>(c).abort(); });
}

std::shared_ptr<void> server_state::accepted(int fd, const address& peer) {
  std::shared_ptr<server_state> self = shared_from_this();
  try {
    served_transport::begin(loop_, fd, peer, options_, self);
  } catch (...) {
    loop_.unhandled(std::current_exception());
  }
  return self;
}

void server_state::add(served_transport& client) noexcept {
  clients_.push_back(client);
  ++count_;
}

void server_state::remove(served_transport& client) noexcept {
  client.list_hook<served_transport>::unlink();
  --count_;
  changed_.notify_all();
}

task<> server_state::until_closed(std::shared_ptr<server_state> self, bool clients_too) {
  while (!self->closed_ || (clients_too && self->count_ != 0)) co_await self->changed_.wait();
}

task<> server_state::serve_forever(std::shared_ptr<server_state> self) {
  if (self->closed_) throw std::logic_error("the server is closed");
  if (std::exchange(self->forever_, true)) throw std::logic_error("the server is already being served forever");
  struct close_at_the_end {
    explicit close_at_the_end(server_state& its_state) noexcept : state(its_state) {}
    ~close_at_the_end() {
      state.forever_ = false;
      state.close();
    }
    server_state& state;
  };
  const close_at_the_end ending(*self);
  self->start();
  co_await until_closed(self, false);
}

}}}}  // namespace penstock::v0::epoll::detail
