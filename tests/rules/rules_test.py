#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Proves that rules.py sees every way in which a test names a rule, and nothing else."""

import pathlib
import tempfile
import textwrap
import unittest

import rules


def found(text, name="some_test.cpp"):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return rules.held_in(path)


class Named(unittest.TestCase):
    def test_one_and_several_and_invariants_in_any_spelling(self):
        self.assertEqual(rules.leading("R31: words"), ["R31"])
        self.assertEqual(rules.leading("R31, R101a and I-04: words, R5"), ["R31", "R101a", "I-4"])
        self.assertEqual(rules.leading("I_12, R3"), ["I-12", "R3"])
        self.assertEqual(rules.leading("R20 and R50 as mended, I-23: words"), ["R20", "R50", "I-23"])
        self.assertEqual(rules.leading("R75 (as mended: not R4), I-13: words"), ["R75", "I-13"])

    def test_ranges_count_where_a_test_claims_them(self):
        self.assertEqual(rules.leading("R28-R30: words"), ["R28", "R29", "R30"])
        self.assertEqual(rules.named("it is about R11 to R45, and holds R3", ranges=False), ["R3"])

    def test_prose_names_nothing(self):
        self.assertEqual(rules.leading("unlike R31: words"), [])
        self.assertEqual(rules.leading("R31 is named, R32 in prose"), ["R31"])
        self.assertEqual(rules.leading("CR3: not a rule"), [])
        self.assertEqual(rules.leading("R3.5 is a number"), [])


class Held(unittest.TestCase):
    def test_a_comment_above_a_test_belongs_to_it(self):
        self.assertEqual(found("""\
            // Proves nothing.

            // R1: words
            TEST(Suite, First) {
              // R2: inside
            }
            // R3: words
            // over two lines
            TEST_P(Suite, Second_R4_I_05) {}
            """), [("R1", "Suite.First"), ("R2", "Suite.First"), ("R3", "Suite.Second_R4_I_05"),
                   ("R4", "Suite.Second_R4_I_05"), ("I-5", "Suite.Second_R4_I_05")])

    def test_the_first_comment_speaks_for_the_file(self):
        self.assertEqual(found("// Proves (I-18)\n// something.\n#include <x>\n"), [("I-18", "")])
        self.assertEqual(found('# words\n"""Proves\n(I-18)."""\nx = 1  # R1\n# R2: words\n', "x.py"), [("I-18", ""), ("R2", "")])

    def test_a_planted_fault_names_its_rule(self):
        self.assertEqual(found('FAULTS = {\n    "R33: one byte short": [\n', "x.py"), [("R33", "")])

    def test_a_check_of_the_kit_names_its_rules(self):
        self.assertEqual(found("""\
            constexpr check checks[] = {
                {"TheEndAlone", "R16 I-22", &the_end_alone, half_closes},
                {"R98 limit", [] { connect(); }, no_limit},
            };
            """), [("R16", "TheEndAlone"), ("I-22", "TheEndAlone")])


class Reasons(unittest.TestCase):
    def test_contradict_a_test_unless_they_are_about_the_rest(self):
        self.assertTrue(rules.contradicts("needs sockets", {"a": []}))
        self.assertFalse(rules.contradicts("the rest needs sockets", {"a": []}))
        self.assertFalse(rules.contradicts("needs sockets", {}))
        self.assertFalse(rules.contradicts("", {"a": []}))


if __name__ == "__main__":
    unittest.main()
