"""A cycle with Zabbix: history that one run of the program reads from the API and commits."""

import os
import statistics

from harness.bench import DATABASE, row
from harness.measure import alternate, median_ratio, spread, timed
from harness.report import Line
from harness.servers import Zabbix, cpu_seconds

OVERLAP = 120  # s: so far before a host's mark reading begins
# One number for rows that differ in anything: the order in the table is that of the key.
CONTENT = "SELECT COUNT(*), SUM(CRC32(CONCAT_WS('/', itemid, clock, ns, value, value_uint, value_text))) FROM zabbix_history"


def configuration(application_url, zabbix_url):
    return (f'[zabbix]\nurl = "{zabbix_url}"\ntoken = "{"0123456789abcdef" * 4}"\n'
            f'[[application]]\nname = "shop"\nurl = "{application_url}"\nzabbix_hosts = ["host-1"]\n')


@row("zabbix-cycle", "one cycle of data-aggregator with a backlog of history, next to transfer and LOAD DATA INFILE of it")
def zabbix_cycle(bench):
    count = bench.size(1_000_000, 20_000)
    begin = bench.some_time_ago(10 * count // 1000 + 60)
    zabbix = bench.keep(Zabbix(bench.program("bench_zabbix"), count, begin))
    text = configuration(bench.hyphenmon().url, zabbix.url)
    contents = set()

    def cycle():
        return timed([bench.program("data-aggregator")], bench.environment(text))[0] / 1e3

    def empty():
        """As before the cycle: the host and its items are known, and none of the values."""
        bench.database.ask(f"TRUNCATE zabbix_history; UPDATE zabbix_hosts SET read_until = {begin + OVERLAP};"
                           "UPDATE zabbix_items SET lastclock = NULL, lastns = NULL, lastvalue = NULL", DATABASE)
        bench.settle()

    def check():
        content = bench.database.ask(CONTENT, DATABASE).strip()
        contents.add(content)
        if len(contents) > 1 or content.split()[0] != str(count):
            raise RuntimeError(f"not the {count} rows that Zabbix has: {contents}")

    def ours():
        empty()
        before = cpu(bench)
        seconds = cycle()
        used = cpu(bench) - before
        check()
        return seconds, used

    def limit():
        empty()
        fetched = bench.report(bench.program("limit_fetch"), zabbix.url, standard_input=calls)
        loaded = bench.report(bench.program("limit_load"), "zabbix_history", count, begin, 0, bench.directory)
        check()
        return fetched, loaded

    cycle()  # makes the host and its items known
    zabbix.calls()
    ours()  # warms up
    calls = zabbix.calls()  # as in every cycle that follows, but for the time at which each ends
    cycles, limits = alternate(bench.rounds(5), ours, limit)
    lines = []
    for at, name, unit, goal in ((0, "seconds", "", "≤ 1.3 ×"), (1, "cpu", ", CPU time", "")):
        above = [side[at] for side in cycles]
        below = [fetched[name] + loaded[name] for fetched, loaded in limits]
        transfer = statistics.median(fetched[name] for fetched, _ in limits)
        lines.append(Line(f"{count:,} values in {len(calls.splitlines())} calls until committed{unit}",
                          f"{statistics.median(above):.2f} s",
                          f"{transfer:.2f} + {statistics.median(below) - transfer:.2f} s",
                          median_ratio(above, below), goal, spread(above, below)))
    return lines


def cpu(bench):
    """Seconds of CPU time of what was run to its end, and of the database server, so far."""
    return cpu_seconds(bench.database.facts["pid"]) + sum(os.times()[2:4])
