// SPDX-License-Identifier: BSL-1.0
// A main for fuzz targets where there is no libFuzzer: runs the files and folders it is given.
#include <penstock/testing/fuzz_handler.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) { return penstock::testing::run_inputs(argc, argv, &LLVMFuzzerTestOneInput); }
