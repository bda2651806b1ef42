#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the core as two files, penstock.hpp and penstock.cpp, into a folder: the quickest way to have it
compiled with the flags and sanitizers of somebody else's target.

  amalgamate.py FOLDER
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORE = ROOT / "core"
INCLUDE = re.compile(r'^ *# *include *([<"])([^>"]+)[>"].*$')


class Amalgamation:
    """One file that is being made: what it includes of ours stands in it, once."""

    def __init__(self, title, begin, given=()):
        self.seen = set(given)
        self.system = set()
        self.begin = ["// SPDX-License-Identifier: BSL-1.0", f"// {title}",
                      "// Made by cmake/amalgamate.py; each part begins with the file that it was.", begin, ""]
        self.parts = []

    def find(self, kind, name, beside):
        if kind == '"':
            return (beside / name).resolve()
        path = CORE / "include" / name
        return path if path.exists() else None

    def add(self, path):
        if path in self.seen:
            return
        self.seen.add(path)
        body = []
        guarded = 0  # an include that stands under a condition stays where it is
        for line in path.read_text().splitlines():
            if re.match(r" *# *(if|ifdef|ifndef)\b", line):
                guarded += 1
            elif re.match(r" *# *endif\b", line):
                guarded -= 1
            found = INCLUDE.match(line)
            ours = self.find(found[1], found[2], path.parent) if found else None
            if ours:
                self.add(ours)
            elif found and guarded == 0:
                self.system.add(found[2])
            elif not re.match(r"#pragma once|// SPDX-", line):
                body.append(line)
        self.parts += ["", f"// {'-' * 8} {path.relative_to(CORE).as_posix()}"]
        text = "\n".join(body).strip("\n")
        self.parts.append(re.sub(r"\n{3,}", "\n\n", text))

    def text(self):
        includes = [f"#include <{name}>" for name in sorted(self.system)]
        return "\n".join(self.begin + includes + self.parts) + "\n"


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    header = Amalgamation("The core of penstock in one header; penstock.cpp is all that it needs.", "#pragma once")
    header.add(CORE / "include" / "penstock" / "core.hpp")
    source = Amalgamation("The core of penstock in one source file.", '#include "penstock.hpp"', header.seen)
    for path in sorted((CORE / "src").glob("*.cpp")):
        source.add(path)
    (folder / "penstock.hpp").write_text(header.text())
    (folder / "penstock.cpp").write_text(source.text())


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(pathlib.Path(sys.argv[1]))
