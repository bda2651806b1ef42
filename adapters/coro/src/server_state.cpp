// SPDX-License-Identifier: BSL-1.0
// A server's calls, its gate, and its sums.
#include <penstock/coro/server_state.hpp>

#include <stdexcept>
#include <utility>

#include <penstock/coro/served.hpp>
#include <penstock/coro/timeout.hpp>

namespace penstock { inline namespace v0 {

void server_observer::failed(const server_failure& failure) noexcept {
  if (scheduler* const loop = scheduler::current()) loop->unhandled(failure.error);
}

namespace detail {

server_state::server_state(scheduler& loop, connection_handler handler, const stream_options& streams,
                           const serving_options& serving)
    : loop_(loop),
      handler_(std::move(handler)),
      streams_(streams),
      observer_(serving.observer),
      most_open_(serving.max_connections.value_or(~std::size_t{0})),
      most_handshakes_(serving.max_handshakes),
      changed_(loop) {
  loop.tell_end_to(*this);
}

server_state::~server_state() = default;

penstock::counters server_state::counters() const noexcept {
  penstock::counters all = past_;
  clients_.for_each([&](const served_client& c) { all += c.its_stream().counters(); });
  return all;
}

void server_state::begin(server_call call) {
  for (const server_misuse& row : server_misuses)
    if (row.in == phase_ && row.call == call) throw std::logic_error("the server is closed");
  if (phase_ == server_phase::bound) listen();
  move(call);
}

void server_state::move(server_call call) noexcept {
  for (const server_transition& row : server_transitions) {
    if (row.from != phase_ || row.call != call) continue;
    phase_ = row.to;
    if (row.to == server_phase::closed) {
      stop_listening();
      changed_.notify_all();
    } else if (row.from != server_phase::bound) {
      accepting_changed();
    }
    return;
  }
}

void server_state::loop_ends() noexcept {
  const held<server_state> alive(*this);
  close();
}

// A handler's frame may hold anything, the server's handle and other clients among it.
void server_state::loop_finishes() noexcept {
  const held<server_state> alive(*this);
  close();
  list<served_client> told;
  while (!clients_.empty()) {
    served_client& client = clients_.front();
    client.list_hook<served_client>::unlink();
    told.push_back(client);
    client.loop_finishes();
  }
  clients_.append(told);
}

void server_state::close_clients() noexcept {
  clients_.for_each([](served_client& c) { c.its_stream().close(); });
}

void server_state::abort_clients() noexcept {
  clients_.for_each([](served_client& c) { c.its_stream().abort(); });
}

void server_state::report(std::string_view what, const stream* client, std::exception_ptr error) noexcept {
  if (observer_ == nullptr) return loop_.unhandled(std::move(error));
  server_failure failure{what, {}, std::move(error)};
  try {
    if (client != nullptr) failure.peer = client->get_extra_info("peername");
  } catch (const std::bad_alloc&) {  // then it has no name
  }
  observer_->failed(failure);
}

void server_state::accept_failed(std::error_code why) noexcept {
  std::exception_ptr error;
  try {
    throw std::system_error(why, "accept");
  } catch (...) {
    error = std::current_exception();
  }
  report("accept", nullptr, std::move(error));
}

void server_state::refused() noexcept {
  ++past_.accepted, ++loop_.ended_.accepted;
  ++past_.refused, ++loop_.ended_.refused;
  report("setting up", nullptr, std::current_exception());
}

void server_state::add(served_client& client) noexcept {
  ++past_.accepted, ++loop_.ended_.accepted;
  clients_.push_back(client);
  if (++open_ == most_open_) accepting_changed();
  if (!client.its_stream().layered()) announce(client);
}

void server_state::announce(served_client& client) noexcept {
  client.announced = true;
  if (observer_ != nullptr) observer_->accepted(client.its_stream());
}

task<> server_state::handle(served_client& client) {
  stream& s = client.its_stream();
  return s.layered() ? shake_hands_first(client) : handler_(stream_reader(s), stream_writer(s));
}

void server_state::remove(served_client& client) noexcept {
  const held<server_state> alive(*this);
  const penstock::counters its = client.its_stream().counters();
  client.list_hook<served_client>::unlink();
  past_ += its;
  if (open_-- == most_open_ && phase_ == server_phase::serving) accepting_changed();
  if (observer_ != nullptr && client.announced) observer_->closed(client.its_stream(), its);
  changed_.notify_all();
}

// Counts one that is under way.
class server_state::handshake {
 public:
  explicit handshake(server_state& of) noexcept : of_(of) {
    if (++of_.handshakes_ == of_.most_handshakes_ && of_.phase_ == server_phase::serving) of_.accepting_changed();
  }
  handshake(const handshake&) = delete;
  handshake& operator=(const handshake&) = delete;
  ~handshake() {
    if (of_.handshakes_-- == of_.most_handshakes_ && of_.phase_ == server_phase::serving) of_.accepting_changed();
  }

