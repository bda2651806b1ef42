#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Measures penstock-echo-server beside a hand-written epoll server and Boost.Asio, as Markdown.

A round measures each cell on each server, one close behind the other; every second round goes
through the servers backwards. The figure is the server's CPU time a message. A row shows medians
over the rounds; its ratio is the median of the ratios within rounds: figure of the epoll server,
divided by this one's. Above 1 is cheaper. One wrong byte anywhere ends the run.
"""
import argparse
import collections
import fnmatch
import os
import platform
import statistics
import sys

import servers
from servers import Failed, Load, Unavailable

# name: mode, load
CELLS = {
    "line-64-d1": ("line", Load(size=64, conns=64, depth=1)),
    "line-64-d16": ("line", Load(size=64, conns=64, depth=16)),
    "line-16-d64": ("line", Load(size=16, conns=64, depth=64)),
    "line-1024-d16": ("line", Load(size=1024, conns=16, depth=16)),
    "line-16384-d4": ("line", Load(size=16384, conns=16, depth=4)),
    "echo-65536-d1": ("echo", Load(size=65536, conns=16, depth=1)),
}
# name: program, its modes in cells of lines and of bytes, options behind them; the first is what all are compared to
SIDES = {
    "epoll by hand": ("bench_epoll_server", {"line": "line", "echo": "echo"}),
    "penstock": ("penstock-echo-server", {"line": "line", "echo": "echo"}),
    "penstock, owned lines": ("penstock-echo-server", {"line": "line-owned"}),
    "penstock on Asio": ("penstock-echo-server", {"line": "line --adapter asio", "echo": "echo --adapter asio"}),
    "Asio coroutines": ("bench_asio_server", {"line": "line", "echo": "echo"}),
}
BASE = next(iter(SIDES))

Ratio = collections.namedtuple("Ratio", "cell side to least")  # figure of `to` by figure of `side`
Calls = collections.namedtuple("Calls", "cell side most")      # system calls a message
TARGETS = [
    Ratio("line-64-d1", "penstock", BASE, 0.95),
    Ratio("line-64-d16", "penstock", BASE, 0.95),
    Ratio("line-16-d64", "penstock", BASE, 0.95),
    Ratio("line-64-d16", "penstock, owned lines", BASE, 0.88),
    Ratio("line-16-d64", "penstock, owned lines", BASE, 0.80),
    Ratio("line-64-d16", "penstock", "Asio coroutines", 12),
    Ratio("line-64-d16", "penstock on Asio", BASE, 0.75),
    Ratio("line-64-d1", "penstock on Asio", "Asio coroutines", 1),
    Calls("line-64-d1", "penstock", 2.04),
    Calls("line-64-d16", "penstock", 0.128),
]


def machine(options):
    model = platform.processor() or "an unnamed processor"
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            model = next((line.split(":", 1)[1].strip() for line in lines
                          if line.startswith("model name")), model)
    except OSError:
        pass
    apart = "" if servers.SERVER_CORE != servers.GENERATOR_CORE else (
        "; **server and generator share one core: the figures mean little**")
    return (f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; "
            f"{options.rounds} rounds of {options.seconds:g} s a measurement, behind "
            f"{options.warmup:g} s of warm-up; load average at the end {os.getloadavg()[1]:.1f}{apart}")


def note(text):
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


class Bench:
    """The programs of one folder, and what was measured of them."""

    def __init__(self, folder, options):
        self.folder = folder
        self.options = options
        self.generator = self.path("bench_load_generator")
        self.missing = []
        self.rounds = []
        self.calls = {}        # (cell, side): a count a message by name, or why there is none
        self.allocations = {}  # (cell, side): a count a message, or why there is none
        self.pairs = []        # (cell, side)
        cells = [cell for cell in CELLS if self.has_target(cell)]
        if options.cells:
            cells = fnmatch.filter(CELLS, options.cells)
        if not cells:
            sys.exit(f"no cell {options.cells}; there are {', '.join(CELLS)}")
        for cell in cells:
            self.pairs += [(cell, side) for side in SIDES if self.takes(cell, side)]
        if not self.pairs or not os.access(self.generator, os.X_OK):
            sys.exit(f"{folder} has no load generator or no server; cmake's target is bench")

    @staticmethod
    def has_target(cell):
        return any(target.cell == cell for target in TARGETS)

    def path(self, program):
        return os.path.join(self.folder, program)

    def takes(self, cell, side):
        program, modes = SIDES[side]
        if CELLS[cell][0] not in modes:
            return False
        if os.access(self.path(program), os.X_OK):
            return True
        if program not in self.missing:
            self.missing.append(program)
        return False

    def what(self, cell, side):
        """The program, its mode and the load of a measurement."""
        program, modes = SIDES[side]
        mode, load = CELLS[cell]
        return self.path(program), modes[mode], load

    def measure(self):
        for number in range(self.options.rounds):
            note(f"round {number + 1} of {self.options.rounds}")
            measured = {}
            for cell in dict.fromkeys(cell for cell, _ in self.pairs):
                pairs = [pair for pair in self.pairs if pair[0] == cell]
                for pair in pairs if number % 2 == 0 else reversed(pairs):
                    measured[pair] = servers.measure(self.generator, *self.what(*pair),
                                                     self.options.warmup, self.options.seconds)
            self.rounds.append(measured)

    def count(self):
        library = self.path("bench_count_allocations.so")
        for pair in self.pairs:
            note(f"counting: {', '.join(pair)}")
            try:
                self.calls[pair] = servers.system_calls(self.generator, *self.what(*pair))
            except Unavailable as error:
                self.calls[pair] = str(error)
            try:
                self.allocations[pair] = servers.allocations(self.generator, *self.what(*pair),
                                                             library)
            except Unavailable as error:
                self.allocations[pair] = str(error)

    def median(self, pair, key):
        return statistics.median(one[pair][key] for one in self.rounds)

    def ratios(self, cell, side, to):
        return [one[cell, to]["cpu"] / one[cell, side]["cpu"] for one in self.rounds]

    # --- the report ------------------------------------------------------------------------------

    def print(self):
        """Answers whether every target of these cells is held."""
        print(machine(self.options))
        for program in self.missing:
            print(f"\nSkipped: {program} was not built.")
        for cell in dict.fromkeys(cell for cell, _ in self.pairs):
            self.print_cell(cell)
        self.print_counts()
        return self.print_targets()

    def print_cell(self, cell):
        mode, load = CELLS[cell]
        print(f"\n### {cell}: {mode}, {load.size} bytes, {load.conns} connections, "
              f"{load.depth} in flight on each\n")
        print("| server | CPU ns/message | in user space | ratio | lowest, highest | messages/s "
              "| busy | p50, p99 µs |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for pair in self.pairs:
            if pair[0] != cell:
                continue
            if (cell, BASE) in self.pairs:
                ratios = self.ratios(cell, pair[1], BASE)
                ratio = f"{statistics.median(ratios):.2f} | {min(ratios):.2f}, {max(ratios):.2f}"
            else:
                ratio = " | "
            late = "" if self.rounds[0][pair]["p50"] is None else (
                f"{self.median(pair, 'p50') / 1000:.0f}, {self.median(pair, 'p99') / 1000:.0f}")
            print(f"| {pair[1]} | {self.median(pair, 'cpu'):,.0f} | {self.median(pair, 'user'):,.0f} "
                  f"| {ratio} | {self.median(pair, 'rate'):,.0f} | {self.median(pair, 'busy'):.2f} "
                  f"| {late} |")

    def print_counts(self):
        if not self.calls:
            return
        print("\n### System calls and allocations a message\n")
        print("| cell | server | system calls | which | allocations |")
        print("|---|---|---:|---|---:|")
        for pair in self.pairs:
            calls, allocations = self.calls[pair], self.allocations[pair]
            total = which = ""
            if isinstance(calls, dict):
                total = f"{sum(calls.values()):.3f}"
                often = sorted(calls.items(), key=lambda call: -call[1])
                which = ", ".join(f"{name} {n:.3f}" for name, n in often if n >= 0.0005)
            number = f"{allocations:.3f}" if isinstance(allocations, float) else ""
            print(f"| {pair[0]} | {pair[1]} | {total} | {which} | {number} |")
        reasons = [why for why in [*self.calls.values(), *self.allocations.values()]
                   if isinstance(why, str)]
        for why in dict.fromkeys(reasons):
            print(f"\nNot counted: {why}.")

    def print_targets(self):
        all_held = True
        print("\n### Targets\n")
        print("| cell | server | target | measured | |")
        print("|---|---|---|---:|---|")
        for target in TARGETS:
            if not any(target.cell == cell for cell, _ in self.pairs):
                continue
            if isinstance(target, Ratio):
                wanted, measured, held = self.judge_ratio(target)
            else:
                wanted, measured, held = self.judge_calls(target)
            verdict = "not measured" if measured is None else "held" if held else "**missed**"
            all_held &= held
            print(f"| {target.cell} | {target.side} | {wanted} "
                  f"| {'' if measured is None else f'{measured:.4g}'} | {verdict} |")
        return all_held

    def judge_ratio(self, target):
        wanted = f"≥ {target.least:g} of {target.to}" if target.to == BASE else (
            f"≥ {target.least:g} times {target.to}")
        if any((target.cell, side) not in self.pairs for side in (target.side, target.to)):
            return wanted, None, False
        measured = statistics.median(self.ratios(target.cell, target.side, target.to))
        return wanted, measured, measured >= target.least

    def judge_calls(self, target):
        wanted = f"≤ {target.most:g} system calls"
        calls = self.calls.get((target.cell, target.side))
        if not isinstance(calls, dict):
            return wanted, None, False
        measured = sum(calls.values())
        return wanted, measured, measured <= target.most


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where the programs are, such as build/release/bin")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a measurement")
    parser.add_argument("--warmup", type=float, default=0.2, help="seconds in front of each")
    parser.add_argument("--cells", help=f"pattern of {', '.join(CELLS)}; without it those with targets")
    parser.add_argument("--no-counts", action="store_true",
                        help="count neither system calls nor allocations")
    parser.add_argument("--check", action="store_true",
                        help="exit with 1 if a target is missed or was not measured")
    options = parser.parse_args()

    bench = Bench(os.path.abspath(options.folder), options)
    try:
        bench.measure()
        if not options.no_counts:
            bench.count()
    except Failed as error:
        sys.exit(f"error: {error}")
    all_held = bench.print()
    sys.exit(1 if options.check and not all_held else 0)


if __name__ == "__main__":
    main()
