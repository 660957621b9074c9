"""Storing and reading as the history grows: 100,000 items that each get a value every ten seconds, the buffer pool a third of the
table at its largest; with the key that the table has, and with time first; on pages of 16 KB, and of 8 KB."""

import statistics
import time

from harness.bench import SERVER, row
from harness.report import Line

FIRST_ITEM, SPACING = 10_000, 10
ROW_BYTES = 52  # of the table on disk, at 15/16 full pages
FILL_AT_ONCE = 1_000_000
READS = {True: 200, False: 4}  # under our key; under the other one an hour of an item is all rows of that hour
# The rounds before those that count: until the server has the pages in memory that each round writes to, and until these are
# not all as full as filling left them, 15/16: those of all items are split at about the same time then, after up to 20 rows.
WARM_UP = 30
OURS, OTHER = "item first", "time first"


class Table:
    """zabbix_history of one database, under one of the keys."""

    def __init__(self, bench, key, series):
        self.bench, self.key, self.series, self.name = bench, key, series, key.replace(" ", "_")
        bench.new_database(self.name)
        if key == OTHER:
            self.ask("ALTER TABLE zabbix_history DROP PRIMARY KEY, ADD PRIMARY KEY (clock, itemid, ns)")
        # Of days that have no partition of their own all rows are in the first one.
        self.begin = (int(time.time()) // 86_400 - 3) * 86_400
        self.rounds = 0

    def ask(self, sql):
        return self.bench.database.ask(sql, self.name)

    def fill(self, rounds):
        """Up to so many rounds, in the order of the key: by the server alone."""
        first, last = self.rounds, rounds - 1
        if last < first:
            return
        insert = "INSERT INTO zabbix_history (itemid, clock, ns, value) SELECT "
        columns = f"{FIRST_ITEM} + s.seq, {self.begin} + {SPACING} * r.seq, s.seq, r.seq FROM "
        outer = max(1, FILL_AT_ONCE // (last - first + 1 if self.key == OURS else self.series))
        begin, end = (0, self.series) if self.key == OURS else (first, rounds)
        for at in range(begin, end, outer):
            part = f"seq_{at}_to_{min(at + outer, end) - 1}"
            if self.key == OURS:
                self.ask(f"{insert}{columns}{part} s STRAIGHT_JOIN seq_{first}_to_{last} r")
            else:
                self.ask(f"{insert}{columns}{part} r STRAIGHT_JOIN seq_0_to_{self.series - 1} s")
        self.rounds = rounds

    def store(self):
        """A round, each the other way round than the one before, as values are read from Zabbix: seconds of a row."""
        done = self.bench.report(self.bench.program("bench_store"), "zabbix_history", self.series,
                                 self.begin + SPACING * self.rounds, 0, self.series, 1,
                                 *["--from-the-end"] * (self.rounds % 2), database=self.name)
        self.rounds += 1
        return done["seconds"] / self.series

    def read(self, items_of_a_read, seconds):
        """Milliseconds of a read of so many neighbouring items over so long a time, somewhere."""
        end = self.begin + SPACING * self.rounds
        span = min(seconds, SPACING * self.rounds)

        def one(number):
            first = FIRST_ITEM + number * 7919 % (self.series - items_of_a_read)
            at = self.begin + number * 104_729 % (end - span - self.begin + 1)
            items = ",".join(str(item) for item in range(first, first + items_of_a_read))
            return f"SELECT SUM(value) FROM zabbix_history WHERE itemid IN ({items}) AND clock BETWEEN {at} AND {at + span};"
        reads = READS[self.key == OURS]
        asked = "".join(one(number) for number in range(reads))
        nothing = "DO 0;" * reads
        begun = time.perf_counter()
        self.ask(asked)
        between = time.perf_counter()
        self.ask(nothing)
        return (2 * between - begun - time.perf_counter()) / reads * 1e3


READINGS = (("100 neighbouring items, 20 s", 100, 20), ("one item, an hour", 1, 3600))


def grow(bench, key, series, sizes, page_size="16K"):
    """Seconds of a row stored at each size, and milliseconds of each reading at the last. On a server of its own."""
    pool = max(16, sizes[-1] * ROW_BYTES // 3 >> 20)
    bench.use_database(*(option for option in SERVER if "buffer-pool" not in option), f"--buffer-pool={pool}M",
                       f"--page-size={page_size}")
    table = Table(bench, key, series)
    costs = []
    for size in sizes:
        table.fill(size // series - WARM_UP)
        while table.rounds < size // series:
            table.store()
        costs.append(statistics.median(table.store() for _ in range(bench.rounds(5))))
    return costs, [table.read(items, seconds) for _, items, seconds in READINGS]


@row("growth", "storing rounds of 100,000 items, and reading, as the history grows to three times the buffer pool")
def growth(bench):
    series = bench.size(100_000, 1_000)
    sizes = [bench.size(full, full // 100) for full in (1_000_000, 10_000_000, 100_000_000)]
    grown = {what: grow(bench, key, series, sizes, page_size)
             for what, key, page_size in ((f"{OURS}, pages of 8 KB", OURS, "8K"), (OURS, OURS, "16K"), (OTHER, OTHER, "16K"))}
    lines = []
    for what, (costs, _) in grown.items():
        for size, cost in zip(sizes, costs):
            lines.append(Line(f"{what}: store into {size:,} rows, and into the fewest", f"{1e-3 / cost:,.0f} k rows/s",
                              f"{1e-3 / costs[0]:,.0f} k rows/s", costs[0] / cost, "≥ 0.8 ×" if "8 KB" in what else ""))
    for at, (what, _, _) in enumerate(READINGS):
        item, other = (grown[key][1][at] for key in (OURS, OTHER))
        lines.append(Line(f"read {what}: {OURS}, and {OTHER}", f"{item:.2f} ms", f"{other:.2f} ms", other / item, ""))
    return lines
