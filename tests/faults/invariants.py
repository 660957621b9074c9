"""What must hold after every fault, once everything is well again. Each check gives a list of complaints."""

import fcntl
import os
from collections import Counter, defaultdict

from fake_zabbix import ITEMIDS

THRESHOLD = 0.5


class Lost:
    """Samples whose loss is promised away: answers in flight at a SIGKILL, and what the programs said was lost."""

    def __init__(self):
        self.kills = []  # (application, numbers): of these at most one may be missing
        self.said = 0    # dropped by a program that had no place for them, and said so

    def at_kill(self, before, after, known=0):
        """Notes what was delivered around a kill; `known`: how many before it may not have been stored yet."""
        for name, numbers in after.items():
            self.kills.append((name, set(numbers[max(0, len(before[name]) - known):])))

    def explains(self, name, numbers):
        """How many of these missing samples of an application are allowed to be."""
        return sum(1 for application, around in self.kills if application == name and around & set(numbers))


def samples(world):
    """Each sample that an application gave away is in the table once, as it was sent."""
    complaints = []
    delivered = world.source.delivered()
    stored = defaultdict(Counter)
    for name, timestamp, number, rate in world.ask(
            "SELECT application, timestamp, response_time_ms, error_rate FROM hyphenmon_metrics"):
        number = int(number)
        stored[name][number] += 1
        application = world.source.applications.get(name)
        if application is None or int(timestamp) != world.source.begin + number \
                or abs(float(rate) - application.sent.get(number, -1)) > 1e-6:
            complaints.append(f"{name} {number}: stored otherwise than sent")
    missing = {name: sorted(set(numbers) - set(stored[name])) for name, numbers in delivered.items()}
    gaps = sum(len(numbers) for numbers in missing.values())
    unexplained = gaps - sum(world.lost.explains(name, numbers) for name, numbers in missing.items())
    if unexplained != world.lost.said:
        complaints.append(f"{unexplained} lost without a word, {world.lost.said} said to be: {missing}")
    for name, numbers in stored.items():
        twice = [n for n, count in numbers.items() if count > 1]
        if twice:
            complaints.append(f"{name}: stored twice: {twice[:8]}")
    total = sum(len(numbers) for numbers in delivered.values())
    world.notes.append(f"{total} samples" + (f", {gaps} lost as allowed" if gaps and not complaints else ""))
    return complaints


def zabbix_values(world):
    """Each value up to the host's mark is there once (a second copy is impossible: it is the primary key)."""
    marks = world.ask("SELECT read_until FROM zabbix_hosts")
    if not marks:
        return ["Zabbix has never been read"]
    complaints = []
    for itemid in ITEMIDS:
        rows = world.ask(f"SELECT clock, COALESCE(value_uint, value) FROM zabbix_history WHERE itemid = {itemid}"
                         f" AND clock <= {marks[0][0]}")
        wrong = [clock for clock, value in rows if float(value) != int(clock) - world.zabbix.begin]
        missing = set(world.zabbix.clocks(int(marks[0][0]))) - {int(clock) for clock, _ in rows}
        if wrong:
            complaints.append(f"item {itemid}: {len(wrong)} stored otherwise than sent")
        if missing:
            complaints.append(f"item {itemid}: {len(missing)} values missing, first {min(missing)}")
    return complaints


def accounted(world):
    """received = what became of them + what waits, on every host."""
    complaints = []
    for host in [world] + (world.beside or []):
        state = host.spool_state()
        if state is None:
            continue
        totals = dict(state["totals"])
        received = totals.pop("received", 0)
        waiting = state["last"] - state["freed"]
        if received != sum(totals.values()) + waiting:
            complaints.append(f"received {received}, accounted {sum(totals.values())} + {waiting} waiting: {totals}")
        if waiting:
            complaints.append(f"{waiting} still in the spool")
    return complaints


def incidents(rows):
    """Of one application's rows in the order of their time: (first bad, first good after it)."""
    found = []
    begun = None
    good = 0
    for timestamp, rate in rows:
        if rate > THRESHOLD:
            begun = begun or timestamp
            good = 0
        elif begun:
            good += 1
            if good == 2:
                found.append(begun)
                begun, good = None, 0
    return found + ([begun] if begun else [])


