"""The database and the sources while samples are collected."""

import signal

from scenario import scenario
from world import ALERTING_SYSTEM, BUSY, DATA_AGGREGATOR, OK, PROCESSOR, UNAVAILABLE

MYSQL = "MySQL"
SOURCES = "Sources"


@scenario(MYSQL, "stopped for a while", quick=True)
def mysql_stopped(world):
    world.poll(5)
    world.expect(OK, PROCESSOR)
    world.database.stop()
    world.poll(8, UNAVAILABLE)
    world.expect(UNAVAILABLE, PROCESSOR)
    world.expect(UNAVAILABLE, ALERTING_SYSTEM)
    world.database.start()


def go_on(world, program, process, codes, what):
    process.send_signal(signal.SIGCONT)
    code = process.wait(120)
    world.daemons.remove(process)
    if code not in codes:
        world.failures.append(f"{program} ended with {code} after {what}")
    world.make_due()


def at_each(world, program, point, act, codes, prepare=lambda: None):
    """Stands still at each such point of a run, does something, and lets it go on."""
    prepare()
    for turn in range(1, world.points(program).count(point) + 1):
        prepare()
        process = world.stopped_at(program, f"{point}:{turn}")
        if process is not None:
            act()
            go_on(world, program, process, codes, f"{point}, number {turn}")


def restart(world, end):
    def act():
        end()
        world.database.start()
    return act


@scenario(MYSQL, "killed and restarted before a COMMIT of the aggregator", quick=True)
def mysql_killed_before_commit(world):
    at_each(world, DATA_AGGREGATOR, "before COMMIT", restart(world, world.database.kill), (OK, UNAVAILABLE))


@scenario(MYSQL, "killed and restarted after a COMMIT was sent")
def mysql_killed_after_commit(world):
    at_each(world, DATA_AGGREGATOR, "sent COMMIT", restart(world, world.database.kill), (OK, UNAVAILABLE))


@scenario(MYSQL, "restarted in order before a COMMIT of the aggregator")
def mysql_restarted_before_commit(world):
    at_each(world, DATA_AGGREGATOR, "before COMMIT", restart(world, world.database.stop), (OK, UNAVAILABLE))


@scenario(MYSQL, "killed and restarted before a COMMIT of the processor")
def mysql_killed_before_commit_of_processor(world):
    at_each(world, PROCESSOR, "before COMMIT", restart(world, world.database.kill), (OK, UNAVAILABLE),
            lambda: world.poll(6))


@scenario(MYSQL, "the aggregator's connection cut before each statement", quick=True)
def mysql_cut_aggregator(world):
    cut_everywhere(world, DATA_AGGREGATOR, lambda: None)


@scenario(MYSQL, "the processor's connection cut before each statement")
def mysql_cut_processor(world):
    cut_everywhere(world, PROCESSOR, lambda: world.poll(3))


@scenario(MYSQL, "the connection cut after each COMMIT was sent", quick=True)
def mysql_cut_after_commit(world):
    for program in (DATA_AGGREGATOR, PROCESSOR):
        at_each(world, program, "sent COMMIT", world.proxy.cut, (OK, UNAVAILABLE), lambda: world.poll(3))


def cut_everywhere(world, program, prepare):
    prepare()
    points = world.points(program)
    numbers = [number for number, text in enumerate(points, 1)
               if text.startswith("before ") and not text.startswith(("before connect", "before fetch"))]
    if world.tools.quick:
        numbers = numbers[::3]
    for number in numbers:
        prepare()
        process = world.stopped_at(program, number)
        if process is not None:
            world.proxy.cut()
            go_on(world, program, process, (OK, UNAVAILABLE), f"a cut at point {number}")
    world.notes.append(f"{len(numbers)} cuts")


@scenario(MYSQL, "read-only for a while", quick=True)
def mysql_read_only(world):
    world.poll(5)
    world.database.ask("SET GLOBAL read_only = 1")
    try:
        world.poll(5, UNAVAILABLE)
        world.expect(UNAVAILABLE, PROCESSOR)
    finally:
        world.database.ask("SET GLOBAL read_only = 0")


@scenario(MYSQL, "slow: 20 ms a packet each way")
def mysql_slow(world):
    world.proxy.delay = 0.02
    world.poll(6)
    world.expect(OK, PROCESSOR)


@scenario(MYSQL, "takes connections and says nothing")
def mysql_blackhole(world):
    world.poll(5)
    world.proxy.stall()
    world.poll(2, UNAVAILABLE)
    world.proxy.cut()


@scenario(MYSQL, "refuses the login for a while")
def mysql_login_refused(world):
    world.poll(5)
    world.database.ask("ALTER USER 'monitor'@'%' IDENTIFIED BY 'another'")
    try:
        world.poll(3, 77)
    finally:
        world.database.ask("ALTER USER 'monitor'@'%' IDENTIFIED BY 'monitor'")


def one_source(mode, codes=UNAVAILABLE, times=4):
    """One application breaks; the other goes on, and is not held up."""
    def breaks(world):
        world.poll(3)
        world.source.set_mode(mode, ["bank"])
        before = len(world.source.delivered()["shop"])
        world.poll(times, codes)
        if len(world.source.delivered()["shop"]) != before + times:
            world.failures.append("the other application was not read in each cycle")
    return breaks


for _mode, _fault in (("refuse", "an application that is down"), ("slow 1", "an application that takes 1 s"),
                      ("slow 3", "an application slower than its time-out of 2 s"), ("garbage", "an application that says garbage"),
                      ("endless", "an application whose answer never ends"), ("http500", "an application that answers HTTP 500"),
                      ("cut", "an application whose answers are cut off"), ("hang", "an application that takes the question and says nothing")):
    _breaks = one_source(_mode, OK if _mode == "slow 1" else UNAVAILABLE, 2 if _mode in ("slow 3", "hang", "endless") else 4)
    _breaks.__name__ = "source_" + _mode.replace(" ", "_")
    scenario(SOURCES, _fault, quick=_mode in ("refuse", "garbage", "cut"))(_breaks)


@scenario(SOURCES, "all applications down", quick=True)
def all_sources_down(world):
    world.poll(3)
    world.source.set_mode("refuse")
    world.poll(2, UNAVAILABLE)


@scenario(SOURCES, "Zabbix down, failing, and saying garbage", quick=True)
def zabbix_broken(world):
    world.poll(2)
    for mode in ("refuse", "http500", "garbage"):
        world.zabbix.mode = mode
        world.poll(2, UNAVAILABLE)


@scenario(SOURCES, "everything broken at once")
def all_broken(world):
    world.poll(3)
    world.zabbix.mode = "garbage"
    world.source.set_mode("garbage", ["bank"])
    world.proxy.refuses = True
    world.poll(4, UNAVAILABLE)
    world.expect(UNAVAILABLE, PROCESSOR)


@scenario("Several at once", "two aggregators and two processors of one host", quick=True)
def two_of_one_host(world):
    for _ in range(8):
        runs = [world.start(program) for program in (DATA_AGGREGATOR, DATA_AGGREGATOR, PROCESSOR, PROCESSOR)]
        for process in runs:
            code = process.wait(60)
            world.daemons.remove(process)
            if code not in (OK, BUSY):
                world.failures.append(f"one of two ended with {code}")
