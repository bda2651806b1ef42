// SPDX-License-Identifier: BSL-1.0
// A session over the model kernel: what talks, and what steps do.
#include "epoll_session.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "examples/handlers.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_given = 64 * 1024;
constexpr duration nap = duration::nanoseconds(1'000'000'000);

// The parts in which a writer pours.
std::size_t part_size(std::size_t i) noexcept { return i * 37 % 101 + 1; }
constexpr std::size_t parts = 60;

// Outruns its peer: writes without looking, drains now and then.
task<> pour(stream_reader, stream_writer out) {
  std::size_t at = 0;
  for (std::size_t i = 0; i != parts; at += part_size(i++)) {
    const std::string_view part = std::string_view(poured()).substr(at, part_size(i));
    if (i % 3 == 0 ? out.write(owned_bytes(std::string(part))) : out.write(part)) co_return;
    if (i % 4 == 0) co_await out.drain();
  }
  co_await out.flush();
}

}  // namespace

const std::string& poured() {
  static const std::string all = [] {
    std::string bytes;
    for (std::size_t i = 0; i != parts; ++i)
      for (std::size_t k = part_size(i); k != 0; --k) bytes += static_cast<char>('a' + (bytes.size() * 7 + i) % 26);
    return bytes;
  }();
  return all;
}

task<epoll::resolve_answer> counted_addresses::resolve(epoll::resolve_query query) {
  epoll::resolve_answer found;
  const auto port = static_cast<std::uint16_t>(std::stoul(query.service));
  for (int n = query.host.back() - '0'; n != 0; --n)
    found.addresses.push_back(*epoll::address::numeric("192.0.2." + std::to_string(n), port));
  co_return found;
}

task<> epoll_session::talk_over(talk what, stream_reader in, stream_writer out) {
  struct counted {
    explicit counted(std::size_t& of) noexcept : n(of) { ++n; }
    ~counted() { --n; }
    std::size_t& n;
  };
  const counted here(running_);
  try {
    switch (what.how) {
      case talk::handler::echo_bytes: co_await handlers::echo_bytes(std::move(in), std::move(out)); break;
      case talk::handler::echo_lines: co_await handlers::echo_lines(std::move(in), std::move(out)); break;
      case talk::handler::echo_lines_by_view:
        co_await handlers::echo_lines_by_view(std::move(in), std::move(out));
        break;
      case talk::handler::echo_lines_reused: co_await handlers::echo_lines_reused(std::move(in), std::move(out)); break;
      case talk::handler::pour: co_await pour(std::move(in), std::move(out)); break;
      case talk::handler::sleep:
        if (scheduler::current() != nullptr) co_await penstock::sleep(nap);
        co_await handlers::echo_bytes(std::move(in), std::move(out));
        break;
      case talk::handler::count: break;
    }
  } catch (const std::system_error&) {  // a connection lost, a line too long
    ++failed_;
  }
}

task<> epoll_session::connect_and_talk(client& self, epoll::connection_options options) {
  try {
    epoll::open_streams made = co_await epoll::open_connection(*loop_, options);
    co_await talk_over(self.what, std::move(made.in), std::move(made.out));
  } catch (const connect_error& e) {
    self.too_late = e.code() == errc::timed_out;
    ++failed_;
  } catch (const std::system_error&) {
    ++failed_;
  }
  self.done = true;
}

bool epoll_session::begin() {
  if (loop_) return true;
  try {
    loop_.emplace(kernel_);
  } catch (const std::system_error&) {
    expect_all_closed();
    return false;
  }
  kernel_.on_idle = [this] { loop_->stop(); };
  loop_->on_unhandled([](std::exception_ptr) {});  // handlers fail here as a rule
  return true;
}

void epoll_session::serve(const step& one) {
  constexpr auto handlers = static_cast<std::uint64_t>(talk::handler::count);
  const talk what = {static_cast<talk::handler>(one.numbers[0] % handlers), std::max<std::size_t>(one.size(1), 1),
                     one.size(2) % most_given};
  by_run_ = one.numbers[0] / handlers % 2 == 1;
  server_.reset();
  const epoll::connection_handler handler = [this, what](stream_reader in, stream_writer out) {
    return talk_over(what, std::move(in), std::move(out));
  };
  try {
    server_.emplace(loop_->run_until(epoll::start_server(
        *loop_, handler,
        {.host = "127.0.0.1", .port = 80, .limit = what.limit, .writing = {.high = what.high, .low = what.high / 4}})));
  } catch (const std::system_error&) {
  }
  talks_.resize(kernel_.servers(), what);
}

