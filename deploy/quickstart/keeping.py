"""--keep and --stop: the story goes on in a process of its own after the terminal has its prompt back."""

import ctypes
import fcntl
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_status_pipe = None


def _pid_file(var):
    return os.path.join(var, "quickstart.pid")


def _start_time(pid):
    """Of a living process, in clock ticks since boot; guards against a pid that was used again."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def running(var):
    try:
        with open(_pid_file(var), encoding="utf-8") as file:
            pid, started = file.read().split()
    except (OSError, ValueError):
        return None
    return int(pid) if _start_time(pid) == started else None


def take(var):
    """One story at a time in one folder. The lock is held, and inherited, until the process ends."""
    lock = os.open(os.path.join(var, "quickstart.lock"), os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def die_with_parent():
    """Whoever started this process takes it along, even where it was killed: an interrupted ./quickstart ends the
    story, and the story its servers."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def detach_on_success(var):
    """The caller goes on in a child; the parent waits for its verdict and then returns to the shell."""
    global _status_pipe
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.setsid()
        _status_pipe = write
        return
    os.close(write)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda n, _: os.kill(child, signal.SIGTERM))
    verdict = os.read(read, 16)
    if verdict:
        os._exit(int(verdict))
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 143)


def let_go(var, status):
    """From here on the story lives without the one who started it, and writes to a file."""
    with open(_pid_file(var), "w", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {_start_time(os.getpid())}\n")
    sys.stdout.flush()
    log = os.open(os.path.join(var, "quickstart.log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    _libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
    os.write(_status_pipe, str(status).encode())
    os.close(_status_pipe)


def forget(var):
    if running(var) == os.getpid():
        os.unlink(_pid_file(var))


def stop(var):
    pid = running(var)
    if pid is None:
        print("No kept quickstart is running.")
        return 0
    os.kill(pid, signal.SIGTERM)
    for _ in range(600):
        if running(var) is None:
            print("Stopped.")
            return 0
        time.sleep(0.1)
    print(f"Process {pid} did not end within a minute.", file=sys.stderr)
    return 69
