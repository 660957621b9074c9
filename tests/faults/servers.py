"""The real servers that the scenarios break: started once, stopped and killed as a scenario wants it."""

import email
import email.policy
import json
import os
import secrets
import signal
import subprocess
import sys

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers")
sys.path.insert(0, SCRIPTS)
import server as common  # noqa: E402 pylint: disable=wrong-import-position

PYTHON = "/usr/bin/python3"
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def shifted(shift, zone="UTC"):
    """The environment of a program whose clock is wrong by "+1h", "-55m", "+12345"."""
    if not os.path.exists(FAKETIME):
        raise RuntimeError("faketime is not installed (deploy/packages/test)")
    return {"LD_PRELOAD": FAKETIME, "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": zone}


class Script:
    """A script of tests/servers; it ends with its standard input."""

    def __init__(self, name, *arguments):
        self._process = subprocess.Popen([PYTHON, os.path.join(SCRIPTS, name), *arguments], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{name} did not start")
        self.facts = json.loads(line)

    def stop(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Database:
    """A MariaDB that keeps port, password and data over its restarts."""

    def __init__(self, directory, *options, environment=None):
        self.port = common.free_port()
        self.password = secrets.token_hex(12)
        # Survives the end of the process, which is all that happens here; a disk need not be waited for.
        self._arguments = ["--dir", directory, "--port", str(self.port), "--password", self.password, "--no-tls",
                           "--option=--innodb-flush-method=nosync", *(f"--option={option}" for option in options),
                           *(f"--environment={name}={value}" for name, value in (environment or {}).items())]
        self._script = None
        self.start()

    def start(self):
        if self._script is None:
            self._script = Script("mariadb.py", *self._arguments)
            self.socket = self._script.facts["socket"]

    def stop(self):
        if self._script is not None:
            self._script.stop()
            self._script = None

    def kill(self):
        """From outside, with no time to say goodbye."""
        os.kill(self._script.facts["pid"], signal.SIGKILL)
        self.stop()

    def ask(self, statement, database=""):
        """The rows of a statement, as lists of texts; NULL is "NULL"."""
        done = subprocess.run(["mariadb", "--no-defaults", "--skip-ssl", f"--socket={self.socket}", "-uroot", "-N", "-B",
                               database],
                              input=statement, capture_output=True, text=True, check=False,
                              env={**os.environ, "MYSQL_PWD": self.password})
        if done.returncode != 0:
            raise RuntimeError(f"{statement}: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]


class MailServer:
    def __init__(self, directory):
        self._script = Script("smtp.py", "--dir", directory)
        self.facts = self._script.facts

    def set_faults(self, *faults):
        path = self.facts["faults"]
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(list(faults), file)
        os.rename(path + ".new", path)

    def mails(self, domain):
        """The headers of all mails to recipients of a domain: recipient, Message-ID, Subject."""
        found = []
        for name in sorted(os.listdir(self.facts["mails"])):
            if not name.endswith(".eml"):
                continue
            path = os.path.join(self.facts["mails"], name)
            with open(path[:-3] + "json", encoding="utf-8") as file:
                recipients = [to for to in json.load(file)["to"] if to.endswith("@" + domain)]
            if recipients:
                found += [(recipient, *headers(path)) for recipient in recipients]
        return found

    def stop(self):
        self._script.stop()


def headers(path):
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file, policy=email.policy.default)
    return message["Message-ID"], message["Subject"]
