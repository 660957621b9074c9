"""SIGKILL from outside at every point at which a program touches the network or the disk."""

import os
import shutil
from collections import defaultdict

from scenario import scenario
from source import BAD, GOOD
from world import ALERTING_SYSTEM, DATA_AGGREGATOR, OK, PROCESSOR, UNAVAILABLE

SUBJECT = "SIGKILL"
FEW_OF_EACH = 1


def kill_at(world, program, number, after=OK, **options):
    """True where the run was killed at that point, and then repeated in peace."""
    before = world.source.delivered()
    process = world.stopped_at(program, number, **options)
    if process is None:
        return False
    world.kill(process)
    world.lost.at_kill(before, world.source.delivered())
    world.make_due()
    world.expect(after, program, **{name: options[name] for name in ("binary",) if name in options})
    return True


def few(points):
    """The numbers of a few points of each kind: the first and the last of those that are called alike."""
    kinds = defaultdict(list)
    for number, point in enumerate(points, 1):
        kinds[point].append(number)
    return sorted({number for numbers in kinds.values() for number in numbers[-FEW_OF_EACH:]})


def at_each_point(world, program, prepare, after=OK, **options):
    """Kills at point 1, 2, 3 … of a run, until one ends before its point. Quick: at some of each kind."""
    prepare()
    points = world.points(program, **options)
    numbers = few(points) if world.tools.quick else range(1, 10_000)
    at_most = world.tools.quick and 24
    if at_most and len(numbers) > at_most:
        numbers = numbers[::len(numbers) // at_most + 1]
    for number in numbers:
        prepare()
        if not kill_at(world, program, number, after, **options):
            break
    world.notes.append(f"{len(points)} points")


def one_bad(world):
    """An incident begins, or goes on."""
    world.source.rate = lambda number: BAD
    world.poll()


def two_good(world):
    world.source.rate = lambda number: GOOD
    world.poll(2)


def alternating(world):
    """Each call gives the processor more to do: an incident that begins, then one that ends."""
    state = {"bad": False}

    def step():
        state["bad"] = not state["bad"]
        (one_bad if state["bad"] else two_good)(world)
    return step


@scenario(SUBJECT, "data-aggregator, at each point of a cycle", quick=True)
def kill_aggregator(world):
    at_each_point(world, DATA_AGGREGATOR, lambda: None)


@scenario(SUBJECT, "data-aggregator, at each point while it spools", quick=True)
def kill_spooling(world):
    world.poll()
    world.proxy.refuses = True
    at_each_point(world, DATA_AGGREGATOR, lambda: None, after=UNAVAILABLE)


def away_for_a_minute(world):
    """The database is out of reach, for so long that data-aggregator tells by itself."""
    world.proxy.refuses = True
    world.poll(codes=UNAVAILABLE)
    world.minute_passes()


@scenario(SUBJECT, "data-aggregator, at each point while it tells what begins and ends without the database", quick=True)
def kill_telling(world):
    state = {"bad": False}

    def step():
        state["bad"] = not state["bad"]
        world.source.rate = lambda number: BAD if state["bad"] else GOOD
        if not state["bad"]:
            world.poll(codes=UNAVAILABLE)  # the second good one is the end
    world.poll()
    away_for_a_minute(world)
    at_each_point(world, DATA_AGGREGATOR, step, after=UNAVAILABLE)


@scenario(SUBJECT, "data-aggregator, at each point while it hands over what it told", quick=True)
def kill_handing_over(world):
    def step():
        two_good(world)
        world.expect(OK, PROCESSOR)
        away_for_a_minute(world)
        world.source.rate = lambda number: BAD
        world.poll(codes=UNAVAILABLE)
        world.proxy.refuses = False
    at_each_point(world, DATA_AGGREGATOR, step)


@scenario(SUBJECT, "data-aggregator, at each point while it replays the spool", quick=True)
def kill_replaying(world):
    def spool_some():
        world.proxy.refuses = True
        world.poll(2, UNAVAILABLE)
        world.proxy.refuses = False
    at_each_point(world, DATA_AGGREGATOR, spool_some)


@scenario(SUBJECT, "processor, at each point of a pass", quick=True)
def kill_processor(world):
    at_each_point(world, PROCESSOR, alternating(world))


def without_delivery(world):
    """A processor that finds no alerting-system: mails stay in the outbox."""
    copy = os.path.join(world.directory, PROCESSOR)
    shutil.copy(world.tools.program(PROCESSOR), copy)
    return copy


def deliveries(world):
    step = alternating(world)
    processor = without_delivery(world)

    def prepare():
        step()
        world.expect(UNAVAILABLE, PROCESSOR, binary=processor)
    at_each_point(world, ALERTING_SYSTEM, prepare)


@scenario(SUBJECT, "alerting-system, at each point of a delivery", quick=True)
def kill_delivery(world):
    deliveries(world)


@scenario(SUBJECT, "alerting-system, the same with STARTTLS and login", smtp="starttls")
def kill_delivery_tls(world):
    deliveries(world)
