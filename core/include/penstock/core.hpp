// SPDX-License-Identifier: BSL-1.0
// All of the core but pmr_blocks, which brings <memory_resource>.
#pragma once

#include <penstock/block_source.hpp>
#include <penstock/bytes.hpp>
#include <penstock/connect_race.hpp>
#include <penstock/connection.hpp>
#include <penstock/contract.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/describe.hpp>
#include <penstock/error.hpp>
#include <penstock/filter.hpp>
#include <penstock/framing.hpp>
#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>
#include <penstock/read_outcome.hpp>
#include <penstock/receive_buffer.hpp>
#include <penstock/search.hpp>
#include <penstock/send_queue.hpp>
#include <penstock/separators.hpp>
#include <penstock/time.hpp>
#include <penstock/version.hpp>
#include <penstock/wire.hpp>
#include <penstock/write_half.hpp>
