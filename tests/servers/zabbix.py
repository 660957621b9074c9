"""A real Zabbix from Debian's packages on free ports of 127.0.0.1: server, agent, web API and its own MariaDB.

    zabbix.py --dir DIR                               the distribution's Zabbix
    zabbix.py --dir DIR --root ROOT --version 5.0     the Zabbix inside a debootstrap root (needs root rights)
    zabbix.py --dir DIR --probes 110                  one more host, probed, with items probe[1] to probe[110]

Prints one line of JSON when it is ready: url and version of the API; port of the server for zabbix_sender; the hosts
app-1 (all kinds of items), app-2 (in another group) and app-off (disabled) with their ids as hostids, itemids (by host
and key) and groupids; the accounts admin, monitor (sees all) and limited (sees the group of app-1) as NAME_user and
NAME_password; token of monitor ("" where the version has none); pids. It is ready when the API answers and the server
takes values; the first values of the agent are there some seconds later. DIR is kept; the next start on it is quick.
"""

import gzip
import json
import os
import random
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading

import server
import zabbix_api
from mariadb import Root, run_to_end

# What it holds is worth nothing after a power cut, and most of a first start is the import.
DATABASE_OPTIONS = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync",
                    "--loose-sync-frm=0", "--skip-log-bin", "--max-allowed-packet=64M"]
ROWS_A_STATEMENT = 1000
FRONTEND = "/usr/share/zabbix"
# A unix socket's path is at most 107 bytes, of which Zabbix's own names take up to 45.
LONGEST_DIRECTORY = 60


