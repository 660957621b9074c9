"""Several hosts: two of each program, a leader that stands still, a cluster that loses a node."""

import json
import signal

from galera import Cluster
from scenario import scenario
from source import BAD, GOOD
from world import ALERTING_SYSTEM, BUSY, DATA_AGGREGATOR, OK, PROCESSOR, UNAVAILABLE, World

SUBJECT = "Several at once"


def beside(world):
    """The same installation on another host: a state directory of its own."""
    return World(world.tools, world.name, beside=world, hosts=world.hosts)


@scenario(SUBJECT, "two aggregators of two hosts at once", quick=True)
def two_hosts(world):
    other = beside(world)
    for _ in range(8):
        runs = [(host, host.start(DATA_AGGREGATOR)) for host in (world, other)]
        for host, process in runs:
            code = process.wait(60)
            host.daemons.remove(process)
            if code not in (OK, BUSY):
                world.failures.append(f"one of two ended with {code}")


@scenario(SUBJECT, "two hosts, each cut off from MySQL in turn")
def two_hosts_spool(world):
    other = beside(world)
    for _ in range(3):
        world.proxy.refuses = True
        world.poll(2, UNAVAILABLE)
        other.poll(1, UNAVAILABLE)
        world.proxy.refuses = False
        other.poll()
        world.poll()


def pause_leader(world, program, lease, prepare):
    """The leader stands still at the end of a transaction, past its lease; another one takes over, then it wakes up."""
    other = beside(world)
    prepare()
    for turn in range(1, world.points(program).count("before COMMIT") + 1):
        prepare()
        process = world.stopped_at(program, f"before START:{turn},before COMMIT:{turn}")
        if process is None:
            continue
        world.expire(lease)
        process.send_signal(signal.SIGCONT)
        world.wait_until_stopped(process)
        other.expect(OK, program)
        process.send_signal(signal.SIGCONT)
        code = process.wait(60)
        world.daemons.remove(process)
        if code not in (BUSY, UNAVAILABLE):
            world.failures.append(f"{program} ended with {code} after its lease was taken before COMMIT {turn}")


@scenario(SUBJECT, "an aggregator paused before each COMMIT past its lease, another one takes over")
def pause_aggregator(world):
    pause_leader(world, DATA_AGGREGATOR, "aggregator", lambda: None)


@scenario(SUBJECT, "a processor paused before each COMMIT past its lease, another one takes over")
def pause_processor(world):
    pause_leader(world, PROCESSOR, "processor", lambda: world.poll(4))


def pause_daemon(world, program, lease):
    """A leading daemon is stopped from outside, a standby takes over, the old one wakes up."""
    other = beside(world)
    leader = world.start(program, "--daemon")

    def owner():
        return world.ask(f"SELECT owner_pid FROM leases WHERE name = '{lease}' AND expires_at > NOW(3)")

    world.wait_for("the first leads", lambda: owner() == [[str(leader.pid)]])
    standby = other.start(program, "--daemon")
    for paused, taker in ((leader, standby), (standby, leader)):
        world.wait_for("samples come", grows(world))
        paused.send_signal(signal.SIGSTOP)
        world.expire(lease)
        world.wait_for("the standby leads", lambda taker=taker: owner() == [[str(taker.pid)]])
        world.wait_for("samples come again", grows(world))
        paused.send_signal(signal.SIGCONT)
        world.wait_for("samples still come", grows(world))
        if paused.poll() is not None:
            world.failures.append(f"the paused {program} ended with {paused.returncode}")
    world.end(leader)
    other.end(standby)


def grows(world):
    before = world.rows()
    return lambda: world.rows() > before + 2


@scenario(SUBJECT, "the leading aggregator daemon stopped past its lease, and woken again", quick=True)
def pause_aggregator_daemon(world):
    pause_daemon(world, DATA_AGGREGATOR, "aggregator")


@scenario(SUBJECT, "the leading processor daemon stopped past its lease, and woken again")
def pause_processor_daemon(world):
    feeder = world.start(DATA_AGGREGATOR, "--daemon")
    pause_daemon(world, PROCESSOR, "processor")
    world.end(feeder)


@scenario(SUBJECT, "three processors that share the applications: killed, stopped past their lease and ended in turn", quick=True,
          applications=[f"shop-{number}" for number in range(6)], share=True, interval="500ms")
def shared_processors(world):
    """Each application's samples are judged by one of them, whoever comes and goes."""
    world.source.rate = lambda number: BAD if number % 5 == 0 else GOOD
    feeder = world.start(DATA_AGGREGATOR, "--daemon")

    def judged():
        """The time up to which all applications are."""
        rows = world.ask("SELECT application, MAX(newest_sample) FROM rule_states GROUP BY application")
        return min(int(newest) for _, newest in rows) if len(rows) == len(world.source.applications) else 0

    def all_go_on(what):
        before = judged()
        world.wait_for(f"all applications are judged {what}", lambda: judged() > before + 1)

    members = [world.start(PROCESSOR, "--daemon") for _ in range(3)]
    all_go_on("by three")
    for turn in range(6 if world.tools.quick else 30):
        at = turn % len(members)
        member = members[at]
        if turn // 2 % 3 == 0:
            world.kill(member)
        elif turn // 2 % 3 == 1:
            member.send_signal(signal.SIGSTOP)
            world.ask(f"UPDATE leases SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE owner_pid = {member.pid}")
        else:
            world.end(member)
        all_go_on(f"without one of them, turn {turn}")
        if member.poll() is None:
            member.send_signal(signal.SIGCONT)
        else:
            members[at] = world.start(PROCESSOR, "--daemon")
        all_go_on(f"by three again, turn {turn}")
    for process in [*members, feeder]:
        world.end(process)


