// SPDX-License-Identifier: BSL-1.0
// A chat: everybody hears every line, and who does not keep up is asked to leave.
//
//   chat [port]     any unless told; until SIGINT or SIGTERM
//
// The first line of a client is its name. Nobody waits for a slow reader: lines are written without
// drain(), and a client that is 64 KiB behind, beside what the kernel holds, is dropped with a reset.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <list>
#include <string>
#include <string_view>

#include <penstock/epoll.hpp>

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_behind = 64 * 1024;

class room {
  struct listener {
    const ps::stream_writer& out;
    bool kept_up = true;
  };

 public:
  // In the room as long as it lives.
  class member {
   public:
    member(room& r, const ps::stream_writer& out) : room_(r), place_(r.members_.insert(r.members_.end(), {out})) {}
    member(const member&) = delete;
    member& operator=(const member&) = delete;
    ~member() { room_.members_.erase(place_); }
    bool kept_up() const { return place_->kept_up; }

   private:
    room& room_;
    std::list<listener>::iterator place_;
  };

  void say(std::string_view line) {
    for (listener& one : members_) {
      if (one.out.write(line) != ps::errc::buffer_full) continue;
      one.kept_up = false;
      one.out.abort();  // the policy; its handler's next read ends
    }
  }

 private:
  std::list<listener> members_;
};

ps::task<> talk(room& all, ps::stream_reader in, ps::stream_writer out) {
  std::string name = co_await in.readline();
  if (name.empty()) co_return;
  name.pop_back();
  std::string farewell;
  {
    const room::member here(all, out);
    all.say(name + " is here\n");
    try {
      while (auto line = co_await in.next_line()) all.say(name + ": " + *line);
      farewell = name + (here.kept_up() ? " has left\n" : " did not keep up\n");
    } catch (const std::system_error&) {
      farewell = name + " was lost\n";
    }
  }
  all.say(farewell);
}

}  // namespace

int main(int argc, char** argv) try {
  room all;
  ps::epoll::event_loop loop;
  const auto handler = [&all](ps::stream_reader in, ps::stream_writer out) {
    return talk(all, std::move(in), std::move(out));
  };
  auto server = loop.run_until(ps::epoll::start_server(
      loop, handler,
      {.host = "127.0.0.1", .port = argc > 1 ? argv[1] : "0", .limit = 1000, .writing = {.max_pending = most_behind}}));
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", static_cast<unsigned>(server.port()));
  ps::epoll::run_until_signal(loop, {SIGINT, SIGTERM});
  loop.run_until(server.shutdown(1s));
} catch (const std::exception& e) {
  std::fprintf(stderr, "chat: %s\n", e.what());
  return 1;
}
