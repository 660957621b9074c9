"""A private MariaDB (or MySQL) server on a free port of 127.0.0.1 and a socket, for tests and the quickstart.

    mariadb.py --dir DIR                                  the distribution's MariaDB
    mariadb.py --dir DIR --root ROOT                      the MariaDB inside a debootstrap root (needs root rights)
    mariadb.py --dir DIR --root ROOT --server mysql       Oracle's MySQL in such a root
    ... --page-size=8K                                    pages of InnoDB, chosen when the data are made (16K)
    ... --throwaway                                       quick, and lost if the machine crashes
    ... --require-tls | --no-tls                          sessions without TLS are refused | TLS is not on offer
    ... --option=--log-bin=bin                            any option of the server, may be repeated
    ... --environment=TZ=Europe/Berlin                    the same for its environment

Prints one line of JSON when it is ready: port, socket, ca (the authority's certificate), user and password of an
account that may do anything, pid, server, version. The data directory DIR/data is kept, and used again by a next start.
"""

import os
import secrets
import shlex
import shutil
import socket
import subprocess
import tempfile

import server
import tls

# A unix socket's path is at most 107 bytes.
LONGEST_SOCKET_PATH = 100


class Root:
    """Where the server's programs are: this system, or another one below a directory."""

    def __init__(self, path, shared):
        self.path = os.path.abspath(path) if path else None
        self.shared = shared

    def command(self, command):
        """`command` as it is run there; the shared directories have the same path on both sides."""
        if self.path is None:
            return command
        root = shlex.quote(self.path)
        steps = [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        for directory in self.shared:
            inner = root + shlex.quote(directory)
            steps += [f"mkdir -p {inner}", f"mount --bind {shlex.quote(directory)} {inner}"]
        script = " && ".join(steps) + f' && exec chroot {root} "$@"'
        return ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"] + command

    def which(self, *names):
        for name in names:
            for directory in ("/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"):
                if os.path.exists((self.path or "") + os.path.join(directory, name)):
                    return os.path.join(directory, name)
        where = f" in {self.path}" if self.path else ""
        raise RuntimeError(f"{' or '.join(names)} is not installed{where}")


def run_to_end(command, what, **options):
    done = subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL), capture_output=True, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{what} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def as_root():
    """The servers refuse to run as root unasked; a private directory is closed to their usual account."""
    return ["--user=root"] if os.geteuid() == 0 else []


def sync_options(throwaway):
    """Most of what small tests wait for is the disk."""
    return ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"] if throwaway else []


def temporary_files(data):
    """Not in the common /tmp: a server that starts there removes the temporary tables of the others."""
    directory = data + ".tmp"
    os.makedirs(directory, exist_ok=True)
    return [f"--tmpdir={directory}"]


def page_size(options):
    return [f"--innodb-page-size={options.page_size}"] if options.page_size else []