void epoll_session::dial(const step& one) {
  constexpr std::size_t most_clients = 16;
  constexpr std::uint64_t most_addresses = 4;
  constexpr std::uint64_t most_time = 1'000'000'000;
  if (clients_.size() == most_clients) return;
  const auto time = [](std::uint64_t n) {
    return n >= most_time ? race_options::off : duration::nanoseconds(static_cast<std::int64_t>(n) + 1);
  };
  client& made = clients_.emplace_back(talks_.empty() ? talk() : talks_.back());
  const std::string host = "n" + std::to_string(one.numbers[0] % most_addresses + 1);
  const std::size_t port = first_port + clients_.size() - 1;
  task<> work = connect_and_talk(made, {.host = host,
                                        .port = port,
                                        .limit = made.what.limit,
                                        .happy_eyeballs_delay = time(one.numbers[1]),
                                        .connect_timeout = time(one.numbers[2]),
                                        .writing = {.high = made.what.high, .low = made.what.high / 4},
                                        .names = &names_});
  if (clients_.size() % 2 == 0) {  // the loop's
    spawn(*loop_, std::move(work));
    return;
  }
  made.work = std::move(work);
  made.work.start();
}

void epoll_session::answer(const step& one) {
  constexpr std::uint64_t most_times = 8;
  constexpr std::uint64_t most_errors = 134;
  const auto which = static_cast<call>(one.numbers[0] % static_cast<std::uint64_t>(call::count));
  const int error = static_cast<int>(one.numbers[1] % most_errors);
  if (error == 0 && which != call::connect) return;
  kernel_.answer_next({which, error, static_cast<unsigned>(one.numbers[2] % most_times) + 1});
}

bool epoll_session::run(const step& one) {
  if (ended_) return false;
  kernel_.begin_step();
  if (one.op == opcode::answer) return answer(one), true;
  if (one.op == opcode::descriptors) return kernel_.set_room(one.size(0)), true;
  if (!begin()) return false;
  const bool done = run_here(one) || run_on_remote(one);
  kernel_.check();
  compare_bytes();
  return done;
}

bool epoll_session::run_here(const step& one) {
  constexpr std::size_t most_arriving = 8;
  constexpr std::uint64_t longest = 40'000'000'000;
  const auto nth = [](std::uint64_t n, std::size_t of) { return static_cast<std::size_t>(n % (of == 0 ? 1 : of)); };
  const auto some = [](std::size_t n) { return n == 0 ? ~std::size_t{0} : n; };
  if (one.op == opcode::serve) {
    serve(one);
  } else if (one.op == opcode::race) {
    dial(one);
  } else if (one.op == opcode::arrive) {
    return kernel_.arrive(one.size(0) % most_arriving + 1);
  } else if (one.op == opcode::choose) {
    chosen_ = one.size(0);
  } else if (one.op == opcode::cut) {
    kernel_.set_way({some(one.size(0)), some(one.size(1)), some(one.size(2))});
  } else if (one.op == opcode::pass_time) {
    kernel_.pass(duration::nanoseconds(static_cast<std::int64_t>(std::min(one.numbers[0], longest))));
  } else if (one.op == opcode::next_step) {
    if (!by_run_ && !kernel_.readable()) return false;
    if (by_run_)
      settle();
    else
      loop_->poll(1);
  } else if (one.op == opcode::settle) {
    settle();
  } else if (one.op == opcode::succeeded) {
    kernel_.finish_attempt(nth(one.numbers[0], kernel_.under_way()), 0);
  } else if (one.op == opcode::failed) {
    kernel_.finish_attempt(nth(one.numbers[0], kernel_.under_way()), static_cast<int>(one.numbers[1] % 100) + 1);
  } else if (one.op == opcode::cancel) {
    if (clients_.empty()) return false;
    client& its = clients_[nth(chosen_, clients_.size())];
    if (!its.work) return false;
    its.canceled = its.done = true;
    its.work = task<>();
  } else if (one.op == opcode::close) {
    if (server_) server_->close();
  } else if (one.op == opcode::abort) {
    if (server_) server_->abort_clients();
  } else if (one.op == opcode::shut_down) {
    end_loop();
  } else {
    return false;
  }
  return true;
}

