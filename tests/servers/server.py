"""What every server of the tests and of the quickstart shares: a private directory, free ports, no orphan.

A server script (mariadb.py, zabbix.py, smtp.py) is started by a test or by ./quickstart, prints one line of JSON when
its server is ready (ports, sockets, accounts, pids), and runs until its standard input ends or SIGTERM comes: the
starter holds the other end of that pipe, so a starter that dies, however it dies, takes its servers with it. For the
case that the script itself is killed, each child gets a parent-death signal, and a guard ends the children's children.
"""

import argparse
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def free_port():
    """A port of 127.0.0.1 that is free now. Its taker should start at once."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Guard:
    """A process that outlives a killed script just long enough to end what the script had started.

    A parent-death signal reaches a child alone; what that child forks (the workers of a server) would live on.
    """

    def __init__(self):
        read_end, self._write_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._watch(read_end)
            finally:
                os._exit(0)
        os.close(read_end)

    def _watch(self, read_end):
        os.setsid()
        os.close(self._write_end)
        nothing = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(nothing, standard)
        groups = set()
        with os.fdopen(read_end) as orders:
            for line in orders:
                if line[0] == "+":
                    groups.add(int(line[1:]))
                else:
                    groups.discard(int(line[1:]))
        for group in groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def take(self, group):
        os.write(self._write_end, f"+{group}\n".encode())

    def leave(self, group):
        os.write(self._write_end, f"-{group}\n".encode())

    def close(self):
        os.close(self._write_end)
        os.waitpid(self.pid, 0)


class Servers:
    """The processes of one server script; use as a context manager."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        os.makedirs(self.directory, exist_ok=True)
        self._children = []
        self._stopping = threading.Event()
        self._guard = Guard()

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop_now())
        return self

    def _stop_now(self):
        self._stopping.set()
        raise SystemExit(0)

    def spawn(self, name, command, env=None, **options):
        """Starts `command` in a session of its own, its output in DIR/NAME.log."""
        log = open(os.path.join(self.directory, name + ".log"), "ab")

        def in_child():
            os.setsid()
            _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                 env=env, preexec_fn=in_child, **options)
        log.close()
        child.name = name
        self._guard.take(child.pid)
        self._children.append(child)
        return child

    def wait_for(self, what, ready, child=None, seconds=60):
        """Polls `ready` until it is true; fails loudly with the end of the child's log."""
        deadline = time.monotonic() + seconds
        while not ready():
            if child is not None and child.poll() is not None:
                raise RuntimeError(f"{child.name} ended with {child.returncode} before {what}:\n"
                                   + self.log_tail(child.name))
            if time.monotonic() > deadline:
                tail = self.log_tail(child.name) if child is not None else ""
                raise RuntimeError(f"{what}: not within {seconds} s\n{tail}")
            time.sleep(0.05)

    def log_tail(self, name, lines=30):
        try:
            with open(os.path.join(self.directory, name + ".log"), errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""

    def ready(self, **facts):
        """Tells the starter that all is up, then stays until the starter ends or says so."""
        print(json.dumps(facts), flush=True)
        while not self._stopping.is_set():
            readable, _, _ = select.select([sys.stdin], [], [], 0.5)
            if readable and not os.read(sys.stdin.fileno(), 4096):
                return

    def stop(self, child, number=signal.SIGTERM, seconds=20):
        """Ends a child and its whole process group."""
        if child.poll() is None:
            child.send_signal(number)
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
        self._guard.leave(child.pid)
        if child in self._children:
            self._children.remove(child)

    def __exit__(self, *_):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(list(self._children)):
            self.stop(child)
        self._guard.close()
        return False


def port_answers(port):
    def check():
        with socket.socket() as s:
            s.settimeout(1)
            return s.connect_ex(("127.0.0.1", port)) == 0
    return check


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--dir", required=True, help="private directory; made if missing, kept afterwards")
    return parser


def run(main):
    """Runs `main` and turns a failure into one clear line and exit status 1."""
    try:
        main()
    except RuntimeError as error:
        print(f"{os.path.basename(sys.argv[0])}: {error}", file=sys.stderr)
        sys.exit(1)
