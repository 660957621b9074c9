"""The processor: many new rows, nothing new, a storm, and rules alone."""

import glob
import os
import statistics
import subprocess

from harness.bench import DATABASE, row
from harness.measure import alternate, median_ratio, spread, timed
from harness.report import Line
from rows.store import column

SERIES = 1000
LOADED_AT_ONCE = 10_000_000
RULES = [f"error_rate > {limit}" for limit in ("0.2", "0.3 and response_time_ms > 5000")] + [
    "response_time_ms > 5000", "response_time_ms / 1000 > error_rate * 1000 + 5", "avg(error_rate, 5m) > 0.5",
    "max(response_time_ms, 5m) > 5000", "rate(response_time_ms, 1m) > 5000", "min(error_rate, 1m) > 0.3",
    'error_rate > 0.2 and item("system.cpu.load") > 4', 'item("system.cpu.load") > 100000']
MAIL = '[smtp]\nfrom = "monitoring@example.org"\nto = ["oncall@example.org"]\nmaildir = "mails"\n'
CONFIGURATION = MAIL + '[processor]\nfirst_read = "1m"\n'
STATE = ("processed_ranges", "pending_samples", "rule_states", "alerts", "alert_events", "alert_tellings",
         "notifications", "notification_recipients", "notification_alerts")


def rules_of(rules):
    return "".join(f"[[rule]]\nname = \"rule-{i}\"\nexpr = '{rule}'\n" for i, rule in enumerate(rules))


def with_rules(rules):
    return CONFIGURATION + rules_of(rules)


def run(bench, configuration, database=DATABASE):
    return timed([bench.program("processor")], bench.environment(configuration, database))


def describe_hosts(bench):
    """An item of a host for each application, read until now."""
    numbers = f"FROM seq_0_to_{SERIES - 1}"
    bench.database.ask(
        f"INSERT INTO zabbix_hosts (hostid, host, name, read_until) SELECT seq, CONCAT('host-', seq), '', 4000000000 {numbers};"
        f"INSERT INTO application_hosts (application, hostid) SELECT CONCAT('app-', seq), seq {numbers};"
        "INSERT INTO zabbix_items (itemid, hostid, item_key, name, value_type, lastclock, lastvalue)"
        f" SELECT seq + 10000, seq, 'system.cpu.load', 'Load', 0, UNIX_TIMESTAMP(), '1' {numbers};", DATABASE)


def fill(bench, table, count):
    begin = bench.some_time_ago(10 * count // SERIES + 60)
    for done in range(0, count, LOADED_AT_ONCE):
        bench.report(bench.program("limit_load"), table, min(LOADED_AT_ONCE, count - done), begin + 10 * done // SERIES, 0,
                     bench.directory)


@row("processor-many", "new rows read, joined with as many, judged by 10 rules, next to the time of reading them")
def processor_many(bench):
    count = bench.size(5_000_000, 50_000)
    rules = with_rules(RULES)
    describe_hosts(bench)
    run(bench, rules)  # on empty tables: what comes now is new
    for table in STATE:
        bench.database.ask(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}", DATABASE)
    for table in ("hyphenmon_metrics", "zabbix_history"):
        fill(bench, table, count)

    def ours():
        for table in STATE:
            bench.database.ask(f"SET foreign_key_checks = 0; DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}",
                               DATABASE)
        return run(bench, rules)

    def limit():
        return sum(bench.report(bench.program("limit_read"), *what)["seconds"] * 1e3
                   for what in (("hyphenmon_metrics",), ("zabbix_history", SERIES)))

    limit()  # warms up
    passes, reads = alternate(bench.rounds(2), ours, limit)
    walls = [wall for wall, _, _ in passes]
    judged = bench.database.ask("SELECT COUNT(*) FROM rule_states", DATABASE).strip()
    return [Line(f"{count:,} new rows, as many values, 10 rules ({judged} states)", f"{statistics.median(walls) / 1e3:.1f} s",
                 f"{statistics.median(reads) / 1e3:.1f} s", median_ratio(walls, reads), "≤ 1.5 ×", spread(walls, reads)),
            Line("its peak memory", f"{max(peak for _, _, peak in passes):.0f} MB", "",
                 max(peak for _, _, peak in passes), "≤ 200 MB")]


@row("processor-nothing", "a pass that finds nothing new in full tables, next to one on empty tables")
def processor_nothing(bench):
    count = bench.size(100_000_000, 50_000)
    rules = with_rules(RULES)
    describe_hosts(bench)
    for table in ("hyphenmon_metrics", "zabbix_history"):
        fill(bench, table, count)
    bench.new_database("empty")
    for database in (DATABASE, "empty"):
        bench.database.ask("UPDATE hyphenmon_metrics SET recorded_at = recorded_at - INTERVAL 1 DAY ORDER BY id DESC LIMIT 1",
                           database)
        run(bench, rules, database)
    full, empty = alternate(bench.rounds(15), lambda: run(bench, rules), lambda: run(bench, rules, "empty"))
    lines = []
    for at, unit, goal in ((0, "", "≤ 1.5 ×"), (1, ", CPU time of the processor", "")):
        ours, limit = [side[at] for side in full], [side[at] for side in empty]
        lines.append(Line(f"{count:,} rows in each table{unit}", f"{statistics.median(ours):.1f} ms",
                          f"{statistics.median(limit):.1f} ms", median_ratio(ours, limit), goal, spread(ours, limit)))
    return lines


@row("storm", "10,000 alerts in one pass, and one mail of them")
def storm(bench):
    count = bench.size(10_000, 200)
    run(bench, CONFIGURATION)

    def ours(round_number):
        bench.database.ask(
            "INSERT INTO hyphenmon_metrics (timestamp, response_time_ms, error_rate, application) SELECT"
            f" UNIX_TIMESTAMP() - 10, 100, 0.9, CONCAT('storm-{round_number}-', seq) FROM seq_1_to_{count}", DATABASE)
        return run(bench, CONFIGURATION)

    passes = [ours(i) for i in range(bench.rounds(3))]
    alerts = int(bench.database.ask("SELECT COUNT(*) FROM alerts", DATABASE))
    mails = len(glob.glob(bench.path(os.path.join("mails", "new", "*"))))
    if alerts != count * len(passes):
        raise RuntimeError(f"{alerts} alerts")
    wall, cpu, peak = (statistics.median(column) for column in zip(*passes))
    return [Line(f"{count:,} alerts in one pass", f"{wall / 1e3:.2f} s", "", wall / 1e3, "≤ 10 s"),
            Line("CPU time of the processor", f"{cpu / 1e3:.2f} s", "", cpu / 1e3, ""),
            Line("peak memory", f"{peak:.0f} MB", "", peak, "≤ 200 MB"),
            Line("mails a pass", f"{mails / len(passes):g}", "", mails / len(passes), "≤ 1 mails")]


@row("rules", "values a second of one core that rules are evaluated on")
def rules_a_second(bench):
    done = subprocess.run([bench.program("bench_rules")], stdout=subprocess.PIPE, text=True, check=False)
    lines = []
    for line in done.stdout.splitlines():
        if "M rule-samples/s" in line:
            rate = float(line.split(" s ")[1].split()[0])
            lines.append(Line(line[:52].strip(), f"{rate} M/s", "", rate, "≥ 1.0 M/s"))
    return lines