def mails(world):
    """Each recipient is told once that an incident begins and once that it ends, and no mail is without one."""
    rows = defaultdict(list)
    for name, timestamp, rate in world.ask(
            "SELECT application, timestamp, error_rate FROM hyphenmon_metrics ORDER BY timestamp"):
        rows[name].append((int(timestamp), float(rate)))
    complaints = []
    expected_of_all = 0
    for name in world.source.applications:
        expected = len(incidents(rows[name]))
        expected_of_all += expected
        statuses = world.ask(f"SELECT status FROM alerts WHERE application = '{name}'")
        if len(statuses) != expected:
            complaints.append(f"{name}: {len(statuses)} alerts, {expected} incidents")
        if any(status != "resolved" for status, in statuses):
            complaints.append(f"{name}: an alert is still open")
    recipients = [each for each in world.recipients if each not in getattr(world, "refused", ())]
    received = world.tools.mail.mails(world.domain)
    complaints += told_otherwise(world, recipients) + received_otherwise(world, recipients, received)
    repeats = len(received) - len({(recipient, message_id) for recipient, message_id, _ in received})
    world.notes.append(f"{expected_of_all} incidents" + (f", {repeats} mails repeated" if repeats else ""))
    return complaints


def told_otherwise(world, recipients):
    """Of the mails that were queued or sent past the queue: which alert they tell whom of. One whose end was known by
    then is told by a single mail, "both"."""
    begins, ends = Counter(), Counter()
    for alert, kind, recipient, count in world.ask(
            "SELECT a.alert_id, a.kind, r.recipient, COUNT(*) FROM notification_alerts a"
            " JOIN notification_recipients r ON r.notification_id = a.notification_id GROUP BY 1, 2, 3"):
        begins[alert, recipient] += int(count) if kind != "recovery" else 0
        ends[alert, recipient] += int(count) if kind in ("recovery", "both") else 0
    return [f"alert {alert}: {begins[alert, recipient]} mails to {recipient} that it begins, {ends[alert, recipient]} that it ends"
            for alert, in world.ask("SELECT id FROM alerts") for recipient in recipients
            if (begins[alert, recipient], ends[alert, recipient]) != (1, 1)]


def received_otherwise(world, recipients, received):
    """Of the mails that came: each that was queued came, by the same Message-ID where it came more than once."""
    subjects = defaultdict(set)
    for recipient, message_id, subject in received:
        if any(name in subject for name in world.source.applications):  # others are about the platform itself
            subjects[recipient, message_id].add(subject)
    complaints = [f"{message_id} came with two subjects" for (_, message_id), seen in subjects.items() if len(seen) > 1]
    queued = dict(world.ask("SELECT recipient, COUNT(*) FROM notification_recipients GROUP BY recipient"))
    for recipient in recipients:
        came = sum(1 for to, _ in subjects if to == recipient)
        if came != int(queued.get(recipient, 0)):
            complaints.append(f"{recipient}: {came} mails came, {queued.get(recipient, 0)} were to")
    return complaints


def processes(world):
    """Nothing that was started with this configuration is left."""
    left = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if world.directory.encode() in file.read():
                    left.append(pid)
        except OSError:
            pass
    return [f"processes left: {left}"] if left else []


def locks(world):
    """No lease and no file lock is held, no transaction is open."""
    complaints = [f"lease {name} is held" for name, in world.ask("SELECT name FROM leases WHERE expires_at IS NOT NULL")]
    for host in [world] + (world.beside or []):
        path = os.path.join(host.spool, "lock")
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                complaints.append("the spool is locked")
    open_ones = world.ask(
        "SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
        f" ON p.id = t.trx_mysql_thread_id WHERE p.db = '{world.schema}' AND p.id <> CONNECTION_ID()")
    return complaints + ([] if open_ones == [["0"]] else ["a transaction is open"])


ALL = {"samples once": samples, "Zabbix values": zabbix_values, "accounted": accounted, "mails": mails,
       "no process": processes, "no lock": locks}
