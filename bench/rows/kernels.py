"""Kernels that have no server: the join, and the parser of Zabbix replies. Google Benchmark, their repetitions interleaved."""

import json
import os
import statistics
import subprocess
import sys

from harness.bench import row
from harness.measure import kernel_times, median_ratio, spread, timed
from harness.report import Line
from harness.servers import ROOT


def rate(count, milliseconds):
    return f"{count / statistics.median(milliseconds) / 1e3:,.0f} M rows/s"


def duckdb_times(count, rounds):
    """None where it is not installed."""
    peers = os.path.join(ROOT, "bench", "peers")
    if not os.path.isdir(os.path.join(peers, "node_modules", "@duckdb")):
        return None
    done = subprocess.run(["node", os.path.join(peers, "duckdb_join.mjs"), str(count), str(rounds)],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [seconds * 1e3 for seconds in json.loads(done.stdout)]


@row("join", "the time join of two series, next to one merge loop over bare arrays, pandas, and DuckDB where it is installed")
def join(bench):
    count = bench.size(10_000_000, 100_000)
    rounds = bench.rounds(9)
    times = kernel_times(bench.program("bench_join"), count, rounds)
    done = subprocess.run([sys.executable, f"{ROOT}/bench/python_way/merge_asof.py", str(count), str(rounds)],
                          stdout=subprocess.PIPE, text=True, check=True)
    pandas = [seconds * 1e3 for seconds in json.loads(done.stdout)]
    what = f"nearest within 10 s, {count // 1000:,} k and as many"
    nearest, loop = times["JoinNearest"], times["MergeLoop"]
    lines = [
        Line(f"{what}, and a merge loop", rate(count, nearest), rate(count, loop), median_ratio(loop, nearest),
             "≥ 0.9 ×", spread(loop, nearest)),
        Line(f"{what}, and pandas merge_asof", rate(count, nearest), rate(count, pandas),
             median_ratio(pandas, nearest), "≥ 20 ×", spread(pandas, nearest)),
        Line("all within 10 s, and a merge loop of nearest", rate(count, times["JoinAll"]), rate(count, loop),
             median_ratio(loop, times["JoinAll"]), "", spread(loop, times["JoinAll"]))]
    if duckdb := duckdb_times(count, rounds):
        lines.append(Line(f"{what}, and DuckDB with two ASOF joins, one thread", rate(count, nearest), rate(count, duckdb),
                          median_ratio(duckdb, nearest), "", spread(duckdb, nearest)))
    return lines


@row("zabbix-reply", "a reply of 100,000 items to typed rows, next to simdjson's on-demand parser")
def zabbix_reply(bench):
    count = bench.size(100_000, 1_000)
    times = kernel_times(bench.program("bench_parse"), count, bench.rounds(9))
    lines = []
    for what, name in ((f"{count:,} items of 323 bytes, four fields", "items"), (f"{count:,} values of history.get", "history")):
        ours, limit = times[f"Connector/{name}"], times[f"OnDemand/{name}"]
        lines.append(Line(what, f"{statistics.median(ours):.1f} ms", f"{statistics.median(limit):.1f} ms",
                          median_ratio(limit, ours), "≥ 0.7 ×", spread(limit, ours)))
    reply = count * 323 / 2**20

    def peak(side):
        with open(os.devnull, "wb") as nowhere:
            return timed([bench.program("bench_parse"), f"--benchmark_filter={side}/items/{count}$",
                          "--benchmark_min_time=0.01"], dict(os.environ), output=nowhere)[2]

    ours, limit = peak("Connector"), peak("OnDemand")
    if not bench.quick:  # the program itself is larger than a small reply
        lines.append(Line(f"peak memory, to the reply of {reply:.0f} MB", f"{ours:.0f} MB", f"{limit:.0f} MB", ours / reply, "≤ 1.5 ×"))
    return lines
