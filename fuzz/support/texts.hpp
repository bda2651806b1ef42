// SPDX-License-Identifier: BSL-1.0
// What the core says in words, read back: descriptions, quoted bytes, errors and names.
#pragma once

#include <cstddef>
#include <string_view>
#include <system_error>

#include <penstock/connection.hpp>
#include <penstock/read_outcome.hpp>

#include "reader_model.hpp"
#include "writer_model.hpp"

namespace penstock::fuzz {

// The error that a step names: of the generic category, from 4096 on one of penstock's or one with
// a number that penstock does not have.
std::error_code error_of(const step& one) noexcept;

// Each throws a mismatch. They make strings: for the end of a stream's life, not for each step.

// R13, R61: a description begins with the name and says what differs from the start, nothing else.
void check_description(const read_half&, const reader_model&);
void check_description(const write_half&, const writer_model&);
void check_description(const connection&, const reader_model&, const writer_model&);
void check_description(const read_outcome&);

// Printable ASCII that says which bytes they were.
void check_quoted(std::string_view bytes);

// Every error has a text; penstock's say their category, and equal the condition of the same
// meaning.
void check_error(std::error_code);

// The n-th enumerator of each kind has its own name, and what is none has no enumerator's.
void check_names(std::size_t n);

}  // namespace penstock::fuzz
