"""A Galera cluster of three nodes on loopback."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

from servers import common

LIBRARY = "/usr/lib/galera/libgalera_smm.so"


class Node:
    def __init__(self, directory, number, peers):
        self.directory = os.path.join(directory, f"node{number}")
        self.port, self.group, self.ist, self.sst = peers[number]
        self.peers = peers
        self.number = number
        self.socket = os.path.join(self.directory, "s")
        self.process = None
        os.makedirs(self.directory)

    def command(self, first):
        data = os.path.join(self.directory, "data")
        others = "" if first else ",".join(f"127.0.0.1:{peer[1]}" for peer in self.peers)
        options = (f"base_port={self.group};gmcast.listen_addr=tcp://127.0.0.1:{self.group};"
                   f"ist.recv_addr=127.0.0.1:{self.ist};ist.recv_bind=127.0.0.1:{self.ist};"
                   "evs.keepalive_period=PT0.5S;evs.suspect_timeout=PT2S;evs.inactive_timeout=PT5S;gcache.size=32M")
        return ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={self.socket}", f"--port={self.port}",
                "--bind-address=127.0.0.1", "--skip-name-resolve", f"--pid-file={self.directory}/pid",
                f"--tmpdir={self.directory}", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M",
                "--innodb-flush-method=nosync", "--performance-schema=OFF", "--max-connections=100", "--skip-ssl",
                "--binlog-format=ROW", "--log-bin-trust-function-creators=1", "--innodb-autoinc-lock-mode=2", "--wsrep-on=ON", f"--wsrep-provider={LIBRARY}",
                f"--wsrep-cluster-address=gcomm://{others}", "--wsrep-cluster-name=faults",
                f"--wsrep-node-name=node{self.number}", f"--wsrep-node-address=127.0.0.1:{self.group}",
                "--wsrep-sst-method=rsync", f"--wsrep-sst-receive-address=127.0.0.1:{self.sst}",
                f"--wsrep-provider-options={options}"] + (["--wsrep-new-cluster"] if first else []) + as_mysql()

    def start(self, first=False):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(self.command(first), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)

    def log_tail(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-15:])

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def ask(self, statement, database=""):
        done = subprocess.run(["mariadb", "--no-defaults", "--skip-ssl", f"--socket={self.socket}", "-uroot", "-N", "-B",
                               database],
                              input=statement, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{statement}: {done.stderr.strip()}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def is_synced(self):
        try:
            return self.ask("SHOW STATUS LIKE 'wsrep_local_state_comment'")[0][1] == "Synced"
        except (RuntimeError, IndexError):
            return False


def as_mysql():
    """The copying of a node refuses to run as root."""
    return ["--user=mysql"] if os.geteuid() == 0 else []


class Cluster:
    """Has what World wants of a database; asks the first node that lives."""

    def __init__(self):
        # Where the account mysql can reach it.
        self.directory = directory = tempfile.mkdtemp(prefix="mon-galera-")
        os.chmod(directory, 0o755)
        peers = [tuple(common.free_port() for _ in range(4)) for _ in range(3)]
        self.nodes = [Node(directory, number, peers) for number in range(3)]
        try:
            self._create()
        except BaseException:
            self.stop()
            raise

    def _create(self):
        for node in self.nodes:
            if as_mysql():
                shutil.chown(node.directory, "mysql")
            data = os.path.join(node.directory, "data")
            subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                            "--auth-root-authentication-method=normal", "--skip-name-resolve", "--force",
                            "--innodb-log-file-size=32M", *as_mysql()], check=True, stdout=subprocess.DEVNULL)
        for number, node in enumerate(self.nodes):
            node.start(first=number == 0)
            self.wait(node)

    @property
    def port(self):
        return self.nodes[0].port

    @property
    def hosts(self):
        return [f"127.0.0.1:{node.port}" for node in self.nodes]

    @staticmethod
    def wait(node):
        deadline = time.monotonic() + 90
        while not node.is_synced():
            if time.monotonic() > deadline or node.process.poll() is not None:
                raise RuntimeError(f"node {node.number} of the cluster did not join, its log ends:\n{node.log_tail()}")
            time.sleep(0.1)

    def ask(self, statement, database=""):
        for node in self.nodes:
            if node.process.poll() is None and node.is_synced():
                return node.ask(statement, database)
        raise RuntimeError("no node of the cluster is synced")

    def start(self):
        """Brings back what was killed."""
        for node in self.nodes:
            if node.process.poll() is not None:
                node.start()
                self.wait(node)

    def stop(self):
        for node in self.nodes:
            node.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
