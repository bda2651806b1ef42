#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Measures penstock-echo-server beside a hand-written epoll server and Boost.Asio, as Markdown; over TLS, too.

A round measures each cell on each server, one close behind the other; every second round goes
through the servers backwards. The figure is the server's CPU time a message. A row shows medians
over the rounds; its ratio is the median of the ratios within rounds: figure of the epoll server,
divided by this one's. Above 1 is cheaper. One wrong byte anywhere ends the run.
"""
import argparse
import fnmatch
import os
import platform
import statistics
import subprocess
import sys
import tempfile

import servers
from servers import Command, Failed, Unavailable
from suites import SUITES, Memory, Ratio

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

    def __init__(self, folder, options, secrets):
        self.folder = folder
        self.options = options
        self.suite = SUITES[options.suite]
        self.base = self.suite.base
        self.secrets = secrets if self.suite.secured else None
        self.generator = self.path("bench_load_generator")
        self.missing = []
        self.rounds = []
        self.calls = {}        # (cell, side): a count a message by name, or why there is none
        self.allocations = {}  # (cell, side): a count a message, or why there is none
        self.idle = {}         # side: bytes of an idle connection, a round each
        self.pairs = []        # (cell, side)
        cells = [cell for cell in self.suite.cells if self.has_target(cell)]
        if options.cells:
            cells = fnmatch.filter(self.suite.cells, options.cells)
        if not cells:
            sys.exit(f"no cell {options.cells}; there are {', '.join(self.suite.cells)}")
        for cell in cells:
            self.pairs += [(cell, side) for side in self.suite.sides if self.takes(cell, side)]
        if not self.pairs or not os.access(self.generator, os.X_OK):
            sys.exit(f"{folder} has no load generator or no server; cmake's target is bench")
        if self.secrets and not os.access(self.path("make_certificates"), os.X_OK):
            sys.exit("built without TLS: there was no OpenSSL 3.0 (Debian: apt-get install libssl-dev)")
        if self.secrets:
            subprocess.run([self.path("make_certificates"), self.secrets, "127.0.0.1"], check=True)

    def has_target(self, cell):
        return any(getattr(target, "cell", None) == cell for target in self.suite.targets)

    def path(self, program):
        return os.path.join(self.folder, program)

    def takes(self, cell, side):
        server = self.suite.sides[side]
        if self.suite.cells[cell][0] not in server.modes:
            return False
        if os.access(self.path(server.program), os.X_OK):
            return True
        if server.program not in self.missing:
            self.missing.append(server.program)
        return False

    def command(self, side, mode):
        server = self.suite.sides[side]
        words, generator = server.words, (self.generator,)
        if self.secrets:
            words += ("--cert", f"{self.secrets}/cert.pem", "--key", f"{self.secrets}/key.pem")
            generator += ("--tls", f"{self.secrets}/root.pem")
        return Command(generator, self.path(server.program), server.modes[mode], words)

    def what(self, cell, side):
        """The commands and the load of a measurement."""
        mode, load = self.suite.cells[cell]
        return self.command(side, mode), load

    def measure(self):
        for number in range(self.options.rounds):
            note(f"round {number + 1} of {self.options.rounds}")
            measured = {}
            for cell in dict.fromkeys(cell for cell, _ in self.pairs):
                pairs = [pair for pair in self.pairs if pair[0] == cell]
                for pair in pairs if number % 2 == 0 else reversed(pairs):
                    measured[pair] = servers.measure(*self.what(*pair), self.options.warmup,
                                                     self.options.seconds)
            self.rounds.append(measured)

    def look_at_idle_ones(self):
        if self.options.idle == 0 or not any(isinstance(target, Memory) for target in self.suite.targets):
            return
        for side in dict.fromkeys(side for _, side in self.pairs):
            note(f"idle connections: {side}")
            self.idle[side] = servers.memory(self.command(side, "line"), self.options.idle)

    def count(self):
        library = self.path("bench_count_allocations.so")
        for pair in self.pairs:
            note(f"counting: {', '.join(pair)}")
            try:
                self.calls[pair] = servers.system_calls(*self.what(*pair))
            except Unavailable as error:
                self.calls[pair] = str(error)
            try:
                self.allocations[pair] = servers.allocations(*self.what(*pair), library)
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
        self.print_idle()
        self.print_counts()
        return self.print_targets()

    def print_cell(self, cell):
        mode, load = self.suite.cells[cell]
        print(f"\n### {cell}: {mode}, {load.size} bytes, {load.conns} connections, "
              f"{load.depth} in flight on each"
              f"{', which others follow behind a line' if load.lines_each else ''}\n")
        print("| server | CPU ns/message | in user space | ratio | lowest, highest | messages/s "
              "| busy | p50, p99 µs |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for pair in self.pairs:
            if pair[0] != cell:
                continue
            if (cell, self.base) in self.pairs:
                ratios = self.ratios(cell, pair[1], self.base)
                ratio = f"{statistics.median(ratios):.2f} | {min(ratios):.2f}, {max(ratios):.2f}"
            else:
                ratio = " | "
            late = "" if self.rounds[0][pair]["p50"] is None else (
                f"{self.median(pair, 'p50') / 1000:.0f}, {self.median(pair, 'p99') / 1000:.0f}")
            print(f"| {pair[1]} | {self.median(pair, 'cpu'):,.0f} | {self.median(pair, 'user'):,.0f} "
                  f"| {ratio} | {self.median(pair, 'rate'):,.0f} | {self.median(pair, 'busy'):.2f} "
                  f"| {late} |")

    def print_idle(self):
        if not self.idle:
            return
        print(f"\n### Resident bytes of an idle connection, one of {self.options.idle}\n")
        print("| server | bytes |")
        print("|---|---:|")
        for side, size in self.idle.items():
            print(f"| {side} | {size:,.0f} |")

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
        for target in self.suite.targets:
            cell = getattr(target, "cell", "idle")
            if cell != "idle" and not any(cell == measured for measured, _ in self.pairs):
                continue
            judge = self.judge_memory if isinstance(target, Memory) else (
                self.judge_ratio if isinstance(target, Ratio) else self.judge_calls)
            wanted, measured, held = judge(target)
            verdict = "not measured" if measured is None else "held" if held else "**missed**"
            all_held &= held
            print(f"| {cell} | {target.side} | {wanted} "
                  f"| {'' if measured is None else f'{measured:.4g}'} | {verdict} |")
        return all_held

    def judge_memory(self, target):
        measured = self.idle.get(target.side)
        return f"≤ {target.most:,} bytes", measured, measured is not None and measured <= target.most

    def judge_ratio(self, target):
        wanted = f"≥ {target.least:g} of {target.to}" if target.to == self.base else (
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
    parser.add_argument("--suite", choices=SUITES, default="plain")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a measurement")
    parser.add_argument("--warmup", type=float, default=0.2, help="seconds in front of each")
    parser.add_argument("--cells", help="pattern of the suite's cells; without it those with targets")
    parser.add_argument("--idle", type=int, default=2000, help="connections whose memory is looked at; 0: none")
    parser.add_argument("--no-counts", action="store_true",
                        help="count neither system calls nor allocations")
    parser.add_argument("--check", action="store_true",
                        help="exit with 1 if a target is missed or was not measured")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as secrets:
        bench = Bench(os.path.abspath(options.folder), options, secrets)
        try:
            bench.measure()
            bench.look_at_idle_ones()
            if not options.no_counts:
                bench.count()
        except Failed as error:
            sys.exit(f"error: {error}")
    all_held = bench.print()
    sys.exit(1 if options.check and not all_held else 0)


if __name__ == "__main__":
    main()
