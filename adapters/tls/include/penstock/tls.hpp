// SPDX-License-Identifier: BSL-1.0
// All of penstock::tls: TLS as a filter around a connection, over any transport.
#pragma once

#include <penstock/tls/certificate_info.hpp>
#include <penstock/tls/context.hpp>
#include <penstock/tls/context_builder.hpp>
#include <penstock/tls/engine.hpp>
#include <penstock/tls/error.hpp>
#include <penstock/tls/session.hpp>
#include <penstock/tls/tls_wire.hpp>
#include <penstock/tls/version.hpp>