class Database:
    """The MariaDB under it, run by mariadb.py; always this system's, whatever root Zabbix is from."""

    def __init__(self, directory):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mariadb.py")
        options = [f"--option={option}" for option in DATABASE_OPTIONS]
        self.process = subprocess.Popen(
            [sys.executable, script, "--dir", directory, "--no-tls", "--buffer-pool", "256M"] + options,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the database under Zabbix did not start")
        self.facts = json.loads(line)

    def run(self, sql, database=""):
        command = [Root(None, []).which("mariadb", "mysql"), "--no-defaults", f"--socket={self.facts['socket']}",
                   "-uroot", "--skip-ssl", "--default-character-set=utf8mb4", "--batch", database]
        environment = {**os.environ, "MYSQL_PWD": self.facts["password"]}
        done = subprocess.run([part for part in command if part], input=sql, env=environment, capture_output=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the database under Zabbix: {done.stderr.decode(errors='replace')[-2000:]}")
        return done.stdout.decode()

    def stop(self):
        """By closing its standard input; it ends its server by itself."""
        self.process.stdin.close()
        self.process.wait()


class Memory:
    """What a later start on the same directory has to know, in DIR/zabbix.json."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "zabbix.json")
        self.facts = {}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                self.facts = json.load(file)

    def save(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            os.chmod(self.path + ".new", 0o600)
            json.dump(self.facts, file)
        os.replace(self.path + ".new", self.path)


def free_low_port():
    """Zabbix takes no port above 32767, and free ones that the kernel picks begin there."""
    while True:
        port = random.randint(20000, 32767)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def kept_port(memory, name):
    """The port of the last time where it is free, so that nothing has to be moved."""
    port = memory.facts.get(name)
    if port is None or server.port_answers(port)():
        port = free_low_port()
    memory.facts[name] = port
    return port


def new_passwords():
    # A digit, both cases and a sign, and never the user's name: the API's policy asks for that.
    return {name: "Aa1-" + secrets.token_hex(10) for name in ("admin", "monitor", "limited", "database")}


def joined_inserts(lines):
    """Zabbix's data is one INSERT a row; neighbours of one table become one statement, several times as fast."""
    kept, rows = b"", []
    for line in lines:
        head, values, row = line.partition(b" values (")
        single = values and head.startswith(b"INSERT INTO") and line.endswith(b");\n")
        if rows and (not single or head != kept or len(rows) >= ROWS_A_STATEMENT):
            yield kept + b" values " + b",".join(rows) + b";\n"
            rows = []
        if single:
            kept = head
            rows.append(b"(" + row[:-2])
        else:
            yield line
    if rows:
        yield kept + b" values " + b",".join(rows) + b";\n"


def import_schema(database, root, version, passwords):
    """Creates and fills the database; a few seconds, nearly all of a first start."""
    package = (root.path or "") + "/usr/share/zabbix-server-mysql"
    charset = b"utf8mb4" if version >= (6, 0) else b"utf8mb3"  # an index of 5.0 is too long for four bytes
    database.run(b"DROP DATABASE IF EXISTS zabbix;"
                 b"CREATE DATABASE zabbix CHARACTER SET " + charset + b" COLLATE " + charset + b"_bin;"
                 b"CREATE OR REPLACE USER zabbix@'127.0.0.1' IDENTIFIED BY '" + passwords["database"].encode() + b"';"
                 b"GRANT ALL ON zabbix.* TO zabbix@'127.0.0.1';")
    for part in ("schema", "images", "data"):
        with gzip.open(f"{package}/{part}.sql.gz") as file:
            statements = b"".join(joined_inserts(file))
        database.run(b"SET autocommit=0, unique_checks=0, foreign_key_checks=0;\n" + statements + b"\nCOMMIT;\n",
                     "zabbix")


def replace_admin_password(database, root, php, password):
    """Before the API is up: the password that everybody knows never works here, not even for a second."""
    script = "echo password_hash(trim(fgets(STDIN)), PASSWORD_BCRYPT);"
    done = subprocess.run(root.command([php, "-r", script]), input=password, capture_output=True, text=True, check=True)
    column = "username" if "username" in database.run(b"DESCRIBE users", "zabbix") else "alias"
    database.run(f"UPDATE users SET passwd = '{done.stdout}' WHERE {column} = 'Admin'".encode(), "zabbix")


def copy_frontend(root, target):
    """A copy, for Debian's has the absolute name of its one configuration file compiled in."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree((root.path or "") + FRONTEND, target, symlinks=True, ignore=shutil.ignore_patterns("locale"))
    path = os.path.join(target, "include/classes/core/CConfigFile.php")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text, count = re.subn(r"(CONFIG_FILE_PATH\s*=\s*)'[^']*'", rf"\1'{target}/zabbix.conf.php'", text)
    if count != 1:
        raise RuntimeError("the frontend has another CConfigFile.php than expected")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_frontend_config(target, database, password, server_port):
    lines = ["<?php", "$DB['TYPE'] = 'MYSQL';", "$DB['SERVER'] = '127.0.0.1';",
             f"$DB['PORT'] = '{database.facts['port']}';", "$DB['DATABASE'] = 'zabbix';", "$DB['USER'] = 'zabbix';",
             f"$DB['PASSWORD'] = '{password}';", "$DB['SCHEMA'] = '';", "$DB['ENCRYPTION'] = false;",
             "$DB['DOUBLE_IEEE754'] = true;", "$ZBX_SERVER = '127.0.0.1';", f"$ZBX_SERVER_PORT = '{server_port}';",
             "$ZBX_SERVER_NAME = '';", "$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;"]
    write_private(os.path.join(target, "zabbix.conf.php"), lines)


def write_private(path, lines):
    with open(path, "w", encoding="utf-8") as file:
        os.chmod(path, 0o600)
        file.write("\n".join(lines) + "\n")


def server_config(sockets, version, database, password, port):
    lines = ["LogType=console", f"PidFile={sockets}/server.pid", f"SocketDir={sockets}", "AllowRoot=1",
             "ListenIP=127.0.0.1", f"ListenPort={port}", "DBHost=127.0.0.1", f"DBPort={database.facts['port']}",
             "DBName=zabbix", "DBUser=zabbix", f"DBPassword={password}", "CacheUpdateFrequency=1",
             "UnreachableDelay=2", "StartPollers=2", "StartTrappers=2", "StartPingers=0", "StartDiscoverers=0",
             "StartHTTPPollers=0", "StartPreprocessors=1", "StartDBSyncers=1", "StartAlerters=1", "Timeout=4"]
    if version >= (6, 0):
        lines.append("AllowUnsupportedDBVersions=1")  # this system's MariaDB may be newer than Zabbix knows
    if version >= (7, 0):
        lines.append("EnableGlobalScripts=0")
    return lines


def agent_config(directory, port):
    return ["LogType=console", f"PidFile={directory}/agent.pid", "AllowRoot=1", "Server=127.0.0.1",
            "ListenIP=127.0.0.1", f"ListenPort={port}", "Hostname=app-1", "StartAgents=2", "Timeout=4"]


def package_version(root, binary):
    text = run_to_end(root.command([binary, "-V"]), "zabbix_server -V")
    return tuple(int(number) for number in re.search(r"\(Zabbix\)\s+(\d+)\.(\d+)", text).groups())


class Zabbix:
    """The parts of one server, started in the order in which they need each other."""

    def __init__(self, servers, root, database, sockets, probes):
        self.servers = servers
        self.probes = probes
        self.root = root
        self.database = database
        self.sockets = sockets
        self.directory = servers.directory
        self.memory = Memory(self.directory)
        self.frontend = os.path.join(self.directory, "frontend")
        self.php = root.which("php")
        self.server_binary = root.which("zabbix_server")
        self.version = package_version(root, self.server_binary)
        self.fresh = not self.memory.facts.get("complete")
        self.server_port = kept_port(self.memory, "server_port")
        self.agent_port = kept_port(self.memory, "agent_port")
        self.web_port = kept_port(self.memory, "web_port")
        self.url = f"http://127.0.0.1:{self.web_port}/api_jsonrpc.php"

    def prepare(self):
        """Database and frontend, side by side."""
        if not self.fresh:
            return
        self.memory.facts["passwords"] = new_passwords()
        copying = threading.Thread(target=copy_frontend, args=(self.root, self.frontend))
        copying.start()
        import_schema(self.database, self.root, self.version, self.passwords)
        replace_admin_password(self.database, self.root, self.php, self.passwords["admin"])
        copying.join()

    @property
    def passwords(self):
        return self.memory.facts["passwords"]

    def spawn(self, name, command, **options):
        return self.servers.spawn(name, self.root.command(command), **options)

    def start_server(self):
        path = os.path.join(self.directory, "server.conf")
        write_private(path, server_config(self.sockets, self.version, self.database, self.passwords["database"],
                                          self.server_port))
        return self.spawn("server", [self.server_binary, "-f", "-c", path])

    def start_agent(self):
        path = os.path.join(self.directory, "agent.conf")
        write_private(path, agent_config(self.directory, self.agent_port))
        return self.spawn("agent", [self.root.which("zabbix_agentd"), "-f", "-c", path])

    def start_web(self):
        write_frontend_config(self.frontend, self.database, self.passwords["database"], self.server_port)
        settings = {"post_max_size": "16M", "max_execution_time": 300, "max_input_time": 300, "date.timezone": "UTC",
                    "memory_limit": "256M", "opcache.enable_cli": 1, "display_errors": 0, "log_errors": 1}
        command = [self.php] + [f"-d{name}={value}" for name, value in settings.items()]
        return self.spawn("web", command + ["-S", f"127.0.0.1:{self.web_port}", "-t", self.frontend],
                          env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"})

    def set_up(self):
        """Tells it by the API what to watch, or on a later start where the agent is now."""
        api = zabbix_api.Api(self.url)
        api.login("Admin", self.passwords["admin"])
        if self.fresh:
            self.memory.facts.update(zabbix_api.set_up(api, self.agent_port, self.passwords, self.probes), complete=True)
        else:
            zabbix_api.move_agent(api, self.memory.facts["hostids"], self.agent_port)
        api.logout()
        self.memory.save()

    def run(self):
        self.prepare()
        web = self.start_web()
        agent = self.start_agent()
        daemon = self.start_server()
        self.servers.wait_for("the API answers", zabbix_api.answers(self.url), web)
        self.set_up()
        self.servers.wait_for("the agent answers", server.port_answers(self.agent_port), agent)
        self.servers.wait_for("the server takes values", server.port_answers(self.server_port), daemon)
        known = {name: self.memory.facts[name] for name in ("hostids", "itemids", "groupids", "token")}
        accounts = {f"{name}_user": name.replace("admin", "Admin") for name in ("admin", "monitor", "limited")}
        accounts.update({f"{name}_password": self.passwords[name] for name in ("admin", "monitor", "limited")})
        self.servers.ready(url=self.url, version=".".join(map(str, self.version)), port=self.server_port,
                           agent_port=self.agent_port, server_pid=daemon.pid, agent_pid=agent.pid, web_pid=web.pid,
                           database_pid=self.database.facts["pid"], **known, **accounts)


def main():
    parser = server.arguments(__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", help="run the Zabbix that is installed in this root directory")
    parser.add_argument("--version", help="what it has to be: 5.0, 6.0, 7.0; default: whatever is installed")
    parser.add_argument("--probes", type=int, default=0, help="so many trapper items on a host of their own")
    options = parser.parse_args()
    directory = os.path.abspath(options.dir)
    sockets = directory
    if len(directory) > LONGEST_DIRECTORY:
        sockets = tempfile.mkdtemp(prefix="mon-zabbix-")
    database = Database(os.path.join(directory, "database"))
    try:
        with server.Servers(directory) as servers:
            zabbix = Zabbix(servers, Root(options.root, sorted({directory, sockets})), database, sockets,
                            options.probes)
            if options.version and options.version != ".".join(map(str, zabbix.version)):
                raise RuntimeError(f"Zabbix {options.version} is wanted, {zabbix.version} is installed")
            zabbix.run()
    finally:
        database.stop()
        if sockets != directory:
            shutil.rmtree(sockets, ignore_errors=True)


if __name__ == "__main__":
    server.run(main)
