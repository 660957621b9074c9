"""One installation of the platform for one scenario: database, configuration, applications, Zabbix, and runs of the
real programs, under whatever is done to them."""

import json
import os
import shutil
import signal
import subprocess
import time
import zlib

from fake_zabbix import HOSTID, TOKEN, FakeZabbix
from invariants import Lost
from servers import Database, shifted
from source import BAD, GOOD, Source
from tcp_proxy import Proxy

APPLICATIONS = ("shop", "bank")
OK, UNAVAILABLE, IO, BUSY = 0, 69, 74, 75
USER, PASSWORD = "monitor", "monitor"
CHANGE_AFTER = 12  # seconds; servers and programs are up by then, also on a busy machine
DATA_AGGREGATOR, PROCESSOR, ALERTING_SYSTEM = "data-aggregator", "processor", "alerting-system"


class World:
    """Use as a context manager; a second one with `beside` is another host of the same installation."""

    def __init__(self, tools, name, smtp="plain", extra="", beside=None, interval="300ms", applications=APPLICATIONS,
                 hosts=None, change=None, zone="UTC", cluster=None, share=False):
        self.tools = tools
        self.name = name
        self.environment = {}
        self.change = change  # a time that comes CHANGE_AFTER the start, by the clocks of all that is started here
        offset = 0 if change is None else change - int(time.time()) - CHANGE_AFTER
        self.directory = os.path.join(tools.directory, name + ("-beside" if beside else ""))
        shutil.rmtree(self.directory, ignore_errors=True)
        self.own_database = None
        if change is not None:
            self.environment = shifted(f"{offset:+d}", zone)
            self.own_database = Database(os.path.join(tools.directory, "mariadb-" + name), environment=self.environment)
        if cluster is not None:
            self.own_database = cluster()
            hosts = self.own_database.hosts
        self.hosts = hosts
        self.database = beside.database if beside else self.own_database or tools.database
        self.schema = beside.schema if beside else "f_" + name.replace("-", "_")
        self.state = os.path.join(self.directory, "state")
        os.makedirs(self.state)
        self.domain = beside.domain if beside else name + ".test"
        self.recipients = [f"first@{self.domain}", f"second@{self.domain}"]
        self.source = beside.source if beside else Source(applications, change - 10 if change else None)
        self.zabbix = beside.zabbix if beside else FakeZabbix(offset)
        self.proxy = beside.proxy if beside else Proxy(self.database.port)
        self.lost = beside.lost if beside else Lost()
        self.beside = [] if beside is None else None
        self.daemons = []
        if beside:
            beside.beside.append(self)
        self.kills = 0
        self.notes = []        # what the table tells besides
        self.failures = []     # what went against a scenario's own expectations
        self.config = os.path.join(self.directory, "monitoring.toml")
        self._write_config(smtp, extra, interval, share)
        if beside is None:
            self._make_schema()

    def _write_config(self, smtp, extra, interval, share):
        mail = self.tools.mail.facts
        lines = [f'state_dir = "{self.state}"', "[mysql]",
                 f'hosts = [{", ".join(chr(34) + h + chr(34) for h in self.hosts or [f"127.0.0.1:{self.proxy.port}"])}]',
                 f'user = "{USER}"', f'password = "{PASSWORD}"', f'database = "{self.schema}"',
                 "[smtp]", 'host = "127.0.0.1"', f'port = {mail[smtp + "_port"]}', 'from = "monitoring@example.test"',
                 f'to = [{", ".join(chr(34) + r + chr(34) for r in self.recipients)}]']
        if smtp == "plain":
            lines.append('security = "none"')
        else:
            lines += ['security = "starttls"', f'user = "{mail["user"]}"', f'password = "{mail["password"]}"',
                      f'tls_ca = "{mail["ca"]}"']
        for name in self.source.applications:
            lines += ["[[application]]", f'name = "{name}"', f'url = "{self.source.url(name)}"', 'timeout = "2s"',
                      f'zabbix_hosts = ["{HOSTID}"]']
        lines += ["[zabbix]", f'url = "{self.zabbix.url}"', f'token = "{TOKEN}"']
        for section in ("aggregator", "processor", "alerting"):
            lines += [f"[{section}]", f'interval = "{interval}"', 'listen = "none"']
            if share and section != "alerting":
                lines.append('share = "on"')
        # Incidents come by the dozen here, and each is to be told at once.
        lines += ["flapping = 0", "mails_per_hour = 0", "[[route]]", 'interval = "0s"']
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n" + extra)

    def _make_schema(self):
        self.database.ask(
            f"DROP DATABASE IF EXISTS {self.schema}; CREATE DATABASE {self.schema} CHARACTER SET utf8mb4;"
            f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';"
            f"GRANT ALL ON {self.schema}.* TO '{USER}'@'%'")
        self.expect(OK, DATA_AGGREGATOR, "--migrate")
        # The first pass on a database counts what was recorded minutes ago as done: a scenario may take longer than that.
        self.expect(OK, PROCESSOR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.daemons:
            if process.poll() is None:
                process.kill()
                process.wait()
        if self.beside is not None:
            self.proxy.close()
            self.source.close()
            self.zabbix.close()
        if self.own_database:
            self.own_database.stop()

    def ask(self, statement):
        return self.database.ask(statement, self.schema)

    # Runs ---------------------------------------------------------------------------------------------------------

    @property
    def spool(self):
        return os.path.join(self.state, "spool", self.schema)

    def shim(self, program, **settings):
        """The environment that loads the shim into a program: stop=NUMBER, log=FILE, fail=RULES, disk=DIRECTORY."""
        mail = self.tools.mail.facts
        ports = f"mysql={self.proxy.port},{self._cluster_ports()}http={self.source.port},http={self.zabbix.port}"
        ports += "".join(f",smtp={mail[port]}" for port in ("plain_port", "starttls_port"))
        environment = {"LD_PRELOAD": self.tools.shim, "MON_FAULT_PROGRAM": program, "MON_FAULT_PORTS": ports,
                       "MON_FAULT_DIR": self.spool}
        environment.update({"MON_FAULT_" + name.upper(): str(value) for name, value in settings.items()})
        return environment

    def _cluster_ports(self):
        return "".join(f"mysql={host.rpartition(':')[2]}," for host in self.hosts or [])

    def start(self, program, *arguments, environment=None, binary=None):
        """Starts a program; what it says goes to PROGRAM.log."""
        command = [binary or self.tools.program(program)]
        if program == ALERTING_SYSTEM:
            command.append("deliver")
        command += ["--config", self.config, *arguments]
        with open(os.path.join(self.directory, program + ".log"), "ab") as log:
            log.write(f"$ {' '.join(command)}\n".encode())
            log.flush()
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env={**self.tools.environment, **self.environment, **(environment or {})})
        self.daemons.append(process)
        return process

    def run(self, program, *arguments, environment=None, binary=None, limit=60):
        """The exit code of a run; 137 where it did not end in time."""
        process = self.start(program, *arguments, environment=environment, binary=binary)
        try:
            code = process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.failures.append(f"{program} did not end within {limit} s")
            code = 137
        self.daemons.remove(process)
        return code

    def expect(self, codes, program, *arguments, **options):
        """A run whose exit code is part of what is tested."""
        code = self.run(program, *arguments, **options)
        wanted = codes if isinstance(codes, tuple) else (codes,)
        if code not in wanted:
            self.failures.append(f"{program} ended with {code}, expected {' or '.join(map(str, wanted))}")
        return code

    def output(self, program, *arguments):
        """What a command of a program prints."""
        done = subprocess.run([self.tools.program(program), *arguments, "--config", self.config], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=60,
                              env={**self.tools.environment, **self.environment})
        if done.returncode != OK:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def said(self, program):
        with open(os.path.join(self.directory, program + ".log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def end(self, process, number=signal.SIGTERM, limit=10):
        """Ends a daemon; on SIGTERM it must leave with 0."""
        process.send_signal(number)
        try:
            code = process.wait(limit)
            if number == signal.SIGTERM and code != OK:
                self.failures.append(f"a daemon left with {code} on SIGTERM")
        except subprocess.TimeoutExpired:
            self.failures.append(f"a daemon did not end within {limit} s of SIGTERM")
            process.kill()
            process.wait()
        self.daemons.remove(process)

    def points(self, program, *arguments, **options):
        """The points of a run: a list of texts, the first is point 1."""
        log = os.path.join(self.directory, "points")
        if os.path.exists(log):
            os.remove(log)
        self.run(program, *arguments, environment=self.shim(program, log=log), **options)
        with open(log, encoding="utf-8") as file:
            return [line.rstrip("\n").split(" ", 1)[1] for line in file]

    def stopped_at(self, program, number, *arguments, binary=None, **settings):
        """A run that stands still at a point; None where it ended before."""
        process = self.start(program, *arguments, environment=self.shim(program, stop=number, **settings), binary=binary)
        return process if self.wait_until_stopped(process) else None

    def wait_until_stopped(self, process):
        """False where it ended instead."""
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            return True
        process.returncode = os.waitstatus_to_exitcode(status)
        self.daemons.remove(process)
        return False

    def kill(self, process):
        """SIGKILL from outside; answers that were under way may be lost with it."""
        process.kill()
        process.wait()
        self.daemons.remove(process)
        self.kills += 1

    # Small steps of scenarios ---------------------------------------------------------------------------------------

    def poll(self, times=1, codes=OK):
        for _ in range(times):
            self.expect(codes, DATA_AGGREGATOR)

    def spooled(self):
        """How many samples wait on disk, as the spool's own files tell."""
        state = self.spool_state()
        return state["last"] - state["freed"] if state else 0

    def spool_state(self):
        """The younger of the slots that are whole, see data-aggregator/spool/src/spool_state.h."""
        try:
            with open(os.path.join(self.spool, "state"), "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return None
        slots = [json.loads(line[8:]) for line in lines if line[:8] == b"%08x" % zlib.crc32(line[8:] + b"\n")]
        return max(slots, key=lambda slot: slot["round"], default=None)

    def minute_passes(self):
        """For data-aggregator the database has been away for a minute more."""
        path = os.path.join(self.spool, "edge.json")
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
        state["away_since"] -= 60
        with open(path, "w", encoding="utf-8") as file:
            json.dump(state, file)

    def make_due(self):
        """The wait for the next attempt is over."""
        self.ask("UPDATE notification_recipients SET next_attempt_at = NOW(3) WHERE next_attempt_at IS NOT NULL")

    def expire(self, lease):
        """A lease runs out, as it does by itself in time."""
        self.ask(f"UPDATE leases SET expires_at = NOW(3) - INTERVAL 1 SECOND WHERE name = '{lease}' AND expires_at IS NOT NULL")

    def wait_for(self, what, ready, limit=30):
        deadline = time.monotonic() + limit
        while not ready():
            if time.monotonic() > deadline:
                self.failures.append(f"{what}: not within {limit} s")
                return False
            time.sleep(0.02)
        return True

    def rows(self):
        return int(self.ask("SELECT COUNT(*) FROM hyphenmon_metrics")[0][0])

    # The end --------------------------------------------------------------------------------------------------------

    def settle(self):
        """Everything is well again: run the programs until nothing waits any more."""
        self.proxy.heal()
        self.source.set_mode("well")
        self.zabbix.mode = "well"
        self.tools.mail.set_faults()
        for host in [self] + (self.beside or []):
            self._empty_spool(host)
        # Not an incident that is over when it is found out: that one is told by a single mail.
        self.source.rate = lambda number: BAD
        self.poll()
        self._deliver_all()
        self.source.rate = lambda number: GOOD
        self.poll(3)
        self._deliver_all()

    def _deliver_all(self):
        for _ in range(20):
            self.make_due()
            code = self.run(PROCESSOR)
            waiting = self.ask("SELECT COUNT(*) FROM notification_recipients WHERE next_attempt_at IS NOT NULL"
                               " AND status IN ('queued', 'sending', 'uncertain')")
            if code == OK and waiting == [["0"]]:
                return
        self.failures.append("mails still wait after 20 passes")

    def _empty_spool(self, host):
        for _ in range(20):
            if host.run(DATA_AGGREGATOR) == OK and host.spooled() == 0:
                return
        self.failures.append(f"the spool of {host.directory} is not empty after 20 runs")