@scenario("Galera", "the node in use killed before each COMMIT, and brought back", cluster=Cluster)
def galera_node_killed(world):
    killed = []

    def kill_first():
        node = world.database.nodes[0]
        node.kill()
        killed.append(node)

    for program, prepare in ((DATA_AGGREGATOR, lambda: None), (PROCESSOR, lambda: world.poll(4))):
        prepare()
        for turn in range(1, world.points(program).count("before COMMIT") + 1):
            prepare()
            process = world.stopped_at(program, f"before COMMIT:{turn}")
            if process is None:
                continue
            kill_first()
            process.send_signal(signal.SIGCONT)
            code = process.wait(120)
            world.daemons.remove(process)
            if code not in (OK, UNAVAILABLE):
                world.failures.append(f"{program} ended with {code} when its node died")
            # The two that are left serve it.
            world.make_due()
            world.expect(OK, program)
            world.database.start()
    world.notes.append(f"{len(killed)} nodes killed")


@scenario("Galera", "two aggregators and two processors at once on three nodes", cluster=Cluster)
def galera_two_at_once(world):
    other = beside(world)
    for _ in range(6):
        runs = [(host, host.start(program)) for host in (world, other) for program in (DATA_AGGREGATOR, PROCESSOR)]
        for host, process in runs:
            code = process.wait(120)
            host.daemons.remove(process)
            if code not in (OK, BUSY):
                world.failures.append(f"one of several ended with {code}")


def put_off(world):
    """An incident begins or ends, and its mails wait."""
    rate = GOOD if world.source.rate(0) == BAD else BAD
    world.source.rate = lambda number: rate
    world.poll(2)
    world.tools.mail.set_faults({"stage": "mail", "action": "451 4.3.0 later"})
    world.expect(UNAVAILABLE, PROCESSOR)
    world.tools.mail.set_faults()
    world.make_due()


def conflicts(node):
    return sum(int(node.ask(f"SHOW STATUS LIKE '{name}'")[0][1])
               for name in ("wsrep_local_bf_aborts", "wsrep_local_cert_failures"))


@scenario("Galera", "another node commits first what each COMMIT is about to write", cluster=Cluster)
def galera_conflict(world):
    """The later transaction fails at its COMMIT, and is made again from its beginning."""
    first, second = world.database.nodes[:2]
    world.source.rate = lambda number: GOOD
    for program, lease, prepare in ((DATA_AGGREGATOR, "aggregator", lambda: None),
                                    (PROCESSOR, "processor", lambda: world.poll(4)),
                                    (ALERTING_SYSTEM, "delivery", lambda: put_off(world))):
        prepare()
        before = conflicts(first)
        for turn in range(1, world.points(program).count("before COMMIT") + 1):
            prepare()
            process = world.stopped_at(program, f"before COMMIT:{turn}")
            if process is None:
                continue
            second.ask("UPDATE leases SET acquired_at = acquired_at + INTERVAL 1 SECOND"
                       f" WHERE name = '{lease}'", world.schema)
            process.send_signal(signal.SIGCONT)
            code = process.wait(120)
            world.daemons.remove(process)
            if code != OK:
                world.failures.append(f"{program} ended with {code} after a conflict at COMMIT {turn}")
        met = conflicts(first) - before
        world.notes.append(f"{program}: {met} conflicts")
        if met == 0:
            world.failures.append(f"{program} met no conflict")


@scenario("Galera", "a node is asked for what another one committed and it has not applied yet", cluster=Cluster)
def galera_reads(world):
    """A long transaction keeps a node busy for a moment, in which plain reads there see the past."""
    first, second = world.database.nodes[:2]
    reader = World(world.tools, world.name, beside=world, hosts=world.hosts[1:])
    world.ask("CREATE TABLE load_of_another (filler CHAR(200))")
    stale = 0
    for number in range(1, 6):
        first.ask("BEGIN; INSERT INTO load_of_another SELECT 'x' FROM seq_1_to_100000;"
                  "INSERT INTO notifications (id, kind, dedup_key, subject, body_text, body_html, thread_key)"
                  f" VALUES ({number}, 'problem', '{number}', 's', '', '', '{number}');"
                  "INSERT INTO notification_recipients (notification_id, recipient, status)"
                  f" VALUES ({number}, 'nobody@example.test', 'dead'); COMMIT", world.schema)
        stale += second.ask("SELECT COUNT(*) FROM notifications", world.schema) != [[str(number)]]
        shown = json.loads(reader.output(ALERTING_SYSTEM, "dead-letters", "--format", "json"))
        if len(shown) != number:
            world.failures.append(f"{len(shown)} of {number} rows were seen")
    world.notes.append(f"{stale} of 5 plain reads saw the past")
    world.ask("DELETE FROM notification_recipients; DELETE FROM notifications; DROP TABLE load_of_another")
