"""The disk under the spool: full, failing, and losing what was never synced."""

import contextlib
import os
import shutil
import subprocess

from kills import few
from scenario import scenario
from world import DATA_AGGREGATOR, IO, OK, UNAVAILABLE

SUBJECT = "Disk"


class Disk:
    """What the disk of a spool would hold after a crash of the machine, from what the shim has noted.

    Two worst cases, both of which file systems produce: names that were changed and whose directory was not synced
    are as before; or they are as after, and the files behind them hold only what was synced.
    """

    def __init__(self, world):
        self.directory = os.path.join(world.directory, "disk")
        self.spool = world.spool

    def watch(self):
        """From here on: what is there now is on the disk. Gives the settings of the shim."""
        shutil.rmtree(self.directory, ignore_errors=True)
        os.makedirs(self.directory)
        self.sizes = {name: os.path.getsize(os.path.join(self.spool, name)) for name in self._names()}
        return {"disk": self.directory}

    def _names(self):
        return os.listdir(self.spool) if os.path.isdir(self.spool) else []

    def crash(self, names_survive):
        sizes, names, changes = dict(self.sizes), set(self.sizes), []
        for line in self._log():
            if line[0] == "synced":
                sizes[os.path.basename(line[1])] = int(line[2])
            elif line[0] == "directory":
                names, changes = set(line[2:]), []
            elif line[0] == "rename":
                origin, target = os.path.basename(line[1]), os.path.basename(line[2])
                changes.append((target, line[3], sizes.get(target, 0)))
                sizes[target] = sizes.pop(origin, 0)
            else:
                target = os.path.basename(line[1])
                changes.append((target, line[2], sizes.get(target, 0)))
        if not names_survive:
            self._restore(names, changes, sizes)
        for name in self._names():
            if name != "lock":
                self._truncate(name, sizes.get(name, 0))

    def _log(self):
        path = os.path.join(self.directory, "disk.log")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return [line.split() for line in file]

    def _restore(self, names, changes, sizes):
        for target, kept, size in reversed(changes):
            path = os.path.join(self.spool, target)
            if os.path.exists(path):
                os.remove(path)
            if kept != "-" and target in names:
                os.link(kept, path)
                sizes[target] = size
        for name in self._names():
            if name not in names and name != "lock":
                os.remove(os.path.join(self.spool, name))

    def _truncate(self, name, size):
        path = os.path.join(self.spool, name)
        if os.path.getsize(path) > size:
            os.truncate(path, size)


def touches_disk(point):
    return any(word in point for word in (" write ", "sync", "rename", "unlink"))


def crash_at_each_point(world, prepare, codes):
    """The machine crashes at each point at which the aggregator writes, and after a run that ended well."""
    disk = Disk(world)
    for names_survive in (True, False):
        prepare()
        points = world.points(DATA_AGGREGATOR)
        wanted = few(points) if world.tools.quick else range(1, len(points) + 1)
        numbers = [number for number in wanted if touches_disk(points[number - 1])]
        for number in numbers + [len(points) + 100]:
            prepare()
            before = world.source.delivered()
            process = world.stopped_at(DATA_AGGREGATOR, number, **disk.watch())
            if process is not None:
                world.kill(process)
                world.lost.at_kill(before, world.source.delivered())
            disk.crash(names_survive)
            world.expect(codes, DATA_AGGREGATOR)


@scenario(SUBJECT, "the machine crashes while samples are spooled: what was never synced is gone", quick=True)
def unsynced_lost_spooling(world):
    world.poll()
    world.proxy.refuses = True
    crash_at_each_point(world, lambda: None, UNAVAILABLE)


@scenario(SUBJECT, "the machine crashes while the spool is replayed")
def unsynced_lost_replaying(world):
    def spool_some():
        world.proxy.refuses = True
        world.poll(2, UNAVAILABLE)
        world.proxy.refuses = False
    crash_at_each_point(world, spool_some, OK)


