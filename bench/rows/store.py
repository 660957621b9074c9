"""Storing: rows handed to the writer until they are committed, next to the server's own LOAD DATA INFILE."""

import statistics

from harness.bench import DATABASE, row
from harness.measure import alternate, median_ratio, spread
from harness.report import Line

AGAIN = {"hyphenmon_metrics": 0.25, "zabbix_history": 0.8}


def column(reports, name):
    return [report[name] for report in reports]


def rate(count, reports):
    return f"{count / statistics.median(column(reports, 'seconds')) / 1e3:,.0f} k rows/s"


def compare(what, count, ours, limit, goal):
    """By the clock, which is what counts; and by the CPU time of client and server together, which other load on the
    machine changes less."""
    lines = []
    for name, unit, aim in (("seconds", "", goal), ("cpu", ", CPU time", "")):
        above, below = column(limit, name), column(ours, name)
        lines.append(Line(what + unit, rate(count, ours) if not unit else f"{statistics.median(below):.1f} s",
                          rate(count, limit) if not unit else f"{statistics.median(above):.1f} s",
                          median_ratio(above, below), aim, spread(above, below)))
    return lines


def measure(bench, table):
    count = bench.size(1_000_000, 20_000)
    begin = bench.some_time_ago(10 * count // 1000 + 60)
    writer, loader = bench.program("bench_store"), bench.program("limit_load")

    def empty():
        bench.database.ask(f"TRUNCATE {table}", DATABASE)
        bench.settle()

    def ours():
        empty()
        return (bench.report(writer, table, count, begin, 0), bench.report(writer, table, count, begin, 1))

    def limit():
        empty()
        return bench.report(loader, table, count, begin, 0, bench.directory)

    stored, loaded = alternate(bench.rounds(5), ours, limit)
    first, again = zip(*stored)
    return [*compare(f"store {count:,} rows", count, first, loaded, "≥ 1.0 ×"),
            *compare(f"write {count:,} rows over", count, again, loaded, f"≥ {AGAIN[table]} ×")]


@row("store-metrics", "rows to hyphenmon_metrics, next to LOAD DATA INFILE of the same rows")
def store_metrics(bench):
    return measure(bench, "hyphenmon_metrics")


@row("store-history", "rows to zabbix_history, next to LOAD DATA INFILE of the same rows")
def store_history(bench):
    return measure(bench, "zabbix_history")
