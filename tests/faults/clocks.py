"""Clocks that jump: those of the programs, and the database's."""

import datetime

from scenario import scenario
from servers import shifted
from world import DATA_AGGREGATOR, OK, PROCESSOR, UNAVAILABLE

SUBJECT = "Clocks"


def cycles(world, shift, times):
    for _ in range(times):
        world.expect(OK, DATA_AGGREGATOR, environment=shifted(shift))
        world.expect(OK, PROCESSOR, environment=shifted(shift))


def jumps(world, shifts):
    for shift in shifts:
        cycles(world, shift, 4)
        # And into the spool and out of it.
        world.proxy.refuses = True
        world.expect(UNAVAILABLE, DATA_AGGREGATOR, environment=shifted(shift))
        world.proxy.refuses = False


@scenario(SUBJECT, "the programs' clock jumps an hour ahead and back", quick=True)
def clock_ahead(world):
    jumps(world, ["+0", "+1h", "+0"])


@scenario(SUBJECT, "the programs' clock jumps an hour back and ahead")
def clock_back(world):
    # A sample that is more than an hour ahead of our clock is refused; these are half an hour old.
    jumps(world, ["+0", "-55m", "+0"])


@scenario(SUBJECT, "two hosts whose clocks are an hour apart take turns")
def clocks_apart(world):
    for _ in range(4):
        cycles(world, "+30m", 1)
        cycles(world, "-30m", 1)


def through_the_change(world):
    """Database and programs live in Berlin while its clocks are changed."""
    before = now(world)
    world.expect(OK, DATA_AGGREGATOR)
    while now(world) < world.change + 3:
        world.expect(OK, DATA_AGGREGATOR)
        world.expect(OK, PROCESSOR)
    if not before < world.change:
        world.failures.append("the change was missed")


def now(world):
    return int(world.ask("SELECT UNIX_TIMESTAMP()")[0][0])


def change_of_clocks(name, fault, when):
    def breaks(world):
        through_the_change(world)
    breaks.__name__ = name
    scenario(SUBJECT, fault, change=int(when.timestamp()), zone="Europe/Berlin")(breaks)


change_of_clocks("clock_autumn", "summer time ends, database and programs in Europe/Berlin",
                 datetime.datetime(2027, 10, 31, 1, 0, tzinfo=datetime.timezone.utc))
change_of_clocks("clock_spring", "summer time begins, database and programs in Europe/Berlin",
                 datetime.datetime(2027, 3, 28, 1, 0, tzinfo=datetime.timezone.utc))