def failing_writes(world, rules, lost_each):
    """MySQL is away and the disk fails as well: what is lost is said."""
    world.poll(2)
    world.proxy.refuses = True
    world.poll(2, UNAVAILABLE)
    for rule in rules:
        before = sum(map(len, world.source.delivered().values()))
        world.expect((IO, UNAVAILABLE), DATA_AGGREGATOR, environment=world.shim(DATA_AGGREGATOR, fail=rule))
        after = sum(map(len, world.source.delivered().values()))
        if lost_each:
            world.lost.said += after - before
    world.poll(2, UNAVAILABLE)


@scenario(SUBJECT, "MySQL away and no room for the spool (ENOSPC)", quick=True)
def no_room_for_spool(world):
    failing_writes(world, ["write:1:ENOSPC"], True)
    if "samples lost" not in world.said(DATA_AGGREGATOR):
        world.failures.append("the loss is not in the log")


@scenario(SUBJECT, "MySQL away and the spool cannot be synced (EIO)", quick=True)
def spool_not_synced(world):
    failing_writes(world, ["fdatasync:1:EIO"], True)


@scenario(SUBJECT, "MySQL away and the counts cannot be written", quick=True)
def counts_not_written(world):
    failing_writes(world, ["write:2:ENOSPC", "write:3:EIO"], False)


@scenario(SUBJECT, "every write and sync of the spool fails while MySQL is well", quick=True)
def disk_dead(world):
    environment = world.shim(DATA_AGGREGATOR, fail="write:0:EIO,fdatasync:0:EIO,fsync:0:EIO")
    for _ in range(5):
        world.expect(OK, DATA_AGGREGATOR, environment=environment)


@scenario(SUBJECT, "the state of the spool cannot be written while it is replayed")
def replay_state_not_written(world):
    world.poll()
    world.proxy.refuses = True
    world.poll(3, UNAVAILABLE)
    world.proxy.refuses = False
    for rule in ("write:1:ENOSPC", "fdatasync:1:EIO", "fsync:1:EIO"):
        world.expect((OK, IO), DATA_AGGREGATOR, environment=world.shim(DATA_AGGREGATOR, fail=rule))


@contextlib.contextmanager
def small_disk(world):
    """A file system of 64 KiB under the spool, which is copied to the large one at the end."""
    if os.geteuid() != 0:
        raise RuntimeError("a small file system is mounted for this: run as root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", world.state], check=True)
    kept = os.path.join(world.directory, "kept")
    try:
        yield
        shutil.copytree(world.spool, kept)
    finally:
        subprocess.run(["umount", "-l", world.state], check=True)
    os.makedirs(os.path.dirname(world.spool), exist_ok=True)
    shutil.copytree(kept, world.spool)


def fill_disk(world):
    """With a file that is none of the spool's; gives its name. What became free since is taken as well."""
    ballast = os.path.join(world.state, "ballast")
    with open(ballast, "ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return ballast


@scenario(SUBJECT, "a real file system that is full, MySQL away, then both well again")
def disk_full(world):
    with small_disk(world):
        world.poll(2)
        world.proxy.refuses = True
        world.poll(2, UNAVAILABLE)
        ballast = fill_disk(world)
        for _ in range(40):  # the block at hand has room for a few
            before = sum(map(len, world.source.delivered().values()))
            code = world.expect((UNAVAILABLE, IO), DATA_AGGREGATOR)
            if code == IO:
                world.lost.said += sum(map(len, world.source.delivered().values())) - before
        if world.lost.said == 0:
            world.failures.append("the disk never was full")
        world.proxy.refuses = False
        world.expect(OK, DATA_AGGREGATOR)
        os.remove(ballast)
        world.expect(OK, DATA_AGGREGATOR)
        world.settle()


@scenario(SUBJECT, "MySQL well again while the disk stays full of other files: the spool drains")
def spool_drains_on_full_disk(world):
    with small_disk(world):
        for _ in range(2):
            world.proxy.refuses = True
            world.poll(3, UNAVAILABLE)
            fill_disk(world)
            if world.spooled() == 0:
                world.failures.append("nothing was spooled")
            world.proxy.refuses = False
            world.expect(OK, DATA_AGGREGATOR)
            if world.spooled() > 0:
                world.failures.append(f"{world.spooled()} samples still wait in the spool")
            os.remove(fill_disk(world))
