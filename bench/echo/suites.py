# SPDX-License-Identifier: BSL-1.0
"""What is measured: which servers, under which loads, and what is wanted of them."""
import collections
import dataclasses

from servers import Load

Ratio = collections.namedtuple("Ratio", "cell side to least")  # figure of `to` by figure of `side`
Calls = collections.namedtuple("Calls", "cell side most")      # system calls a message
Memory = collections.namedtuple("Memory", "side most")         # bytes of an idle connection


@dataclasses.dataclass(frozen=True)
class Side:
    """A server; the modes in which it takes cells of lines and of bytes, and more words to it."""
    program: str
    modes: dict
    words: tuple = ()


@dataclasses.dataclass(frozen=True)
class Suite:
    cells: dict  # name: mode, load
    sides: dict  # name: Side; the first is what all are compared to
    targets: list
    secured: bool = False

    @property
    def base(self):
        return next(iter(self.sides))


BOTH = {"line": "line", "echo": "echo"}

PLAIN = Suite(
    cells={
        "line-64-d1": ("line", Load(size=64, conns=64, depth=1)),
        "line-64-d16": ("line", Load(size=64, conns=64, depth=16)),
        "line-16-d64": ("line", Load(size=16, conns=64, depth=64)),
        "line-1024-d16": ("line", Load(size=1024, conns=16, depth=16)),
        "line-16384-d4": ("line", Load(size=16384, conns=16, depth=4)),
        "echo-65536-d1": ("echo", Load(size=65536, conns=16, depth=1)),
    },
    sides={
        "epoll by hand": Side("bench_epoll_server", BOTH),
        "penstock": Side("penstock-echo-server", BOTH),
        "penstock, owned lines": Side("penstock-echo-server", {"line": "line-owned"}),
        "penstock on Asio": Side("penstock-echo-server", BOTH, ("--adapter", "asio")),
        "Asio coroutines": Side("bench_asio_server", BOTH),
    },
    targets=[
        Ratio("line-64-d1", "penstock", "epoll by hand", 0.95),
        Ratio("line-64-d16", "penstock", "epoll by hand", 0.95),
        Ratio("line-16-d64", "penstock", "epoll by hand", 0.95),
        Ratio("line-64-d16", "penstock, owned lines", "epoll by hand", 0.88),
        Ratio("line-16-d64", "penstock, owned lines", "epoll by hand", 0.80),
        Ratio("line-64-d16", "penstock", "Asio coroutines", 12),
        Ratio("line-64-d16", "penstock on Asio", "epoll by hand", 0.75),
        Ratio("line-64-d1", "penstock on Asio", "Asio coroutines", 1),
        Calls("line-64-d1", "penstock", 2.04),
        Calls("line-64-d16", "penstock", 0.128),
    ])

TLS = Suite(
    secured=True,
    cells={
        "line-64-d1": ("line", Load(size=64, conns=64, depth=1)),
        "line-64-d16": ("line", Load(size=64, conns=64, depth=16)),
        "line-16-d64": ("line", Load(size=16, conns=64, depth=64)),
        "echo-65536-d1": ("echo", Load(size=65536, conns=16, depth=1)),
        "handshake": ("line", Load(size=64, conns=32, depth=1, lines_each=1)),
    },
    sides={
        "OpenSSL on epoll": Side("bench_epoll_server", BOTH),
        "the same, read ahead": Side("bench_epoll_server", BOTH, ("--read-ahead", "yes")),
        "penstock": Side("penstock-echo-server", BOTH),
        "Asio coroutines": Side("bench_asio_server", BOTH),
    },
    targets=[
        Ratio("line-64-d1", "penstock", "OpenSSL on epoll", 0.97),
        Ratio("line-64-d16", "penstock", "OpenSSL on epoll", 1.05),
        Ratio("line-16-d64", "penstock", "OpenSSL on epoll", 0.97),
        Ratio("echo-65536-d1", "penstock", "OpenSSL on epoll", 1.05),
        Ratio("handshake", "penstock", "OpenSSL on epoll", 0.97),
        Memory("penstock", 16 * 1024),
    ])

SUITES = {"plain": PLAIN, "tls": TLS}
