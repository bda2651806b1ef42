// SPDX-License-Identifier: BSL-1.0
// The runs behind the fuzz targets, by name: what a target calls and what replay can show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "script.hpp"
#include "transcript.hpp"

namespace penstock::fuzz {

// Runs a script against the core and its model; throws mismatch where they differ. Answers the
// number of steps that did something. No state outlives a run.
using run_function = std::size_t (*)(const script&, transcript&);

std::size_t run_reader_ops(const script&, transcript&);
std::size_t run_chunking(const script&, transcript&);
std::size_t run_search(const script&, transcript&);
std::size_t run_writer_ops(const script&, transcript&);
std::size_t run_buffer_ops(const script&, transcript&);
std::size_t run_connect_race(const script&, transcript&);
std::size_t run_epoll_faulty(const script&, transcript&);
std::size_t run_cancel(const script&, transcript&);
std::size_t run_api_sequence(const script&, transcript&);
std::size_t run_tls_pair(const script&, transcript&);
std::size_t run_tls_tamper(const script&, transcript&);
std::size_t run_tls_raw(const script&, transcript&);
std::size_t run_start_tls(const script&, transcript&);
std::size_t run_upgrade(const script&, transcript&);
std::size_t run_handlers(const script&, transcript&);

struct target {
  std::string_view name;
  run_function run;
};

// All targets that penstock-replay knows (targets.cpp: a row each).
std::span<const target> targets() noexcept;

// The body of LLVMFuzzerTestOneInput: runs the input; on a mismatch runs it again with a transcript
// on standard error, prints both sides and aborts. With PENSTOCK_FUZZ_STATISTICS in the environment
// the mean number of steps an input is printed at exit.
int handle(const std::uint8_t* data, std::size_t size, run_function run);

}  // namespace penstock::fuzz

// Makes the file a fuzz target: extern "C" entry points of libFuzzer, AFL++ and replay_main.
#define PENSTOCK_FUZZ_TARGET(run)                                                     \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    return ::penstock::fuzz::handle(data, size, run);                                 \
  }
