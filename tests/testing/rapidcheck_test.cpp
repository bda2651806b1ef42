// SPDX-License-Identifier: BSL-1.0
// Proves that the generators find and shrink what is wrong with a handler, and shows how a protocol is held
// against a model of it: commands in any order, of which rapidcheck keeps the few that matter.
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <rapidcheck/shrinkable/Operations.h>
#include <rapidcheck/state.h>

#include <penstock/testing.hpp>
#include <penstock/testing/rapidcheck.hpp>

#include "../../examples/key_value.hpp"
#include "protocols.hpp"

namespace {

using namespace penstock::testing;  // NOLINT: a test speaks the kit's language
using examples::key_value_server;

// I-2
RC_GTEST_PROP(Generators, NoCuttingChangesAnAnswer, ()) {
  const auto lines = *rc::gen::container<std::vector<std::string>>(
      rc::gen::element<std::string>("SET a 1\n", "SET b \n", "GET a\n", "DEL a\n", "\n", "GET", " \r\n"));
  std::string message;
  for (const std::string& line : lines) message += line;
  RC_ASSERT(problem_of(key_value_server(), *chunkings(message)) == "");
  RC_ASSERT(problem_of(key_value_server(), *stops(message)) == "");
}

// I-14
RC_GTEST_PROP(Generators, NoPeerBreaksIt, (const plan& how)) { RC_ASSERT(problem_of(key_value_server(), how) == ""); }

TEST(Generators, ShrinkToAReadableScript) {
  const auto fails = [](const plan& how) {
    return problem_of(penstock_test::line_commands(penstock_test::flaw::split), how) != "";
  };
  int found = 0;
  for (std::uint64_t seed = 0; seed != 20; ++seed) {
    const auto drawn = chunkings("PING\nECHO abc\nPING\n")(rc::Random(seed), 50);
    if (!fails(drawn.value())) continue;
    const plan least = rc::shrinkable::findLocalMin(drawn, fails).first;
    EXPECT_EQ(least.pieces.size(), 1u) << least.text();
    std::ostringstream shown;
    rc::show(least, shown);
    EXPECT_EQ(shown.str(), '\n' + least.text());
    ++found;
  }
  EXPECT_GT(found, 5);
}

// --- a model ---------------------------------------------------------------------------------

// What the server should know, and a peer that asks it all of it.
using model = std::map<std::string, std::string>;
using command = rc::state::Command<model, scripted_peer>;

void expect_answer(scripted_peer& peer, const std::string& line, const std::string& answer) {
  peer.give(line).expect_send(answer);
  RC_ASSERT(peer.talk_to(key_value_server()) == "");
}

const auto any_key = rc::gen::element<std::string>("a", "b", "key");

struct set : command {
  std::string key = *any_key;
  std::string value = *rc::gen::string<std::string>();
  set() { std::erase(value, '\n'); }
  void apply(model& m) const override { m[key] = value; }
  void run(const model&, scripted_peer& peer) const override {
    expect_answer(peer, "SET " + key + ' ' + value + '\n', "OK\n");
  }
  void show(std::ostream& to) const override { to << "SET " << key << ' ' << value; }
};

struct get : command {
  std::string key = *any_key;
  void run(const model& m, scripted_peer& peer) const override {
    expect_answer(peer, "GET " + key + '\n', m.contains(key) ? m.at(key) + '\n' : "-\n");
  }
  void show(std::ostream& to) const override { to << "GET " << key; }
};

struct del : command {
  std::string key = *any_key;
  void apply(model& m) const override { m.erase(key); }
  void run(const model& m, scripted_peer& peer) const override {
    expect_answer(peer, "DEL " + key + '\n', m.contains(key) ? "OK\n" : "-\n");
  }
  void show(std::ostream& to) const override { to << "DEL " << key; }
};

RC_GTEST_PROP(KeyValueServer, AnswersAsItsModelDoes, ()) {
  scripted_peer peer;
  rc::state::check(model(), peer, rc::state::gen::execOneOfWithArgs<set, get, del>());
}

}  // namespace
