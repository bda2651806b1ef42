#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the benchmark program in rounds and prints its ratios as Markdown.

A round is one process with all sides, so that a ratio compares what ran close together. Times are
CPU time. A row shows medians over the rounds; its ratio is the median of the ratios within rounds:
time of the first side of the same measure and size, divided by this side's. Above 1 is faster.
"""
import argparse
import fnmatch
import json
import os
import re
import statistics
import subprocess
import sys

# (pattern of measure/size/side, what is compared, bound)
TARGETS = [
    ("readline/20/lend_4k", "ratio", 0.90),
    ("readline/100/lend_4k", "ratio", 0.90),
    ("readline/1000/lend_4k", "ratio", 0.65),
    ("readuntil_*/lend_4k", "ratio", 0.80),
    ("byte_by_byte/*", "ns", 15.0),
    ("turn/1/connection*", "ns", 60.0 + 15.0),
    ("turn/16/connection*", "ns", 60.0 + 16 * 15.0),
    ("turn/64/connection*", "ns", 60.0 + 64 * 15.0),
]
NO_ALLOCATION = ["*/lend_4k", "*/lend_64k", "*/lend_4k_fresh_read*", "byte_by_byte/*", "writing/*",
                 "turn/*/connection*", "turn/*/coroutine_view*", "turn/*/coroutine_reused_string"]
FLAT_WITHIN = 1.25  # the longest line's byte to the shortest one's
TURN_AND_LINE = ("coroutine_view*", 60.0, 15.0)  # ns, apart


def run(program, min_time, pattern):
    command = [program, "--benchmark_format=json", f"--benchmark_min_time={min_time}",
               f"--benchmark_filter={pattern}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    output = json.loads(done.stdout)
    rows = {}
    for row in output["benchmarks"]:
        if row.get("error_occurred"):
            sys.exit(f"{row['name']}: {row['error_message']}")
        unit = next(key[2:] for key in row if key.startswith("s/"))
        rows[row["name"]] = {
            "unit": unit,
            "ns": row["s/" + unit] * 1e9,
            "rate": row["bytes_per_second"] / 1e9,
            "new": row["new/" + unit],
            "blocks": row["blocks/" + unit],
        }
    return output["context"], rows


def machine(context, rounds):
    model = "an unnamed processor"
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            model = next((line.split(":", 1)[1].strip() for line in lines
                          if line.startswith("model name")), model)
    except OSError:
        pass
    model = re.sub(r"\((?:R|TM)\)", "", model)
    caches = ", ".join(f"L{cache['level']} {cache['size'] // 1024} KiB"
                       for cache in context["caches"] if cache["type"] != "Instruction")
    frequency = context["mhz_per_cpu"] / 1000
    load = os.getloadavg()[1]
    return (f"{model}, {frequency:.1f} GHz, {context['num_cpus']} cores, {caches}; "
            f"{context['compiler']}, `{context['flags'].strip()}`; "
            f"flat_simd: {context['flat_simd']}; "
            f"{rounds} rounds; load average at the end {load:.1f}")


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def group_of(name):
    return name.rsplit("/", 1)[0]


def short(number):
    return "0" if number == 0 else f"{number:.2g}"


class Table:
    """The rounds of one program, summed up."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.names = list(rounds[0])
        self.first = {}
        for name in self.names:
            self.first.setdefault(group_of(name), name)

    def median(self, name, key):
        return statistics.median(one[name][key] for one in self.rounds)

    def ratios(self, name):
        base = self.first[group_of(name)]
        return [one[base]["ns"] / one[name]["ns"] for one in self.rounds]

    def verdict(self, name):
        """The target of a row and whether it is held; empty where it has none."""
        missed, parts = False, []
        for pattern, key, bound in TARGETS:
            if not fnmatch.fnmatchcase(name, pattern):
                continue
            if key == "ratio":
                held = statistics.median(self.ratios(name)) >= bound
                parts.append(f"ratio ≥ {bound:g}")
            else:
                held = self.median(name, "ns") <= bound
                parts.append(f"≤ {bound:g} ns")
            missed |= not held
        if matches(name, NO_ALLOCATION) and any(one[name]["new"] != 0 for one in self.rounds):
            missed = True
            parts.append("no new")
        return (", ".join(parts) + (": missed" if missed else ": held") if parts else ""), missed

    def print(self):
        measure, any_missed = None, False
        for name in self.names:
            if name.split("/")[0] != measure:
                measure, unit = name.split("/")[0], self.rounds[0][name]["unit"]
                print(f"\n### {measure}\n")
                print(f"| size | side | ns/{unit} | GB/s | ratio | lowest, highest | new/{unit} "
                      f"| blocks/{unit} | target |")
                print("|---:|---|---:|---:|---:|---:|---:|---:|---|")
            _, size, side = name.split("/")
            base = name == self.first[group_of(name)]
            ratios = self.ratios(name)
            ratio = "1" if base else f"{statistics.median(ratios):.2f}"
            spread = "" if base else f"{min(ratios):.2f}, {max(ratios):.2f}"
            target, missed = self.verdict(name)
            any_missed |= missed
            ns = self.median(name, "ns")
            time = f"{ns:.{2 if ns < 10 else 1}f}"
            news = short(max(one[name]["new"] for one in self.rounds))
            print(f"| {size} | {side} | {time} | {self.median(name, 'rate'):.2f} | {ratio} "
                  f"| {spread} | {news} | {short(self.median(name, 'blocks'))} | {target} |")
        any_missed |= self.print_turns()
        return self.print_growth() or any_missed

    def print_growth(self):
        missed = False
        grown = [name for name in self.names if name.startswith("byte_by_byte/")]
        for side in sorted({name.rsplit("/", 1)[1] for name in grown}):
            sizes = [name for name in grown if name.endswith("/" + side)]
            growth = statistics.median(one[sizes[-1]]["ns"] / one[sizes[0]]["ns"]
                                       for one in self.rounds)
            held = growth <= FLAT_WITHIN
            missed |= not held
            print(f"\n`byte_by_byte/{side}`: a byte of the longest line costs {growth:.2f} times "
                  f"one of the shortest (target ≤ {FLAT_WITHIN:g}: {'held' if held else 'missed'}).")
        return missed

    def print_turns(self):
        """A turn and a line apart: the difference of the most lines and of one."""
        any_missed = False
        for side in [name[len("turn/1/"):] for name in self.names if name.startswith("turn/1/")]:
            one_line, most = f"turn/1/{side}", f"turn/64/{side}"
            if side == "by_hand" or most not in self.names:
                continue
            lines = [(one[most]["ns"] - one[one_line]["ns"]) / 63 for one in self.rounds]
            turns = [one[one_line]["ns"] - line for one, line in zip(self.rounds, lines)]
            turn, line = statistics.median(turns), statistics.median(lines)
            target = ""
            if fnmatch.fnmatchcase(side, TURN_AND_LINE[0]):
                _, most_turn, most_line = TURN_AND_LINE
                missed = turn > most_turn or line > most_line
                any_missed |= missed
                target = (f" (targets ≤ {most_turn:g} and ≤ {most_line:g} ns: "
                          f"{'missed' if missed else 'held'})")
            print(f"\n`turn/{side}`: {turn:.1f} ns a turn and {line:.1f} ns a line{target}.")
        return any_missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--min-time", type=float, default=0.05, help="seconds a side and round")
    parser.add_argument("--filter", default=".", help="regular expression of measure/size/side; "
                        "a ratio needs the first side of its group")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    options = parser.parse_args()

    rounds = []
    for number in range(options.rounds):
        if sys.stderr.isatty():
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        context, rows = run(options.program, options.min_time, options.filter)
        rounds.append(rows)
    print(machine(context, options.rounds))
    missed = Table(rounds).print()
    sys.exit(1 if options.check and missed else 0)


if __name__ == "__main__":
    main()
