"""All of it at once: ten thousand applications, each on a host of its own with ten items, a sample and a value of each
every ten seconds, collected and judged by the two daemons."""

import re
import socket
import statistics
import subprocess
import time
import urllib.request

from harness.bench import DATABASE, row
from harness.report import Line
from harness.servers import Nginx, Zabbix, cpu_seconds
from rows.poll import SAMPLE, allow_open_files
from rows.processor import RULES, with_rules

INTERVAL = 10  # s
ITEMS_OF_A_HOST = 10


def configuration(applications, port, zabbix_url, listen):
    head = "".join(f'[{part}]\ninterval = "{INTERVAL}s"\nlisten = "127.0.0.1:{listen[part]}"\n' for part in listen)
    return (with_rules(RULES).replace("[processor]\n", "").replace('first_read = "1m"\n', "") + head +
            '[zabbix]\nurl = "{}"\ntoken = "{}"\n'.format(zabbix_url, "0123456789abcdef" * 4) + "".join(
                f'[[application]]\nname = "app-{i}"\nurl = "http://127.1.{i // 250}.{i % 250 + 1}:{port}/metrics"\n'
                f'zabbix_hosts = ["host-{i + 1}"]\n' for i in range(applications)))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    def __init__(self, program, port, environment):
        self._process = subprocess.Popen([program, "--daemon"], env=environment, stdout=subprocess.DEVNULL)
        self.pid = self._process.pid
        self._port = port

    def metric(self, name):
        """The sum over all labels; nothing before the first of them."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
                found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", answer.read().decode(), re.MULTILINE)
        except OSError:
            return None
        return sum(map(float, found)) if found else None

    def resident(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024

    def stop(self):
        self._process.terminate()
        self._process.wait()


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


@row("whole", "both daemons with 10,000 applications, 10,000 hosts and 100,000 items every 10 s, on this machine alone")
def whole(bench):
    applications = bench.size(10_000, 200)
    items = applications * ITEMS_OF_A_HOST
    warm_up, measured = bench.size(90, 35), bench.size(180, 40)  # s
    rounds = (600 + warm_up + measured) // INTERVAL
    allow_open_files()
    bench.use_database("--buffer-pool=4G", "--no-tls", "--option=--innodb-log-file-size=2G")
    bench.new_database(DATABASE)
    zabbix = bench.keep(Zabbix(bench.program("bench_zabbix"), items * rounds, bench.some_time_ago(120), items, applications))
    nginx = bench.keep(Nginx(bench.path("nginx"), SAMPLE))
    listen = {"aggregator": free_port(), "processor": free_port()}
    environment = bench.environment(configuration(applications, nginx.port, zabbix.url, listen))
    aggregator = bench.keep(Daemon(bench.program("data-aggregator"), listen["aggregator"], environment))
    processor = bench.keep(Daemon(bench.program("processor"), listen["processor"], environment))
    time.sleep(warm_up)
    pids = {"data-aggregator": aggregator.pid, "processor": processor.pid, "MariaDB": bench.database.facts["pid"],
            "the bench's own Zabbix": zabbix.process.pid}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    begun = time.time()
    cycles = beats(aggregator, "aggregator_cycles_total", "aggregator_cycle_duration_seconds", measured)
    used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
    passed = processor.metric("processor_pass_duration_seconds")
    seconds = time.time() - begun
    ask = lambda sql: float(bench.database.ask(sql, DATABASE).split()[0])  # noqa: E731
    lag = ask("SELECT UNIX_TIMESTAMP() - MIN(newest_sample) FROM rule_states WHERE newest_sample IS NOT NULL")
    values = ask(f"SELECT COUNT(*) FROM zabbix_history WHERE clock BETWEEN {int(begun)} AND {int(begun + measured) - 3 * INTERVAL}")
    expected = items * ((int(begun + measured) - 3 * INTERVAL) // INTERVAL - (int(begun) - 1) // INTERVAL)
    samples = ask(f"SELECT COUNT(*) / {applications} FROM hyphenmon_metrics WHERE timestamp BETWEEN {int(begun)}"
                  f" AND {int(begun + measured)}")
    lines = [Line(f"a cycle of {applications:,} applications and {items:,} items, of the {INTERVAL} s to the next; the slowest",
                  f"{statistics.median(cycles):.2f} s", f"{INTERVAL} s", max(cycles) / INTERVAL, "≤ 1.0 ×",
                  f"{min(cycles):.2f} to {max(cycles):.2f} s, {len(cycles)} cycles"),
             Line("values of items stored, of those there were", f"{values:,.0f}", f"{expected:,}", values / expected, "≥ 1.0 ×"),
             Line("samples stored of each application, of the intervals", f"{samples:.1f}", f"{measured / INTERVAL:.0f}",
                  samples * INTERVAL / measured, "≥ 0.95 ×"),
             Line("a pass of the processor, 10 rules; age of the oldest judgement", f"{passed:.2f} s", "", lag, "≤ 40 s")]
    for name, cpu in used.items():
        lines.append(Line(f"CPU time of {name} of what two cores have", f"{cpu * INTERVAL / seconds:.2f} s", f"{2 * INTERVAL} s",
                          cpu / seconds / 2, ""))
    for name, daemon in (("data-aggregator", aggregator), ("processor", processor)):
        lines.append(Line(f"memory of {name}", f"{daemon.resident():.0f} MB", "", daemon.resident(), "≤ 1000 MB"))
    return lines