 private:
  server_state& of_;
};

// Neither the handler nor the observer sees a connection whose filter has not agreed with the client (R86).
task<> server_state::shake_hands_first(served_client& client) {
  stream& s = client.its_stream();
  stream_reader in(s);
  stream_writer out(s);
  std::exception_ptr failure;
  {
    const handshake counted(*this);
    try {
      co_await established(s);
    } catch (const std::system_error&) {
      failure = std::current_exception();
    }
  }
  if (failure) {
    report("handshake", &s, failure);
    co_return;
  }
  announce(client);
  task<> handler = handler_(std::move(in), std::move(out));
  if (handler) co_await std::move(handler);
}

task<> server_state::wait_closed(held<server_state> self) {
  while (self->phase_ != server_phase::closed || self->open_ != 0) co_await self->changed_.wait();
}

task<> server_state::serve_forever(held<server_state> self) {
  if (self->forever_) throw std::logic_error("the server is already being served forever");
  self->begin(server_call::serve_forever);
  struct close_at_the_end {
    explicit close_at_the_end(server_state& its_state) noexcept : state(its_state) { state.forever_ = true; }
    close_at_the_end(const close_at_the_end&) = delete;
    close_at_the_end& operator=(const close_at_the_end&) = delete;
    ~close_at_the_end() {
      state.forever_ = false;
      state.close();
    }
    server_state& state;
  };
  const close_at_the_end ending(*self);
  while (self->phase_ != server_phase::closed) co_await self->changed_.wait();
}

task<> server_state::shutdown(held<server_state> self, duration grace) {
  self->move(server_call::shutdown);
  if (self->open_ == 0) co_return;  // also where its loop has ended
  const time_point end = self->loop_.time() + grace;
  self->close_clients();
  try {
    co_await with_timeout<void>(wait_closed(self), end);
  } catch (const std::system_error&) {  // errc::timed_out
    self->abort_clients();
  }
  co_await wait_closed(self);
}

}  // namespace detail

std::string_view name(server_phase phase) noexcept {
  switch (phase) {
    case server_phase::bound: return "bound";
    case server_phase::serving: return "serving";
    case server_phase::paused: return "paused";
    case server_phase::closed: return "closed";
  }
  PENSTOCK_UNREACHABLE();
}

std::string_view name(server_call call) noexcept {
  switch (call) {
    case server_call::start_serving: return "start_serving";
    case server_call::serve_forever: return "serve_forever";
    case server_call::pause_accepting: return "pause_accepting";
    case server_call::resume_accepting: return "resume_accepting";
    case server_call::close: return "close";
    case server_call::shutdown: return "shutdown";
    case server_call::close_clients: return "close_clients";
    case server_call::abort_clients: return "abort_clients";
    case server_call::wait_closed: return "wait_closed";
  }
  PENSTOCK_UNREACHABLE();
}

}}  // namespace penstock::v0
