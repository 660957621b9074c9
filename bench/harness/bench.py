"""What a row gets to measure with, and the register of the rows."""

import dataclasses
import os
import shutil
import subprocess
import sys
import time
from typing import Callable

from harness.measure import report_of
from harness.servers import Hyphenmon, Mariadb, cpu_seconds

DATABASE = "monitoring_db"
# Large enough that a comparison is not one of how often the log is emptied; both sides have the same.
SERVER = ("--buffer-pool=1G", "--no-tls", "--option=--innodb-log-file-size=512M", "--option=--secure-file-priv=")


@dataclasses.dataclass
class Row:
    name: str
    title: str
    measure: Callable


_rows = {}


def row(name, title):
    def register(measure):
        _rows[name] = Row(name, title, measure)
        return measure
    return register


def rows_by_name():
    return _rows


class Bench:
    """Programs, directories and servers of one row. The database is there from its first use on."""

    def __init__(self, options, directory):
        self.quick = options.quick
        self.directory = directory
        self._rounds = options.rounds
        self.build = os.path.abspath(options.build)
        self._database = None
        self._to_stop = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in reversed(self._to_stop):
            server.stop()
        return False

    def keep(self, server):
        """Is stopped with the row."""
        self._to_stop.append(server)
        return server

    def size(self, full, quick):
        return quick if self.quick else full

    def rounds(self, full):
        return self._rounds or (1 if self.quick else full)

    def program(self, name):
        path = os.path.join(self.build, "bin", name)
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: deploy/install-packages build quickstart bench,"
                     " cmake --preset release && ninja -C build/release bench_all")
        return path

    def path(self, name):
        return os.path.join(self.directory, name)

    @property
    def database(self):
        """With the tables of sql/."""
        if self._database is None:
            self.use_database(*SERVER)
            self.new_database(DATABASE)
        return self._database

    def use_database(self, *options):
        """A server with other options, and no tables yet, instead of the one before."""
        if self._database is not None:
            self._to_stop.remove(self._database)
            self._database.stop()
            shutil.rmtree(self.path("mariadb"))
        self._database = self.keep(Mariadb(self.path("mariadb"), *options))

    def new_database(self, name):
        self.database.ask(f"CREATE DATABASE {name}")
        subprocess.run([self.program("data-aggregator"), "--migrate"], env=self.environment(database=name), check=True,
                       stdout=subprocess.DEVNULL)

    def settle(self):
        """Waits until the server has cleared away what was replaced: its work would fall on who comes next."""
        for _ in range(600):
            left = self.database.ask("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'").split()
            if not left or int(left[1]) < 10:
                return
            time.sleep(0.1)

    def report(self, *command, configuration="", standard_input="", database=DATABASE):
        """Runs one of our measuring programs against the database: what it prints, and `cpu`, the seconds of CPU time
        that it and the server took."""
        server = self.database.facts["pid"]
        before = cpu_seconds(server) + sum(os.times()[2:4])
        found = report_of([str(part) for part in command], self.environment(configuration, database), standard_input)
        return {**found, "cpu": cpu_seconds(server) + sum(os.times()[2:4]) - before}

    def hyphenmon(self, *arguments):
        return self.keep(Hyphenmon(self.program("hyphenmon"), *arguments))

    def environment(self, configuration="", database=DATABASE, **variables):
        """Of our programs: this database, a configuration file of this text and a state directory of its own."""
        server = self.database.environment(database)  # its first use writes a configuration of its own
        file = self.path(f"{database}.toml")
        with open(file, "w", encoding="utf-8") as out:
            out.write(configuration)
        state = self.path("state-" + database)
        os.makedirs(state, exist_ok=True)
        return {"PATH": os.environ["PATH"], "HOME": self.directory, "MONITORING_CONFIG": file,
                "MONITORING_STATE_DIR": state, **server, **variables}

    @staticmethod
    def some_time_ago(seconds):
        """A full ten seconds."""
        return int(time.time() - seconds) // 10 * 10
