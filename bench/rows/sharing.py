"""Two next to one: what daemons that share the work on one database store, and judge."""

import concurrent.futures
import contextlib
import statistics
import subprocess
import time

from harness.bench import DATABASE, row
from harness.measure import alternate, median_ratio, report_of, spread
from harness.report import Line
from rows.processor import RULES, with_rules

SERIES = 1000
STEP = 10  # s from one sample of a series to its next


@row("sharing", "the same rows stored by two members at once, next to one; one server, on this machine")
def sharing(bench):
    lines = []
    writer = bench.program("bench_store")
    for table in ("hyphenmon_metrics", "zabbix_history"):
        count = bench.size(400_000, 20_000)
        begin = bench.some_time_ago(STEP * count // SERIES + 60)
        environment = bench.environment()

        def store(members):
            """The seconds until the last of them is ready; each has series of its own."""
            bench.database.ask(f"TRUNCATE {table}", DATABASE)
            bench.settle()
            part = count // members

            def one(i):
                return report_of([writer, table, str(part), str(begin), "0", str(SERIES // members), str(i + 1)],
                                 environment)["seconds"]

            with concurrent.futures.ThreadPoolExecutor(members) as pool:
                seconds = max(pool.map(one, range(members)))
            stored = int(bench.database.ask(f"SELECT COUNT(*) FROM {table}", DATABASE))
            if stored != count:
                raise RuntimeError(f"{stored} of {count} rows in {table}")
            return seconds

        both, alone = alternate(bench.rounds(5), lambda: store(2), lambda: store(1))
        rates = [f"{count / statistics.median(seconds) / 1e3:,.0f} k rows/s" for seconds in (both, alone)]
        lines.append(Line(f"{count:,} rows of {table} by two, and by one", *rates, median_ratio(alone, both), "≥ 1.0 ×",
                          spread(alone, both)))
    return lines


def wait_for(bench, query, answer):
    while bench.database.ask(query, DATABASE).strip() != answer:
        time.sleep(0.005)


@contextlib.contextmanager
def processors(bench, members):
    """So many daemons, once they have agreed on who has what."""
    environment = bench.environment(with_rules([rule for rule in RULES if "item(" not in rule]).replace(
        "[processor]", '[processor]\nshare = "on"'))
    command = [bench.program("processor"), "--daemon", "--interval", "200ms", "--listen", "none"]
    daemons = [subprocess.Popen(command, env=environment) for _ in range(members)]
    try:
        wait_for(bench, "SELECT CONCAT(COUNT(*), '/', COUNT(DISTINCT agreed), '/', MAX(LENGTH(agreed) - LENGTH(REPLACE(agreed, ':',"
                 " '')))) FROM leases WHERE name LIKE 'processor%' AND expires_at IS NOT NULL", f"{members}/1/{members}")
        # Their next pass divides the ledger, or makes one of all parts.
        wait_for(bench, "SELECT COUNT(DISTINCT part) FROM part_ranges", "0" if members == 1 else "64")
        yield
    finally:
        for daemon in daemons:
            daemon.terminate()
        for daemon in daemons:
            daemon.wait()


@row("sharing-processors", "new rows judged by two processors that share the applications, next to one; all on this machine")
def sharing_processors(bench):
    count = bench.size(2_000_000, 20_000)
    seconds_of_a_load = STEP * count // SERIES
    rounds = bench.rounds(5)
    begin = bench.some_time_ago(seconds_of_a_load * (2 * rounds + 1) + 60)

    def judge(members):
        """The seconds from the commit of the rows until all of them are judged."""
        nonlocal begin
        with processors(bench, members):
            bench.report(bench.program("limit_load"), "hyphenmon_metrics", count, begin, 0, bench.directory)
            begun = time.perf_counter()
            begin += seconds_of_a_load
            wait_for(bench, "SELECT MIN(reached) = (SELECT MAX(id) FROM hyphenmon_metrics) FROM (SELECT MAX(last_id) AS reached"
                     f" FROM {'processed_ranges' if members == 1 else 'part_ranges GROUP BY part'}) parts", "1")
            return time.perf_counter() - begun

    judge(1)  # the first pass of all, and states for all applications
    both, alone = alternate(rounds, lambda: judge(2), lambda: judge(1))
    rates = [f"{count / statistics.median(seconds) / 1e3:,.0f} k rows/s" for seconds in (both, alone)]
    return [Line(f"{count:,} new rows judged by 8 rules, by two, and by one", *rates, median_ratio(alone, both), "≥ 1.0 ×",
                 spread(alone, both))]
