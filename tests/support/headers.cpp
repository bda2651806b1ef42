// SPDX-License-Identifier: BSL-1.0
// Nothing: the headers that tests share are compiled with it, by tests/CMakeLists.txt.
