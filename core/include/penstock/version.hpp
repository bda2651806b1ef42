// SPDX-License-Identifier: BSL-1.0
// The version's one home: CMake and pkg-config read it from here.
#pragma once

#define PENSTOCK_VERSION_MAJOR 0
#define PENSTOCK_VERSION_MINOR 1
#define PENSTOCK_VERSION_PATCH 0
#define PENSTOCK_VERSION_STRING "0.1.0"
