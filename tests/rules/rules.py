#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Prints docs/rules.md: each rule and invariant, and the tests that hold it.

  rules.py            writes docs/rules.md, and takes from rules.txt the reasons that have gone
  rules.py --check    changes nothing; fails if docs/rules.md is not what would be written, if a
                      rule has neither a test nor a reason, or both, or if what a test names is none

A test names a rule in one of four places:

  // R31, R36, I-04: words         a comment that begins with rules, above or inside a test
  TEST(Suite, Sentence_R101)       the test's own name (also I_04)
  // Proves ... (I-18) ...         the first comment of a file, or its docstring: the whole file;
                                   not "R11 to R45", which says what it is about
  {"NameOfACheck", "R53 R74", ...  a row of the transports' kit, which each transport is put through

A reason that begins with "the rest" stands beside the tests that hold a part.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "tests/rules/rules.txt"
TABLE = ROOT / "docs/rules.md"
COMMAND = "python3 tests/rules/rules.py"
NAMES_SHOWN = 3  # of one file; the file has the others

REFERENCE = r"(?:R\d+a?|I[-_]\d+)(?![\w.])"
RANGE = re.compile(rf"({REFERENCE})(?:\s*(?:-|to|\.\.)\s*({REFERENCE}))?")
LEADING = re.compile(rf"^{REFERENCE}(?:(?:\s*(?:,|and|to|-|\.\.)\s*)+{REFERENCE})*")
ASIDE = re.compile(r"\([^()]*\)")
CPP_PREFACE = re.compile(r"(?://.*\n)*")
PREFACE = re.compile(r'(?:#.*\n)*(?:"""[\s\S]*?""")?')
COMMENT = re.compile(r"^(\s*)(?://|#|\"(?=R\d+: )|'(?=R\d+: ))\s*(.*)")
TEST_NAME = re.compile(r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)|^RC_GTEST_\w+\(\s*(\w+),\s*(\w+)")
CHECK = re.compile(rf'^\s*\{{"(\w+)", "({REFERENCE}(?: {REFERENCE})*)",')
IN_NAME = re.compile(r"_(R\d+a?|I_\d+)(?![^\W_])")


def canonical(reference):
    """I_04, I-04 and I-4 are I-4."""
    if reference[0] == "R":
        return reference
    return f"I-{int(re.search(r'[0-9]+', reference).group())}"


def named(text, ranges):
    """The rules that a text names, one by one or, where that counts, as a range."""
    found = []
    for first, last in RANGE.findall(text):
        if not last:
            found.append(canonical(first))
            continue
        if not ranges:
            continue
        begin, end = (int(re.search(r"\d+", r).group()) for r in (first, last))
        found += [f"{first[:1]}{'-' if first[0] == 'I' else ''}{n}" for n in range(begin, end + 1)]
    return found


def leading(text):
    """The rules with which a comment begins: up to its colon, or as far as they go."""
    text = ASIDE.sub("", text)
    begin = LEADING.match(text)
    if not begin:
        return []
    head, colon, _ = text.partition(":")
    return named(head if colon else begin.group(), ranges=True)


def sources():
    for folder, endings in (("tests", ("cpp", "py", "sh")), ("fuzz", ("cpp",)), ("adapters/testing/src", ("cpp",))):
        for ending in endings:
            for path in sorted((ROOT / folder).rglob(f"*.{ending}")):
                if path.parent != RULES.parent and "__pycache__" not in path.parts:
                    yield path


def held_in(path):
    """(rule, name of the test or '') for each rule that the file names."""
    text = path.read_text(encoding="utf-8")
    is_cpp = path.suffix == ".cpp"
    first = (CPP_PREFACE if is_cpp else PREFACE).match(text).group()
    found = [(rule, "") for rule in named(first, ranges=False)]
    current, waiting = "", []  # the test above, the rules named for the next one
    for line in text[len(first):].splitlines():
        test = TEST_NAME.match(line)
        if test:
            current = ".".join(part for part in test.groups() if part)
            found += [(rule, current) for rule in waiting + named(" ".join(IN_NAME.findall(test.group())), ranges=False)]
            waiting = []
            continue
        check = CHECK.match(line)
        if check:
            found += [(rule, check.group(1)) for rule in named(check.group(2), ranges=False)]
            continue
        comment = COMMENT.match(line)
        if not comment:
            continue
        rules = leading(comment.group(2))
        if is_cpp and not comment.group(1):
            waiting += rules
        else:
            found += [(rule, current) for rule in rules]
    return found + [(rule, "") for rule in waiting]


def read_rules():
    """number -> [statement, reason], in order."""
    rules = {}
    for number, line in enumerate(RULES.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 3 or not parts[0] or not parts[1]:
            sys.exit(f"{RULES}:{number}: not 'number | statement | reason'")
        if parts[0] in rules:
            sys.exit(f"{RULES}:{number}: {parts[0]} again")
        rules[parts[0]] = parts[1:]
    expected = [f"R{n}" for n in range(1, 121)] + ["R101a"]
    expected += [f"I-{n}" for n in (*range(1, 8), *range(10, 37), *range(40, 49))]
    if set(rules) != set(expected):
        sys.exit(f"{RULES}: missing or unknown: {' '.join(sorted(set(rules) ^ set(expected)))}")
    return rules


def collect(rules):
    """rule -> {path: [names]}, and complaints about names that are no rules."""
    holders = {rule: {} for rule in rules}
    complaints = []
    for path in sources():
        relative = path.relative_to(ROOT).as_posix()
        for rule, name in held_in(path):
            if rule not in holders:
                complaints.append(f"{relative}: names {rule}, which is no rule")
                continue
            names = holders[rule].setdefault(relative, [])
            if name and name not in names:
                names.append(name)
    return holders, complaints


def printed(rules, holders):
    out = [
        "<!-- SPDX-License-Identifier: BSL-1.0 -->",
        "# The rules and the tests that hold them",
        "",
        f"Printed by `{COMMAND}` from `tests/rules/rules.txt` and the tests; not edited by hand.",
        "R are asyncio's rules, as penstock holds them ([differences](asyncio.md)); I are penstock's own invariants.",
        "",
    ]
    for letter in "RI":
        numbers = [rule for rule in rules if rule[0] == letter]
        held = [rule for rule in numbers if holders[rule]]
        out += [f"## {letter}: {len(held)} of {len(numbers)} held by a test", "", "| | what holds | held by |", "|---|---|---|"]
        for rule in numbers:
            statement, reason = rules[rule]
            cells = []
            for path, names in sorted(holders[rule].items()):
                shown = ", ".join(names[:NAMES_SHOWN])
                if len(names) > NAMES_SHOWN:
                    shown += f" and {len(names) - NAMES_SHOWN} more"
                cells.append(f"[{path.partition('/')[2] if path.startswith('tests/') else path}](../{path})"
                             + (f": {shown}" if shown else ""))
            cells += [f"*{reason}*"] if reason else []
            out.append(f"| {rule} | {statement} | {'<br>'.join(cells)} |")
        out.append("")
    return "\n".join(out)


def contradicts(reason, holders):
    return bool(reason and holders and not reason.startswith("the rest"))


def drop_reasons(rules, holders):
    """Takes from rules.txt the reasons of rules that are held."""
    gone = [rule for rule in rules if contradicts(rules[rule][1], holders[rule])]
    lines = RULES.read_text(encoding="utf-8").splitlines()
    for rule in gone:
        rules[rule][1] = ""
        lines = [f"{rule} | {rules[rule][0]} |" if line.partition(" |")[0] == rule else line for line in lines]
        print(f"{rule} is held now: its reason is taken out of rules.txt")
    if gone:
        RULES.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(arguments):
    check = arguments == ["--check"]
    if arguments and not check:
        sys.exit(__doc__)
    rules = read_rules()
    holders, complaints = collect(rules)
    if not check:
        drop_reasons(rules, holders)
    for rule, (statement, reason) in rules.items():
        if not holders[rule] and (not reason or reason.startswith("the rest")):
            complaints.append(f"{rule} ({statement}): no test names it, and rules.txt says no reason")
        if contradicts(reason, holders[rule]):
            complaints.append(f"{rule}: rules.txt gives a reason, but {next(iter(holders[rule]))} holds it")
    table = printed(rules, holders)
    if not check:
        TABLE.write_text(table, encoding="utf-8")
    elif not TABLE.exists() or TABLE.read_text(encoding="utf-8") != table:
        complaints.append(f"docs/rules.md is not up to date: {COMMAND}")
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
