"""What costs a user time or the machine rest: a run from cron, an error until its mail, a daemon between two cycles."""

import glob
import json
import os
import statistics
import subprocess
import sys
import time

from harness.bench import DATABASE, row
from harness.measure import alternate, median_ratio, spread, timed
from harness.report import Line
from harness.servers import ROOT, Daemon, cpu_seconds
from rows.processor import MAIL


@row("cron", "a run from cron with a few rows, next to the Python way and to a bare program of the same queries")
def cron(bench):
    url = bench.hyphenmon().url
    environment = bench.environment(MAIL, HYPHENMON_URL=url)
    begin = int(time.time())
    lines = []

    def insert(i):
        rows = ",".join(f"({begin + 6 * i + j}, {100 + j}, 0.02)" for j in range(6))
        bench.database.ask(f"INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate) VALUES {rows}", DATABASE)

    for name, script in (("data-aggregator", "poll.py"), ("processor", "process.py")):
        count = iter(range(10_000))

        def side(command):
            if name == "processor":
                insert(next(count))
            return timed(command, environment)

        ours, python = alternate(bench.rounds(15), lambda: side([bench.program(name)]),
                                 lambda: side([sys.executable, f"{ROOT}/bench/python_way/{script}"]))
        for at, unit, goal in ((0, "", "≥ 8 ×"), (1, ", CPU time", "")):
            us, them = [r[at] for r in ours], [r[at] for r in python]
            lines.append(Line(f"{name}, and Python{unit}", f"{statistics.median(us):.1f} ms",
                              f"{statistics.median(them):.1f} ms", median_ratio(them, us), goal, spread(them, us)))
    done = subprocess.run([f"{ROOT}/bench/cron_cost/run", "--build", bench.build, "--rounds", str(bench.rounds(15)), "--json"],
                          stdout=subprocess.PIPE, text=True, check=False)
    for name, ours, bare, ratio in json.loads(done.stdout.splitlines()[-1]):
        lines.append(Line(f"{name}, and a bare probe", f"{ours:.1f} ms", f"{bare:.1f} ms", ratio, "≤ 1.5 ×"))
    return lines


def start(bench, name, environment):
    return bench.keep(Daemon(bench.program(name), environment))


@row("latency", "an error at the application until its mail is there; daemons with an interval of 1 s, and idle ones")
def latency(bench):
    story = bench.path("story.csv")
    mails = bench.path(os.path.join("mails", "new", "*"))
    interval = 1.0
    common = MAIL + "".join(f'[{part}]\ninterval = "1s"\nlisten = "none"\n' for part in ("aggregator", "processor"))
    delays, shares = [], []
    for i in range(bench.rounds(5)):
        error_at = 6 + 0.37 * i  # another moment of the interval each time
        with open(story, "w", encoding="utf-8") as file:
            file.write(f"seconds,response_time_ms,error_rate\n0,120,0.01\n{error_at},120,0.01\n{error_at},120,0.9\n")
        begun = time.time()
        application = bench.hyphenmon("--scenario", story)
        environment = bench.environment(common, HYPHENMON_URL=application.url)
        known = set(glob.glob(mails))
        daemons = [start(bench, name, environment) for name in ("data-aggregator", "processor")]
        while set(glob.glob(mails)) == known and time.time() < begun + 60:
            time.sleep(0.01)
        fresh = set(glob.glob(mails)) - known
        if not fresh:
            sys.exit("no mail came")
        delays.append(os.path.getmtime(fresh.pop()) - begun - error_at)
        if delays[-1] < 0:
            sys.exit(f"a mail came {-delays[-1]:.1f} s before its error")
        for daemon in daemons:
            daemon.stop()
        # What the processor has not seen yet would be told in the next round.
        subprocess.run([bench.program("processor")], env=environment, stdout=subprocess.DEVNULL, check=False)
        bench.database.ask("DELETE FROM rule_states; DELETE FROM alert_tellings; DELETE FROM alerts", DATABASE)
    lines = [Line("from the error to its mail, beyond two intervals", f"{statistics.median(delays):.2f} s", f"{interval:.0f} s",
                  statistics.median(delays) - 2 * interval, "≤ 0.5 s", f"{min(delays):.2f} to {max(delays):.2f} s")]
    idle = bench.environment(MAIL + "".join(f'[{part}]\nlisten = "none"\n' for part in ("aggregator", "processor")),
                             HYPHENMON_URL=bench.hyphenmon().url)
    seconds = bench.size(60, 12)
    daemons = {name: start(bench, name, idle) for name in ("data-aggregator", "processor")}
    time.sleep(5)
    before = {name: cpu_seconds(daemon.pid) for name, daemon in daemons.items()}
    time.sleep(seconds)
    for name, daemon in daemons.items():
        share = 100 * (cpu_seconds(daemon.pid) - before[name]) / seconds
        resident = daemon.memory("VmRSS")
        lines.append(Line(f"{name} --daemon every 10 s, of a core", f"{share:.2f} %", "", share, "≤ 0.1 %"))
        lines.append(Line(f"{name} --daemon, memory", f"{resident:.0f} MB", "", resident, "≤ 25 MB"))
    return lines
