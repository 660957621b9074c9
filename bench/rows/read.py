"""Reading: rows of a table to typed memory, next to the C client's unbuffered binary rows."""

from harness.bench import DATABASE, row
from harness.measure import alternate
from harness.report import Line
from rows.store import column, compare

SERIES = 1000


def fill(bench, table, count):
    """`count` rows by the server's own command."""
    begin = bench.some_time_ago(10 * count // SERIES + 60)
    bench.report(bench.program("limit_load"), table, count, begin, 0, bench.directory)


def measure(bench, table, limits):
    """`limits`: what each is called, and its arguments; ours is to come near the first."""
    count = bench.size(5_000_000, 50_000)
    ours = (bench.program("bench_read"), table, SERIES)
    bare = [(bench.program("limit_read"), table, *arguments) for _, arguments in limits]
    fill(bench, table, count // 10)
    few = bench.report(*ours)["peak_mb"]
    bench.database.ask(f"TRUNCATE {table}", DATABASE)
    fill(bench, table, count)
    bench.report(*bare[0])  # warms up
    read, *others = alternate(bench.rounds(5), *(lambda side=side: bench.report(*side) for side in (ours, *bare)))
    lines = []
    for (name, _), other in zip(limits, others):
        lines += compare(f"read {count:,} rows{name}", count, read, other, "" if lines else "≥ 0.9 ×")
    many = max(column(read, "peak_mb"))
    return [*lines, Line(f"its peak memory, to that of {count // 10:,} rows", f"{many:.0f} MB", f"{few:.0f} MB",
                         many / few, "≤ 1.1 ×")]


@row("read-metrics", "all rows of hyphenmon_metrics as a pass reads them, next to the C client's binary rows")
def read_metrics(bench):
    return measure(bench, "hyphenmon_metrics", [("", ())])


@row("read-history", "the history of 1,000 items in windows of an hour, next to the C client's binary rows")
def read_history(bench):
    return measure(bench, "zabbix_history", [("", (SERIES,)), (", and all by one statement", ())])
