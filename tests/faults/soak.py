"""The daemons at work for a long time, while one thing after another breaks; then quiet, and the same invariants.

The order of the faults follows from a seed that is printed. Memory and open files of each daemon are looked at while
it works: both must stay flat.
"""

import os
import random
import signal
import time

from scenario import scenario
from world import ALERTING_SYSTEM, DATA_AGGREGATOR, PROCESSOR

PROGRAMS = (DATA_AGGREGATOR, PROCESSOR, ALERTING_SYSTEM)
SHORTEST, LONGEST = 1.0, 6.0  # seconds of one fault
WARM_UP = 0.25                # of the time: what grows there is caches that fill
MOST_GROWTH_KIB = 4096        # of the memory of a daemon after that, a whole hour or a minute alike


class Watch:
    """Memory and open files of one daemon, over its lives."""

    def __init__(self):
        self.lives = []

    def look(self, process, first):
        try:
            with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
                memory = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
            files = len(os.listdir(f"/proc/{process.pid}/fd"))
        except OSError:
            return
        if first:
            self.lives.append([])
        self.lives[-1].append((time.monotonic(), memory, files))

    def verdict(self, name):
        """Complaints and a few words, from its longest life."""
        life = max(self.lives, key=len)
        settled = life[int(len(life) * WARM_UP):]
        third = max(1, len(settled) // 3)
        early, late = settled[:third], settled[-third:]

        def highest(part, column):
            return max(point[column] for point in part)
        growth = highest(late, 1) - highest(early, 1)
        complaints = []
        if growth > MOST_GROWTH_KIB:
            complaints.append(f"{name}: memory grew by {growth} KiB")
        if highest(late, 2) > highest(early, 2) + 3:
            complaints.append(f"{name}: open files grew from {highest(early, 2)} to {highest(late, 2)}")
        return complaints, f"{name} {highest(late, 1) // 1024} MiB {growth:+d} KiB, {highest(late, 2)} files"


class Soak:
    def __init__(self, world, minutes, seed):
        self.world = world
        self.random = random.Random(seed)
        self.end = time.monotonic() + minutes * 60
        self.daemons = {}
        self.watches = {name: Watch() for name in PROGRAMS}
        self.faults = 0
        self.kinds = [self.mysql_away, self.mysql_killed, self.mysql_slow, self.mysql_cut, self.mysql_read_only,
                      self.source_broken, self.zabbix_broken, self.mail_broken, self.killed, self.paused]

    def start(self, name):
        self.daemons[name] = self.world.start(name, "--daemon")
        self.watches[name].look(self.daemons[name], first=True)

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
                self.watches[name].look(process, first=False)

    def run(self):
        for name in PROGRAMS:
            self.start(name)
        while time.monotonic() < self.end:
            kind = self.random.choice(self.kinds)
            kind()
            self.faults += 1
            self.wait(1.0)
        for name, process in self.daemons.items():
            self.world.end(process)
            complaints, words = self.watches[name].verdict(name)
            self.world.failures += complaints
            self.world.notes.append(words)
        self.world.notes.append(f"{self.faults} faults")

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
        self.world.source.set_mode(self.random.choice(("refuse", "http500", "garbage", "cut", "endless", "slow 0.5", "hang")), [name])
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
