"""Starts the servers of tests/servers and keeps them while the story runs."""

import json
import os
import subprocess

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Server:
    """One server script. It lives as long as its standard input is open, so it cannot outlive this process."""

    def __init__(self, name, directory, *arguments):
        self.name = name
        # Not our own standard error: who pipes that would wait for its end as long as --keep keeps the servers.
        self._log = directory + ".log"
        with open(self._log, "w", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                ["/usr/bin/python3", os.path.join(PROJECT, "tests", "servers", name + ".py"), "--dir", directory, *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        self.facts = None

    def wait_ready(self):
        """Its facts (ports, accounts, files), once it is up."""
        line = self._process.stdout.readline()
        if not line:
            with open(self._log, encoding="utf-8", errors="replace") as log:
                raise RuntimeError(f"the {self.name} server did not start. Its own words:\n{log.read().strip()}")
        self.facts = json.loads(line)
        return self.facts

    def close(self):
        if self._process.stdin:
            self._process.stdin.close()

    def wait_closed(self):
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
