// SPDX-License-Identifier: BSL-1.0
// What the checks stand on: a loop and connected streams, made by the author of a transport.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <penstock/contract.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// One end of a connection.
struct end {
  stream_reader in;
  stream_writer out;
};

struct connected {
  end first;
  end second;
};

// The other end of a connection without a stream in between, so that a check decides what comes
// together: its calls act at once. Destroying it closes.
class PENSTOCK_API raw_peer {
 public:
  raw_peer() = default;
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;
  virtual ~raw_peer();

  // All of it; for few bytes, as nobody waits for room.
  virtual void send(std::string_view bytes) = 0;
  // What has arrived and was not yet taken. Until it is called, nothing is taken from the system:
  // a peer that never calls it has a window of zero in the end.
  virtual std::string receive() = 0;
  virtual bool at_end() = 0;     // receive() has come to the FIN
  virtual bool was_reset() = 0;  // receive() has come to a reset
  virtual void finish() = 0;     // sends the FIN; still receives
  virtual void reset() = 0;      // ends by a reset
};

struct raw_connected {
  end first;
  std::unique_ptr<raw_peer> peer;
};

// What not every transport can do. Checks that need more are skipped.
struct abilities {
  bool reset = true;       // abort is told from close by the peer
  bool half_close = true;  // write_eof() leaves the other direction open
};

// A fresh one for each check. Its loop has nothing else to do.
class PENSTOCK_API ground {
 public:
  ground() = default;
  ground(const ground&) = delete;
  ground& operator=(const ground&) = delete;
  virtual ~ground();

  virtual scheduler& loop() = 0;
  // Runs the task to its end and throws what ended it; afterwards whatever the loop then still has
  // to do, such as flushing what was closed.
  virtual void run(task<> work) = 0;
  virtual task<connected> connect(stream_options first, stream_options second) = 0;
  task<connected> connect() { return connect({}, {}); }
  // The first end of a connection and a raw peer. As it is: a peer made of a stream, so that what
  // it does comes with its next turn.
  virtual task<raw_connected> connect_raw(stream_options first);

  virtual abilities can() const noexcept { return {}; }
  // At least as many bytes as the way between two ends holds: who sends so many more to somebody
  // who does not receive is blocked.
  virtual std::size_t under_way() const noexcept { return 16 * 1024 * 1024; }
  // What counts as many bytes: at least 128 KiB, above all marks. A slow transport has fewer.
  virtual std::size_t many() const noexcept { return 1'000'000; }
  // Time enough for whatever can happen to have happened. A virtual clock waits for free.
  virtual duration calm() const noexcept { return duration::nanoseconds(20'000'000); }
  // How long a check may take.
  virtual duration patience() const noexcept { return duration::nanoseconds(20'000'000'000); }
};

}}}  // namespace penstock::v0::testing
