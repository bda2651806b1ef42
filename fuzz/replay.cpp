// SPDX-License-Identifier: BSL-1.0
// Shows what a script does: its transcript and a test that can be pasted; turns scripts from their
// binary form into text and back.
//
//   penstock-replay [--target T] FILE       transcript, then the test (--transcript, --test: one only)
//   penstock-replay --text FILE             the script's text form
//   penstock-replay --binary FILE           its binary form, to standard output
//   penstock-replay --seeds FILE FOLDER     writes each script of FILE to a file of FOLDER
//   penstock-replay --check FILE FOLDER     fails unless FOLDER holds exactly those, and below FOLDER/found
//                                           no more than a few small inputs
//
// FILE holds a script in either form. Without --target the name of the folder decides, if it is a
// target's, else reader_ops. In a file of seeds each script begins with a line `== NAME`; one line
// `message "..."` in place of steps makes a plain message.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/testing/plan.hpp>

#include "support/check.hpp"
#include "support/script.hpp"
#include "support/targets.hpp"

namespace {

namespace fs = std::filesystem;
using namespace penstock::fuzz;

int complain(const std::string& what, int status = 2) {
  std::fprintf(stderr, "penstock-replay: %s\n", what.c_str());
  return status;
}

std::optional<std::string> read(const fs::path& path) {
  std::error_code ec;
  std::ifstream file(path, std::ios::binary);
  if (!file || fs::is_directory(path, ec)) return std::nullopt;  // a folder opens, and reading it throws
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The binary form of what a file holds.
std::optional<std::string> load(const fs::path& path, std::string& problem) {
  std::error_code ec;
  problem = fs::is_directory(path, ec) ? "is a folder" : "cannot be read";
  std::optional<std::string> bytes = read(path);
  if (bytes && is_text(*bytes)) bytes = compile(*bytes, problem);
  problem = path.string() + ": " + problem;
  return bytes;
}

const target& target_of(std::string_view name, const fs::path& path) {
  const auto known = targets();
  const std::string folder = path.parent_path().filename().string();
  for (const std::string_view wanted : {name, std::string_view(folder)})
    for (const target& one : known)
      if (one.name == wanted) return one;
  return known.front();
}

// Runs the script; false on a mismatch, which is printed.
bool run(const target& which, const script& input, std::FILE* steps, std::FILE* test) {
  transcript out(steps, test);
  try {
    which.run(input, out);
    return true;
  } catch (const mismatch& found) {
    std::fprintf(stdout, "\n%s: the core and its model differ: %s\n  expected: %s\n  observed: %s\n",
                 std::string(which.name).c_str(), found.what.c_str(), found.expected.c_str(), found.observed.c_str());
    return false;
  }
}

int show(const target& which, std::string bytes, bool steps, bool test) {
  std::string problem;
  if (which.run == run_handlers) bytes = *compile(penstock::testing::plan(bytes).text(), problem);
  const script input(bytes);
  bool good = true;
  if (steps) good = run(which, input, stdout, nullptr);
  if (test) {
    std::printf(
        "%s#include <string>\n#include <string_view>\n\n#include <gtest/gtest.h>\n#include <penstock/%s.hpp>\n\n"
        "using namespace penstock;\nusing namespace std::literals;\n\nTEST(Replayed, Script) {\n",
        steps ? "\n" : "", which.run == run_handlers ? "testing" : "core");
    std::fflush(stdout);
    good = run(which, input, nullptr, stdout) && good;
    std::printf("}\n");
  }
  return good ? 0 : 1;
}

// A script without its first line, or a message.
std::optional<std::string> compile_seed(std::string body, std::string& problem) {
  constexpr std::string_view message = "\nmessage ";
  const std::size_t at = body.find(message);
  if (at != body.npos) body.replace(at, message.size(), "\nrest ");
  std::optional<std::string> binary = compile("penstock script 1" + body, problem);
  // All that a script of literal bytes alone has in front of them.
  constexpr std::size_t empty_script = 2;
  if (binary && at != body.npos) binary->erase(0, empty_script);
  return binary;
}

// The scripts of a file of seeds, compiled, by name.
std::optional<std::map<std::string, std::string>> seeds(const fs::path& path, std::string& problem) {
  problem = path.string() + ": cannot be read";
  const std::optional<std::string> all = read(path);
  if (!all) return std::nullopt;
  constexpr std::string_view mark = "== ";
  std::map<std::string, std::string> made;
  for (std::size_t at = all->starts_with(mark) ? 0 : all->find("\n== "); at < all->size();) {
    const std::size_t name = all->find(mark, at) + mark.size();
    const std::size_t body = std::min(all->find('\n', name), all->size());
    const std::size_t next = std::min(all->find("\n== ", body), all->size());
    const std::string key = all->substr(name, body - name);
    std::optional<std::string> binary = compile_seed(all->substr(body, next - body), problem);
    if (!binary || !made.emplace(key, *binary).second) {
      problem = path.string() + ": " + key + ": " + (binary ? "twice" : problem);
      return std::nullopt;
    }
    at = next;
  }
  return made;
}

// What campaigns found: inputs that cover what the seeds do not, in binary form under any name.
std::string problem_of_found(const fs::path& folder) {
  constexpr std::size_t most_inputs = 64;
  constexpr std::uintmax_t largest = 512;
  std::size_t count = 0;
  if (!fs::exists(folder)) return {};
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (++count > most_inputs) return folder.string() + ": more than " + std::to_string(most_inputs) + " inputs";
    if (!entry.is_regular_file() || entry.file_size() > largest)
      return entry.path().string() + ": no input of " + std::to_string(largest) + " bytes at most";
  }
  return {};
}

int write_seeds(const fs::path& from, const fs::path& folder, bool check_only) {
  std::string problem;
  const auto made = seeds(from, problem);
  if (!made) return complain(problem);
  if (!check_only) fs::create_directories(folder);
  for (const auto& [name, bytes] : *made) {
    if (!check_only) std::ofstream(folder / name, std::ios::binary) << bytes;
    if (read(folder / name) != bytes) return complain((folder / name).string() + ": differs from " + from.string());
  }
  if (check_only) {
    for (const auto& entry : fs::directory_iterator(folder))
      if (entry.is_regular_file() && !made->contains(entry.path().filename().string()))
        return complain(entry.path().string() + ": not in " + from.string());
    if (problem = problem_of_found(folder / "found"); !problem.empty()) return complain(problem);
  }
  std::printf("%zu scripts\n", made->size());
  return made->empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::string_view verb;
  std::string_view name;
  fs::path path;
  fs::path folder;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--target" && i + 1 < argc)
      name = argv[++i];
    else if (word.starts_with("--"))
      verb = word;
    else
      (path.empty() ? path : folder) = word;
  }
  if (path.empty())
    return complain("[--target T] [--transcript|--test|--text|--binary] FILE, or --seeds|--check FILE FOLDER");
  if (verb == "--seeds" || verb == "--check") return write_seeds(path, folder, verb == "--check");
  std::string problem;
  const std::optional<std::string> bytes = load(path, problem);
  if (!bytes) return complain(problem, 1);
  if (verb == "--text") {
    std::fputs(script(*bytes).text().c_str(), stdout);
    return 0;
  }
  if (verb == "--binary") {
    std::fwrite(bytes->data(), 1, bytes->size(), stdout);
    return 0;
  }
  const target& which = target_of(name, path);
  if (!name.empty() && which.name != name) return complain("no such target: " + std::string(name));
  if (!verb.empty() && verb != "--transcript" && verb != "--test")
    return complain("what is " + std::string(verb) + '?');
  return show(which, *bytes, verb != "--test", verb != "--transcript");
}