def create_data(root, options, data):
    # What decides the size of the files has to be said here too, or the server would not start on them.
    sizes = ["--innodb-buffer-pool-size=16M"] + page_size(options) + sync_options(options.throwaway) + temporary_files(data)
    if options.server == "mysql":
        command = [root.which("mysqld"), "--no-defaults", "--initialize-insecure", f"--datadir={data}"]
        run_to_end(root.command(command + as_root() + sizes), "mysqld --initialize-insecure")
    else:
        command = [root.which("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db",
                   "--auth-root-authentication-method=normal", "--skip-name-resolve", "--force",
                   "--innodb-log-file-size=32M"]
        run_to_end(root.command(command + as_root() + sizes), "mariadb-install-db")


def write_accounts(path, password):
    """Run by the server at each start: its one account, for the socket and for TCP."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n")
        file.write(f"CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n")
        file.write(f"ALTER USER 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n")
        file.write("GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n")
    os.chmod(path, 0o600)


def server_command(root, options, data, socket_path, port, accounts, certificates):
    mysql = options.server == "mysql"
    binary = root.which("mysqld") if mysql else root.which("mariadbd", "mysqld")
    command = [binary, "--no-defaults", f"--datadir={data}", f"--socket={socket_path}", f"--port={port}",
               "--bind-address=127.0.0.1", "--skip-name-resolve", f"--pid-file={data}/server.pid",
               f"--init-file={accounts}", "--max-connections=200", "--performance-schema=OFF",
               # As an account without SUPER needs it to make triggers where there is a binary log (MySQL's default).
               "--log-bin-trust-function-creators=1",
               f"--innodb-buffer-pool-size={options.buffer_pool}"] + page_size(options) + as_root()
    command += sync_options(options.throwaway) + temporary_files(data)
    if mysql:
        command += ["--mysqlx=OFF", "--secure-file-priv=NULL", "--innodb-redo-log-capacity=256M"]
    else:
        command += ["--innodb-log-file-size=32M"]
    if certificates:
        command += [f"--ssl-ca={certificates['ca']}", f"--ssl-cert={certificates['cert']}",
                    f"--ssl-key={certificates['key']}"]
    elif mysql:
        command += ["--tls-version="]
    else:
        command += ["--skip-ssl"]
    if options.require_tls:
        command += ["--require-secure-transport=ON"]
    return command + options.option


def ask_version(root, kind, socket_path, password):
    client = root.which("mariadb", "mysql")
    # MariaDB's client from 11.4 on demands TLS even of a socket, and MySQL's does not know how to say no.
    plain = ["--skip-ssl"] if kind == "mariadb" else []
    command = [client, "--no-defaults", f"--socket={socket_path}", "-uroot", "-N", "-B",
               "-e", "SELECT VERSION()"] + plain
    return run_to_end(root.command(["env", f"MYSQL_PWD={password}"] + command), "SELECT VERSION()").strip()


def socket_answers(path):
    """The port alone tells too little: the server opens it a moment before the socket."""
    with socket.socket(socket.AF_UNIX) as s:
        return s.connect_ex(path) == 0


def main():
    parser = server.arguments(__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--root", help="run the server inside this root directory")
    parser.add_argument("--server", choices=("mariadb", "mysql"), default="mariadb")
    parser.add_argument("--port", type=int, help="default: a free one")
    parser.add_argument("--password", help="of the account root; default: a random one")
    parser.add_argument("--buffer-pool", default="64M")
    parser.add_argument("--page-size", help="of InnoDB: 4K, 8K, 16K, 32K or 64K")
    parser.add_argument("--throwaway", action="store_true")
    parser.add_argument("--require-tls", action="store_true")
    parser.add_argument("--no-tls", action="store_true")
    parser.add_argument("--option", action="append", default=[], help="any option of the server")
    parser.add_argument("--environment", action="append", default=[], help="NAME=VALUE for the server")
    options = parser.parse_args()

    with server.Servers(options.dir) as servers:
        directory = servers.directory
        socket_directory = directory
        if len(directory) + len("/mysql.sock") > LONGEST_SOCKET_PATH:
            socket_directory = tempfile.mkdtemp(prefix="mon-db-")
        try:
            serve(options, servers, directory, os.path.join(socket_directory, "mysql.sock"))
        finally:
            if socket_directory != directory:
                shutil.rmtree(socket_directory, ignore_errors=True)


def serve(options, servers, directory, socket_path):
    root = Root(options.root, sorted({directory, os.path.dirname(socket_path)}))
    data = os.path.join(directory, "data")
    if not os.path.isdir(os.path.join(data, "mysql")):
        shutil.rmtree(data, ignore_errors=True)
        create_data(root, options, data)
    password = options.password or secrets.token_hex(12)
    accounts = os.path.join(directory, "accounts.sql")
    write_accounts(accounts, password)
    certificates = None if options.no_tls else tls.certificates(directory)
    port = options.port or server.free_port()
    child = servers.spawn("mariadb", root.command(
        server_command(root, options, data, socket_path, port, accounts, certificates)),
        env={**os.environ, **dict(entry.split("=", 1) for entry in options.environment)})
    servers.wait_for("the database answers", lambda: socket_answers(socket_path) and server.port_answers(port)(), child)
    facts = {"port": port, "socket": socket_path, "user": "root", "password": password, "pid": child.pid,
             "server": options.server, "version": ask_version(root, options.server, socket_path, password)}
    if certificates:
        facts["ca"] = certificates["ca"]
    servers.ready(**facts)


if __name__ == "__main__":
    server.run(main)
