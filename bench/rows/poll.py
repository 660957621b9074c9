"""Polling ten thousand applications: all of them at addresses of their own (127.0.0.0/8), served by nginx."""

import resource
import statistics
import subprocess
import sys

from harness.bench import row
from harness.clients import answers_each
from harness.measure import alternate, median_ratio, spread
from harness.report import Line
from harness.servers import Nginx
from rows.store import column

IN_FLIGHT = 128  # as our client has it
SAMPLE = '{"timestamp": $second, "response_time_ms": 120, "error_rate": 0.01}'


def configuration(count, port):
    return "".join(f'[[application]]\nname = "app-{i}"\nurl = "http://127.1.{i // 250}.{i % 250 + 1}:{port}/metrics"\n'
                   for i in range(count))


def allow_open_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65_536), hard))


def milliseconds(reports):
    return f"{statistics.median(column(reports, 'seconds')) * 1e3:,.0f} ms"


@row("poll", "one cycle of 10,000 applications, keep-alive, next to bare libcurl multi")
def poll(bench):
    count = bench.size(10_000, 500)
    allow_open_files()
    nginx = bench.keep(Nginx(bench.path("nginx"), SAMPLE))
    text = configuration(count, nginx.port)
    urls = "".join(line.split('"')[1] + "\n" for line in text.splitlines() if line.startswith("url"))
    rounds = 3  # the last one counts: its connections are there

    def ours(*arguments):
        return bench.report(bench.program("bench_poll"), rounds, *arguments, configuration=text)

    def limit():
        return bench.report(bench.program("limit_poll"), rounds, IN_FLIGHT, standard_input=urls)

    polled, bare, stored = alternate(bench.rounds(5), ours, limit, lambda: ours("store"))
    return [Line(f"{what} {count:,} applications", milliseconds(side), milliseconds(bare),
                 median_ratio(column(bare, "seconds"), column(side, "seconds")), goal,
                 spread(column(bare, "seconds"), column(side, "seconds")))
            for what, side, goal in (("poll", polled, "≥ 0.9 ×"), ("poll and store", stored, "≥ 0.7 ×"))]


@row("hyphenmon", "the mock application with 1,000 keep-alive clients (wrk), next to nginx with a static file")
def hyphenmon(bench):
    clients = bench.size(1_000, 100)
    allow_open_files()
    hyphenmon_url = bench.hyphenmon().url
    nginx = bench.keep(Nginx(bench.path("nginx"), '{"timestamp": 1, "response_time_ms": 120, "error_rate": 0.01}', static=True))

    def wrk(url):
        command = ["wrk", "-t1", f"-c{clients}", f"-d{bench.size(8, 2)}s", "--latency", "--timeout", "5s", url]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(done.stdout)
        rate = float(next(line.split(":")[1] for line in done.stdout.splitlines() if line.startswith("Requests/sec")))
        errors = next((line for line in done.stdout.splitlines() if "Socket errors" in line), "")
        failed = sum(int(part.split()[-1]) for part in errors.split(":", 1)[1].split(",")) if errors else 0
        wrong = next((int(line.split(":")[1]) for line in done.stdout.splitlines() if "Non-2xx" in line), 0)
        return rate, failed + wrong

    ours, static = alternate(bench.rounds(5), lambda: wrk(hyphenmon_url), lambda: wrk(nginx.url))
    answers = answers_each(hyphenmon_url, clients, bench.size(8, 2))
    mean = statistics.mean(answers)
    rates, bare = [rate for rate, _ in ours], [rate for rate, _ in static]
    return [Line(f"requests a second, {clients:,} clients", f"{statistics.median(rates):,.0f}/s",
                 f"{statistics.median(bare):,.0f}/s", median_ratio(rates, bare), "≥ 0.25 ×", spread(rates, bare)),
            Line("failed, or not answered within 5 s", f"{sum(failed for _, failed in ours)}", "",
                 sum(failed for _, failed in ours), "≤ 0 requests"),
            Line("answers to the client that gets fewest, and to all on average", f"{min(answers):,}", f"{mean:,.0f}",
                 min(answers) / mean, "≥ 0.8 ×")]
