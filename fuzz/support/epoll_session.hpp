// SPDX-License-Identifier: BSL-1.0
// Servers and clients of the epoll adapter over the model kernel, and what must hold of them.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/epoll.hpp>

#include "fake_kernel.hpp"
#include "script.hpp"

namespace penstock::fuzz {

// What talks to the script's remotes.
struct talk {
  enum class handler : std::uint8_t {
    echo_bytes,
    echo_lines,
    echo_lines_by_view,
    echo_lines_reused,
    pour,
    sleep,
    count
  };
  handler how = handler::echo_bytes;
  std::size_t limit = 64 * 1024;
  std::size_t high = 64 * 1024;

  bool by_lines() const noexcept { return how != handler::echo_bytes && how < handler::pour; }
  bool always_reads() const noexcept { return how < handler::pour; }
};

// All that the writer that pours has to say.
const std::string& poured();

// Answers as many addresses as the digit behind the host's first letter says, all with the port.
class counted_addresses final : public epoll::resolver {
 public:
  task<epoll::resolve_answer> resolve(epoll::resolve_query query) override;
};

class epoll_session {
 public:
  epoll_session() = default;
  epoll_session(const epoll_session&) = delete;
  epoll_session& operator=(const epoll_session&) = delete;
  ~epoll_session() { let_go(); }

  // False if the step is not about the world of sockets, or not possible here.
  bool run(const step& one);
  bool ended() const noexcept { return ended_; }
  // Faults end, remotes read all and end: then everything of ours must.
  void finish();
  std::string outcome() const;

 private:
  struct client {
    explicit client(const talk& its_talk) : what(its_talk) {}
    talk what;
    bool canceled = false;
    bool too_late = false;  // the time to connect passed
    bool done = false;
    task<> work;
  };

  static constexpr std::size_t first_port = 2000;  // of clients: the number of one tells who connected

  bool begin();  // makes a loop; false: the kernel gave none
  bool run_here(const step& one);
  bool run_on_remote(const step& one);
  void serve(const step& one);
  void dial(const step& one);
  void answer(const step& one);
  void settle();
  void let_go() noexcept;  // of all that needs the loop
  void end_loop();
  void compare_bytes() const;
  void compare_calm() const;
  void expect_all_closed() const;
  const client* client_of(const remote& r) const noexcept;
  const talk& talk_of(const remote& r) const noexcept;

  task<> talk_over(talk what, stream_reader in, stream_writer out);
  task<> connect_and_talk(client& self, epoll::connection_options options);

  fake_kernel kernel_;
  counted_addresses names_;
  std::vector<talk> talks_;  // of servers, by their numbers from 1
  std::size_t running_ = 0;  // handlers
  std::size_t failed_ = 0;   // of them, by an exception
  std::size_t chosen_ = 0;
  bool by_run_ = false;  // the loop is driven by run(), not by poll()
  bool ended_ = false;
  std::deque<client> clients_;  // they outlive the loop
  std::optional<epoll::event_loop> loop_;
  std::optional<epoll::server> server_;
};

}  // namespace penstock::fuzz
