"""The platform of the quickstart: its database, accounts and configuration, and a look into them."""

import email
import email.policy
import glob
import os
import secrets
import subprocess

from servers import PROJECT


class Platform:
    def __init__(self, var, bin_directory, facts):
        self.facts = facts
        self.config_file = os.path.join(var, "monitoring.toml")
        self._var = var
        self._bin = bin_directory
        self._passwords = {name: secrets.token_hex(12) for name in ("admin", "aggregator", "processor", "grafana")}
        self._secrets = os.path.join(var, "secrets")
        os.makedirs(self._secrets, mode=0o700, exist_ok=True)
        for name, password in self._passwords.items():
            self._secret("mysql-" + name, password)
        self._secret("smtp", facts["smtp"]["password"])
        if "zabbix" in facts:
            self._secret("zabbix", facts["zabbix"]["monitor_password"])

    def _secret(self, name, text):
        path = os.path.join(self._secrets, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
        return path

    def sql(self, statement, database="monitoring_db"):
        """Rows of text, as the server's administrator."""
        database_facts = self.facts["mariadb"]
        done = subprocess.run(
            ["mariadb", "--no-defaults", "--skip-ssl", "-N", "-B", "--default-character-set=utf8mb4",
             "--socket=" + database_facts["socket"], "-u" + database_facts["user"], *([database] if database else [])],
            input="SET time_zone='+00:00';\n" + statement, env={**os.environ, "MYSQL_PWD": database_facts["password"]},
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("MariaDB: " + done.stderr.strip())
        return [line.split("\t") for line in done.stdout.splitlines()]

    def create_database(self):
        with open(os.path.join(PROJECT, "sql", "accounts.sql"), encoding="utf-8") as file:
            accounts = file.read()
        for name, password in self._passwords.items():
            accounts = accounts.replace(f"<{name}-password>", password)
        # A run before this one may have left its tables, and accounts with other passwords.
        old = [f"DROP USER IF EXISTS 'monitoring_{name}'@'%';" for name in self._passwords]
        self.sql("DROP DATABASE IF EXISTS monitoring_db;" + "".join(old) + accounts, database="")
        self._write_config_file("http://127.0.0.1:1/metrics")
        done = subprocess.run([self.program("data-aggregator"), "--config", self.config_file, "--migrate"],
                              env=self.environment("aggregator"), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"data-aggregator --migrate ended with {done.returncode}: {done.stderr.strip()}")

    def environment(self, account):
        """One file serves all programs; the account is each program's own."""
        return {"PATH": os.environ["PATH"], "MONITORING_STATE_DIR": os.path.join(self._var, "state"),
                "MYSQL_USER": "monitoring_" + account,
                "MYSQL_PASSWORD_FILE": os.path.join(self._secrets, "mysql-" + account)}

    def write_config(self, metrics_url):
        self._write_config_file(metrics_url)
        for old in glob.glob(os.path.join(self.facts["smtp"]["mails"], "*")):
            os.unlink(old)

    def _write_config_file(self, metrics_url):
        database, smtp, zabbix = self.facts["mariadb"], self.facts["smtp"], self.facts.get("zabbix")
        lines = [
            "# Written by ./quickstart. Each program gets its own account of MySQL by MYSQL_USER and MYSQL_PASSWORD_FILE.",
            "[mysql]", f'hosts = ["localhost:{database["port"]}"]', 'database = "monitoring_db"', 'tls = "verify"',
            f'tls_ca = "{database["ca"]}"', 'admin_user = "monitoring_admin"', 'admin_password_file = "secrets/mysql-admin"']
        if zabbix:
            lines += ["", "[zabbix]", f'url = "{zabbix["url"]}"', f'user = "{zabbix["monitor_user"]}"',
                      'password_file = "secrets/zabbix"']
        lines += ["", "[[application]]", 'name = "shop"', f'url = "{metrics_url}"',
                  "zabbix_hosts = " + ('["app-1"]' if zabbix else "[]"),
                  "", "[smtp]", 'host = "localhost"', f'port = {smtp["starttls_port"]}', 'security = "starttls"',
                  f'tls_ca = "{smtp["ca"]}"', 'from = "monitoring@example.test"', 'to = ["oncall@example.test"]',
                  f'user = "{smtp["user"]}"', 'password_file = "secrets/smtp"', ""]
        with open(self.config_file, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))

    def program(self, name):
        return os.path.join(self._bin, name)

    def line_of_progress(self):
        samples = self.sql("SELECT COUNT(*), MAX(timestamp) FROM hyphenmon_metrics")[0][0]
        newest = self.sql("SELECT response_time_ms, error_rate FROM hyphenmon_metrics ORDER BY timestamp DESC LIMIT 1")
        if not newest:
            return "no sample yet"
        values = self.sql("SELECT COUNT(*) FROM zabbix_history")[0][0]
        return (f"samples {samples}, Zabbix values {values}, mails {len(self.mails())}; "
                f"newest: {newest[0][0]} ms, error rate {newest[0][1]}")

    def open_alerts(self):
        return int(self.sql("SELECT COUNT(*) FROM alerts WHERE status = 'firing'")[0][0])

    def mails(self):
        """The messages that the SMTP server took, oldest first."""
        result = []
        for path in sorted(glob.glob(os.path.join(self.facts["smtp"]["mails"], "*.eml")), key=os.path.getmtime):
            with open(path, "rb") as file:
                result.append(email.message_from_binary_file(file, policy=email.policy.default))
        return result
