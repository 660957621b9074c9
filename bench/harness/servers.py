"""The servers of a measurement: each started when it is first needed, private, ended with the measurement."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

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


def free_port(host="127.0.0.1"):
    with socket.socket() as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Daemon:
    """One of our programs with --daemon; where it listens on a port, its metrics can be asked for."""

    def __init__(self, program, environment, port=None):
        self._process = subprocess.Popen([program, "--daemon"], env=environment, stdout=subprocess.DEVNULL)
        self.pid = self._process.pid
        self._port = port

    def metric(self, name):
        """The sum over all labels; nothing before the first of them."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=10) as answer:
                found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", answer.read().decode(), re.MULTILINE)
        except OSError:
            return None
        return sum(map(float, found)) if found else None

    def memory(self, field):
        """In MB: VmRSS now, VmHWM at most."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(field)) / 1024

    def stop(self):
        self._process.terminate()
        self._process.wait()


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


class Zabbix:
    """An API on a free port that has the first `count` of the rows that others store, from the second `begin` on. Without
    numbers of items and hosts it has one host."""

    def __init__(self, program, count, begin, *items_and_hosts):
        self.process = subprocess.Popen([program] + [str(number) for number in (count, begin, *items_and_hosts)],
                                        stdout=subprocess.PIPE, text=True)
        self._base = self.process.stdout.readline().strip()
        if not self._base:
            sys.exit(f"{program} did not start")
        self.url = f"{self._base}/api_jsonrpc.php"

    def calls(self):
        """The bodies of all calls since it was last asked, a line each."""
        with urllib.request.urlopen(f"{self._base}/calls") as answer:
            return answer.read().decode()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Nginx:
    """One worker on a free port of all loopback addresses, which answers everything with `body`: from a file, or with the
    epoch second in the place of `$second`."""

    def __init__(self, directory, body, static=False):
        os.makedirs(directory, exist_ok=True)
        self.port = free_port("0.0.0.0")
        self.url = f"http://127.0.0.1:{self.port}/metrics"
        with open(os.path.join(directory, "metrics"), "w", encoding="utf-8") as file:
            file.write(body)
        answer = f"root {directory};" if static else f"return 200 '{body}';"
        with open(os.path.join(directory, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(f"""user root; daemon off; worker_processes 1; worker_rlimit_nofile 65536; pid {directory}/pid;
error_log {directory}/error.log; events {{ worker_connections 32768; }}
http {{ access_log off; keepalive_requests 1000000; keepalive_timeout 300s; default_type application/json;
map $msec $second {{ ~^(?<whole>[0-9]+) $whole; }}
client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
uwsgi_temp_path {directory}; scgi_temp_path {directory};
server {{ listen 0.0.0.0:{self.port} backlog=4096; location / {{ {answer} }} }} }}
""")
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", os.path.join(directory, "nginx.conf"), "-p", directory],
                                        stderr=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit("nginx did not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()
