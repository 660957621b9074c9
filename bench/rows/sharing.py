"""Two writers next to one: what daemons that share the targets of one database store."""

import concurrent.futures
import statistics

from harness.bench import DATABASE, row
from harness.measure import alternate, median_ratio, report_of, spread
from harness.report import Line

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
