"""The daemons at work for a long time, while one thing after another breaks; then quiet, and the same invariants.

The order of the faults follows from a seed that is printed. In the first half daemons are killed as well. In the second
they live on, and memory and open files of each must stay flat, once every source has been broken in every way: the
largest answers fill buffers that are kept.
"""

import os
import random
import signal
import time

from scenario import scenario
from world import ALERTING_SYSTEM, DATA_AGGREGATOR, PROCESSOR

PROGRAMS = (DATA_AGGREGATOR, PROCESSOR, ALERTING_SYSTEM)
SHORTEST, LONGEST = 1.0, 6.0  # seconds of one fault
MOST_GROWTH_KIB = 4096        # of the memory of a daemon in the second half, of an hour or a minute alike
SOURCE_MODES = ("refuse", "http500", "garbage", "cut", "endless", "slow 0.5", "hang")


class Watch:
    """Memory and open files of one daemon."""

    def __init__(self):
        self.points = []

    def look(self, process):
        try:
            with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
                memory = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
            files = len(os.listdir(f"/proc/{process.pid}/fd"))
        except OSError:
            return
        self.points.append((memory, files))

    def begin(self):
        """What was seen until now does not count."""
        self.points.clear()

    def verdict(self, name):
        """Complaints and a few words: how the last third differs from the first."""
        third = max(1, len(self.points) // 3)
        early, late = self.points[:third], self.points[-third:]

        def highest(part, column):
            return max((point[column] for point in part), default=0)
        growth = highest(late, 0) - highest(early, 0)
        complaints = [] if self.points else [f"{name} was not looked at"]
        if growth > MOST_GROWTH_KIB:
            complaints.append(f"{name}: memory grew by {growth} KiB")
        if highest(late, 1) > highest(early, 1) + 3:
            complaints.append(f"{name}: open files grew from {highest(early, 1)} to {highest(late, 1)}")
        return complaints, f"{name} {highest(late, 0) // 1024} MiB {growth:+d} KiB, {highest(late, 1)} files"


class Soak:
    def __init__(self, world, minutes, seed):
        self.world = world
        self.random = random.Random(seed)
        self.half = time.monotonic() + minutes * 30
        self.end = time.monotonic() + minutes * 60
        self.daemons = {}
        self.watches = {name: Watch() for name in PROGRAMS}
        self.faults = 0
        self.kinds = [self.mysql_away, self.mysql_killed, self.mysql_slow, self.mysql_cut, self.mysql_read_only,
                      self.source_broken, self.zabbix_broken, self.mail_broken, self.paused]

    def start(self, name):
        self.daemons[name] = self.world.start(name, "--daemon")

    def wait(self, seconds=None):
        """Lets the fault last, and looks at the daemons meanwhile."""
        until = time.monotonic() + (seconds or self.random.uniform(SHORTEST, LONGEST))
        while time.monotonic() < until:
            time.sleep(0.25)
            for name, process in self.daemons.items():
                if process.poll() is not None:
                    self.world.failures.append(f"{name} ended by itself with {process.returncode}")
                    self.world.daemons.remove(process)
                    self.start(name)
                self.watches[name].look(process)

    def run(self):
        for name in PROGRAMS:
            self.start(name)
        self.break_until(self.half, self.kinds + [self.killed])
        for mode in SOURCE_MODES:
            self.break_sources(mode, list(self.world.source.applications))
        for watch in self.watches.values():
            watch.begin()
        self.break_until(self.end, self.kinds)
        for name, process in self.daemons.items():
            self.world.end(process)
            complaints, words = self.watches[name].verdict(name)
            self.world.failures += complaints
            self.world.notes.append(words)
        self.world.notes.append(f"{self.faults} faults")

    def break_until(self, end, kinds):
        while time.monotonic() < end:
            self.random.choice(kinds)()
            self.faults += 1
            self.wait(1.0)

    # The faults -----------------------------------------------------------------------------------------------------

    def mysql_away(self):
        self.world.proxy.refuses = True
        self.world.proxy.cut()
        self.wait()
        self.world.proxy.heal()

    def mysql_killed(self):
        self.world.database.kill()
        self.wait()
        self.world.database.start()

    def mysql_slow(self):
        self.world.proxy.delay = self.random.uniform(0.001, 0.02)
        self.wait()
        self.world.proxy.heal()

    def mysql_cut(self):
        for _ in range(5):
            self.world.proxy.cut()
            self.wait(self.random.uniform(0.05, 0.5))

    def mysql_read_only(self):
        self.world.database.ask("SET GLOBAL read_only = 1")
        self.wait()
        self.world.database.ask("SET GLOBAL read_only = 0")

    def source_broken(self):
        name = self.random.choice(list(self.world.source.applications))
        self.break_sources(self.random.choice(SOURCE_MODES), [name])

    def break_sources(self, mode, names):
        self.world.source.set_mode(mode, names)
        self.wait()
        self.world.source.set_mode("well")

    def zabbix_broken(self):
        self.world.zabbix.mode = self.random.choice(("refuse", "http500", "garbage"))
        self.wait()
        self.world.zabbix.mode = "well"

    def mail_broken(self):
        stage = self.random.choice(("connect", "ehlo", "mail", "rcpt", "data", "end"))
        action = self.random.choice(("451 4.3.0 later", "421 4.3.2 closing", "drop"))
        self.world.tools.mail.set_faults({"stage": stage, "action": action})
        self.wait()
        self.world.make_due()
        self.world.tools.mail.set_faults()

    def killed(self):
        name = self.random.choice(PROGRAMS)
        before = self.world.source.delivered()
        self.world.kill(self.daemons[name])
        self.world.lost.at_kill(before, self.world.source.delivered(), known=1)
        self.start(name)

    def paused(self):
        process = self.daemons[self.random.choice(PROGRAMS)]
        process.send_signal(signal.SIGSTOP)
        self.wait()
        process.send_signal(signal.SIGCONT)


@scenario("Soak", "everything, by turns", soak=True)
def soak(world):
    tools = world.tools
    print(f"soak: {tools.minutes} minutes, seed {tools.seed}", flush=True)
    # Samples are a second apart and come faster than that: they must not run ahead of the clock.
    world.source.begin -= int(tools.minutes * 60 * 4)
    Soak(world, tools.minutes, tools.seed).run()
