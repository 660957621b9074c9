"""The servers of a measurement: each started when it is first needed, private, ended with the measurement."""

import json
import os
import re
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def start_server(script, *arguments):
    """One of tests/servers: its process, which ends when its standard input does, and its facts."""
    process = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests", "servers", script), *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line:
        sys.exit(f"{script} did not start")
    facts = json.loads(line)
    share_priority(facts.get("pid"))
    return process, facts


def share_priority(pid):
    """A session of its own has a priority of its own: beside other load one side of a pair would have been starved."""
    try:
        with open("/proc/self/autogroup", encoding="ascii") as file:
            nice = file.read().split()[-1]
        with open(f"/proc/{pid}/autogroup", "w", encoding="ascii") as file:
            file.write(nice)
    except OSError:
        pass  # no such groups here, and so no difference


def cpu_seconds(pid):
    """Of a process with all its threads, so far."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Mariadb:
    """The private database server, asked through its command line client."""

    def __init__(self, directory, *options):
        self.process, self.facts = start_server("mariadb.py", "--dir", directory, *options)

    def ask(self, sql, database=""):
        command = ["mariadb", "--no-defaults", "--socket", self.facts["socket"], "-uroot", "-N", "-B", "--raw", database]
        done = subprocess.run([part for part in command if part], input=sql, text=True, capture_output=True, check=False,
                              env={**os.environ, "MYSQL_PWD": self.facts["password"]})
        if done.returncode != 0:
            sys.exit(f"{sql[:200]}: {done.stderr}")
        return done.stdout

    def environment(self, database):
        return {"MYSQL_HOST": "127.0.0.1", "MYSQL_PORT": str(self.facts["port"]), "MYSQL_USER": "root",
                "MYSQL_PASSWORD": self.facts["password"], "MYSQL_DATABASE": database}

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Hyphenmon:
    """The mock application on a free port."""

    def __init__(self, program, *arguments):
        self.process = subprocess.Popen([program, "--listen", "127.0.0.1:0", "--seed", "1", *arguments],
                                        stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"http://\S+", self.process.stdout.readline()).group()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