bool epoll_session::run_on_remote(const step& one) {
  std::deque<remote>& all = kernel_.remotes();
  if (all.empty()) return false;
  remote& r = all[chosen_ % all.size()];
  if (one.op == opcode::feed)
    kernel_.give(r, one.bytes.substr(0, most_given - std::min(most_given, r.given.size())));
  else if (one.op == opcode::feed_eof)
    kernel_.end(r);
  else if (one.op == opcode::fail)
    kernel_.reset(r);
  else if (one.op == opcode::sent)
    kernel_.read_by_peer(r, one.size(0));
  else if (one.op == opcode::event)
    kernel_.spurious(r, static_cast<std::uint32_t>(one.numbers[0]));
  else
    return false;
  return true;
}

// Until nothing is left to do.
void epoll_session::settle() {
  const std::uint64_t progress = kernel_.progress();
  const std::uint64_t vain = kernel_.vain();
  if (by_run_) loop_->run();
  while (!by_run_ && kernel_.readable()) {
    loop_->poll();
    kernel_.check();
  }
  kernel_.check();
  // Events of each connection may have been told before.
  const std::uint64_t few = 16 + 2 * kernel_.remotes().size();
  expect_at_most("calls in vain (I-17)", few + 4 * (kernel_.progress() - progress), kernel_.vain() - vain);
  compare_calm();
}

void epoll_session::let_go() noexcept {
  server_.reset();
  for (client& each : clients_) each.work = task<>();
}

// A loop may end before its handlers saw what arrived. What they wrote is sent, or its connection reset: of a handler
// that had nothing left to do and writes what it reads, we know how much that is.
void epoll_session::end_loop() {
  ended_ = true;
  const bool calm = !kernel_.readable();
  for (remote& r : kernel_.remotes()) {
    if (!r.open) continue;
    r.owed = calm && talk_of(r).how == talk::handler::echo_bytes ? r.delivered : r.taken.size();
  }
  let_go();
  loop_.reset();
  clients_.clear();
  kernel_.check();
  expect_equal("handlers after the end", std::size_t{0}, running_);
  expect_all_closed();
}

void epoll_session::expect_all_closed() const {
  kernel_.check();
  expect_equal("open descriptors after the end (I-35)", std::size_t{0}, kernel_.open_descriptors());
}

void epoll_session::finish() {
  kernel_.begin_step();
  kernel_.forget_answers();
  kernel_.set_room(~std::size_t{0});
  kernel_.set_way({~std::size_t{0}, ~std::size_t{0}, ~std::size_t{0}});
  if (ended_ || !begin()) return;
  settle();
  constexpr int most_alarms = 64;
  for (int i = 0; i != most_alarms && (kernel_.under_way() != 0 || kernel_.alarm() != time_point::never()); ++i) {
    kernel_.begin_step();
    if (kernel_.under_way() != 0)
      kernel_.finish_attempt(0, 0);
    else if (kernel_.alarm() > kernel_.now())
      kernel_.pass(kernel_.alarm() - kernel_.now());
    settle();
  }
  expect_equal("clients that wait though nothing is short (I-34)", std::size_t{0}, kernel_.backlog());
  for (remote& each : kernel_.remotes()) kernel_.end(each);
  settle();
  compare_bytes();
  for (const remote& each : kernel_.remotes()) expect("a connection at its end is closed (I-14)", !each.open);
  for (const client& each : clients_) expect("a client at its end is done (I-14)", each.done);
  expect_equal("handlers at the end", std::size_t{0}, running_);
  end_loop();
}

std::string epoll_session::outcome() const {
  return std::to_string(kernel_.open_descriptors()) + " descriptors, " + std::to_string(running_) + " handlers, " +
         std::to_string(failed_) + " failed, " + std::to_string(kernel_.backlog()) + " wait";
}

}  // namespace penstock::fuzz
