"""All of it at once: ten thousand applications, each on a host of its own with ten items, a sample and a value of each
every ten seconds, collected and judged by the two daemons."""

import time

from harness.bench import DATABASE, row
from harness.report import Line
from harness.servers import Daemon, Nginx, Zabbix, cpu_seconds, free_port
from rows.poll import SAMPLE, allow_open_files
from rows.processor import MAIL, RULES, rules_of

INTERVAL = 10  # s
ITEMS_OF_A_HOST = 10


def configuration(applications, port, zabbix_url, listen):
    head = MAIL + rules_of(RULES) + "".join(f'[{part}]\ninterval = "{INTERVAL}s"\nlisten = "127.0.0.1:{listen[part]}"\n'
                                            for part in listen)
    return head + f'[zabbix]\nurl = "{zabbix_url}"\ntoken = "{"0123456789abcdef" * 4}"\n' + "".join(
        f'[[application]]\nname = "app-{i}"\nurl = "http://127.1.{i // 250}.{i % 250 + 1}:{port}/metrics"\n'
        f'zabbix_hosts = ["host-{i + 1}"]\n' for i in range(applications))


def beats(daemon, counter, duration, seconds):
    """The durations of what ended within so many seconds."""
    found, last, until = [], daemon.metric(counter), time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.25)
        now = daemon.metric(counter)
        if now != last and now is not None:
            found.append(daemon.metric(duration))
        last = now
    return found


class World:
    """So many applications, each on a host of its own, and the daemons that watch them, for so many seconds after they
    have settled."""

    def __init__(self, bench, applications, warm_up, measured):
        self.items = applications * ITEMS_OF_A_HOST
        rounds = (600 + warm_up + measured) // INTERVAL
        bench.use_database("--buffer-pool=4G", "--no-tls", "--option=--innodb-log-file-size=2G")
        bench.new_database(DATABASE)
        zabbix = Zabbix(bench.program("bench_zabbix"), self.items * rounds, bench.some_time_ago(120), self.items, applications)
        nginx = Nginx(bench.path("nginx"), SAMPLE)
        listen = {"aggregator": free_port(), "processor": free_port()}
        environment = bench.environment(configuration(applications, nginx.port, zabbix.url, listen))
        self.daemons = {program: Daemon(bench.program(program), environment, listen[part])
                        for program, part in (("data-aggregator", "aggregator"), ("processor", "processor"))}
        try:
            self._measure(bench, applications, warm_up, measured)
        finally:
            for server in (*self.daemons.values(), nginx, zabbix):
                server.stop()

    def _measure(self, bench, applications, warm_up, measured):
        pids = {**{name: daemon.pid for name, daemon in self.daemons.items()}, "MariaDB": bench.database.facts["pid"]}
        time.sleep(warm_up)
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        begun = time.time()
        self.cycles = beats(self.daemons["data-aggregator"], "aggregator_cycles_total", "aggregator_cycle_duration_seconds",
                            measured)
        seconds = time.time() - begun
        self.cpu = {name: (cpu_seconds(pid) - before[name]) / seconds * INTERVAL for name, pid in pids.items()}
        self.passed = self.daemons["processor"].metric("processor_pass_duration_seconds")
        self.memory = {name: daemon.memory("VmHWM") for name, daemon in self.daemons.items()}

        def ask(sql):
            return float(bench.database.ask(sql, DATABASE).split()[0])

        self.lag = ask("SELECT UNIX_TIMESTAMP() - MIN(newest_sample) FROM rule_states WHERE newest_sample IS NOT NULL")
        first, last = int(begun), int(begun + measured) - 3 * INTERVAL  # what is younger is under way
        self.values = ask(f"SELECT COUNT(*) FROM zabbix_history WHERE clock BETWEEN {first} AND {last}")
        self.expected = self.items * (last // INTERVAL - (first - 1) // INTERVAL)
        self.samples = ask(f"SELECT COUNT(*) / {applications} FROM hyphenmon_metrics WHERE timestamp BETWEEN {first}"
                           f" AND {int(begun + measured)}")


@row("whole", "both daemons with 10,000 applications, 10,000 hosts and 100,000 items every 10 s, on this machine alone")
def whole(bench):
    applications = bench.size(10_000, 200)
    warm_up, measured = bench.size(90, 35), bench.size(180, 40)  # s
    allow_open_files()
    tenth = World(bench, applications // 10, warm_up, measured)
    world = World(bench, applications, warm_up, measured)
    cycles = world.cycles
    lines = [Line(f"the slowest cycle with {applications:,} applications and {world.items:,} items, of the time to the next",
                  f"{max(cycles):.2f} s", f"{INTERVAL} s", max(cycles) / INTERVAL, "≤ 1.0 ×",
                  f"{min(cycles) / INTERVAL:.2f} to {max(cycles) / INTERVAL:.2f} ({len(cycles)})"),
             Line("values of items stored, of those that there were", f"{world.values:,.0f}", f"{world.expected:,}",
                  world.values / world.expected, "≥ 1.0 ×"),
             Line("samples stored of each application, and intervals", f"{world.samples:.1f}", f"{measured / INTERVAL:.0f}",
                  world.samples * INTERVAL / measured, "≥ 0.95 ×"),
             Line("the newest judgement of each application, by 10 rules: age of the oldest", f"{world.lag:.0f} s", "", world.lag,
                  "≤ 50 s"),
             Line("a pass of the processor", f"{world.passed:.2f} s", f"{INTERVAL} s", world.passed / INTERVAL, "≤ 1.0 ×"),
             Line("CPU time for an interval, to that of a tenth of them", f"{sum(world.cpu.values()):.2f} s",
                  f"{sum(tenth.cpu.values()):.2f} s", sum(world.cpu.values()) / sum(tenth.cpu.values()), "≤ 10 ×")]
    for name, cpu in world.cpu.items():
        lines.append(Line(f"CPU time of {name}, of two cores", f"{cpu:.2f} s", f"{2 * INTERVAL} s", cpu / INTERVAL / 2, ""))
    for name, most in world.memory.items():
        lines.append(Line(f"most memory of {name}", f"{most:.0f} MB", "", most, "≤ 1000 MB"))
    return lines
