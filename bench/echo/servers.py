# SPDX-License-Identifier: BSL-1.0
"""Runs one server on one core under the load generator on another: what a message costs it."""
import contextlib
import dataclasses
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile

PATIENCE = 10  # seconds to begin to listen, and to end

cores = sorted(os.sched_getaffinity(0))
SERVER_CORE, GENERATOR_CORE = cores[0], cores[min(1, len(cores) - 1)]


class Failed(Exception):
    """A server or the generator did not do what it was asked for."""


class NotListening(Failed):
    """A server did not even begin."""


class Unavailable(Exception):
    """Something that is needed to count is not here."""


@dataclasses.dataclass(frozen=True)
class Load:
    """Lines of `size` bytes, newline included, `depth` in flight on each of `conns` connections, which others follow
    behind `lines_each` lines."""
    size: int
    conns: int
    depth: int
    lines_each: int = 0

    def options(self):
        each = ["--lines-each", str(self.lines_each)] if self.lines_each else []
        return ["--size", str(self.size), "--conns", str(self.conns), "--depth", str(self.depth), *each]


@dataclasses.dataclass(frozen=True)
class Command:
    """A server's program, its mode and its other words; and the generator's, which speaks to it."""
    generator: tuple
    program: str
    mode: str
    words: tuple


def pinned_to(core):
    def prepare():
        os.sched_setaffinity(0, {core})
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return prepare


class Server:
    """A server that listens. `wrapper` is a command in front of it, of which it is the only child."""

    def __init__(self, what, wrapper=(), environment=None):
        command = [*wrapper, what.program, "--port", "0", "--mode", what.mode, *what.words]
        self.name = f"{os.path.basename(what.program)} --mode {what.mode}"
        self.wrapped = bool(wrapper)
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, bufsize=0,
                                        env={**os.environ, **(environment or {})},
                                        preexec_fn=pinned_to(SERVER_CORE),
                                        start_new_session=True)
        ready, _, _ = select.select([self.process.stderr], [], [], PATIENCE)
        line = self.process.stderr.readline().decode() if ready else ""
        numbers = re.findall(r"\d+", line)
        if not numbers or "listening" not in line:
            self.kill()
            raise NotListening(f"{self.name} does not listen; it said: {line.strip() or 'nothing'}")
        self.port = int(numbers[-1])

    @property
    def pid(self):
        own = self.process.pid
        if not self.wrapped:
            return own
        try:
            with open(f"/proc/{own}/task/{own}/children", encoding="ascii") as children:
                return int(children.read().split()[0])
        except (OSError, IndexError):
            raise Unavailable("/proc does not tell a process's children") from None

    def stop(self):
        """Ends it as an operator would, and answers what it said since it listens."""
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        try:
            said = self.process.communicate(timeout=PATIENCE)[1].decode()
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} does not end on SIGTERM") from None
        if self.process.returncode != 0:
            raise Failed(f"{self.name} ended with {self.process.returncode}: {said.strip()}")
        return said

    def kill(self):
        """Ends it and whatever wraps it, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def running(*arguments, **options):
    server = Server(*arguments, **options)
    try:
        yield server
    except BaseException:
        server.kill()
        raise


def generate(what, server, load, *options):
    command = [*what.generator, "--port", str(server.port), *load.options(), *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          preexec_fn=pinned_to(GENERATOR_CORE))
    if done.returncode != 0:
        raise Failed(f"{server.name}, {' '.join(load.options())}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def measure(what, load, warmup, seconds):
    """One measurement: nanoseconds of the server's CPU a message, and what went with them."""
    with running(what) as server:
        result = generate(what, server, load, "--warmup", str(warmup),
                          "--seconds", str(seconds), "--cpu-of", str(server.pid))
        server.stop()
    messages, elapsed = result["messages"], result["seconds"]
    if messages == 0 or result["cpu_ns"] == 0:
        raise Failed(f"{server.name}: no message was measured")
    return {
        "cpu": result["cpu_ns"] / messages,
        "user": result["user_ns"] / messages,
        "rate": messages / elapsed,
        "busy": result["cpu_ns"] * 1e-9 / elapsed,
        "p50": result.get("latency_p50_ns"),
        "p99": result.get("latency_p99_ns"),
    }


def memory(what, conns):
    """Bytes that the server grew by for each connection, each begun when the one before was idle behind a line
    there and back."""
    with running(what) as server:
        result = generate(what, server, Load(size=64, conns=conns, depth=1), "--messages", str(conns), "--one-by-one",
                          "yes", "--cpu-of", str(server.pid))
        server.stop()
    return result["memory"] / conns


# --- counts ------------------------------------------------------------------------------------
# A count a message is the difference between a long run and a short one: what starting, accepting
# and ending cost is in both.

def per_message(load, count_run):
    short = 2 * load.conns * load.depth
    more = min(4000 * load.depth, 64000)
    if load.lines_each:
        more = 640  # each with a connection
    before, after = count_run(short), count_run(short + more)
    return {what: (after[what] - before.get(what, 0)) / more for what in after}


def system_calls(what, load):
    """System calls a message, by name."""
    strace = shutil.which("strace")
    if strace is None:
        raise Unavailable("strace is not here")

    def count_run(messages):
        with tempfile.NamedTemporaryFile("r", encoding="ascii", errors="replace") as table:
            try:
                with running(what, wrapper=[strace, "-f", "-c", "-o", table.name]) as server:
                    generate(what, server, load, "--messages", str(messages))
                    server.stop()
            except NotListening as error:  # it does without strace
                raise Unavailable(f"strace: {error}") from None
            rows = [line.split() for line in table]
        # share, seconds, microseconds a call, calls, perhaps errors, name
        counts = {row[-1]: int(row[3]) for row in rows if len(row) in (5, 6) and row[3].isdigit()}
        counts.pop("total", None)
        if not counts:
            raise Unavailable("strace has counted nothing")
        return counts

    return per_message(load, count_run)


def allocations(what, load, library):
    """Calls of malloc and its kin a message."""
    if not os.path.exists(library):
        raise Unavailable(f"{os.path.basename(library)} was not built")

    def count_run(messages):
        with running(what, environment={"LD_PRELOAD": library}) as server:
            generate(what, server, load, "--messages", str(messages))
            said = server.stop()
        counted = re.search(r"allocations (\d+)", said)
        if counted is None:
            raise Unavailable(f"{server.name} ended without a count")
        return {"allocations": int(counted[1])}

    return per_message(load, count_run)["allocations"]
