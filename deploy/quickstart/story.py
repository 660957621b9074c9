"""The story that ./quickstart tells: real servers, an incident, and what the platform makes of it."""

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.request

import keeping
import platform_setup
import report
import screen
from servers import PROJECT, Server

BIN = os.path.join(PROJECT, "build", "release", "bin")
VAR = os.path.join(PROJECT, "var")
# As cron would run them, only more often, so that one need not wait.
CYCLE_SECONDS = 5
# hyphenmon's incident takes 75 s; the recovery mail follows its end by two samples.
STORY_SECONDS = 105
# When latency begins to climb in `hyphenmon --scenario incident`, and for how long the machine is then kept busy.
ONSET_SECONDS = 20
LOAD_SECONDS = 45


def busy_machine(seconds):
    """Real load on every core, for the real Zabbix agent to measure."""
    loop = f"import time; end = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass"
    return [subprocess.Popen(["nice", "/usr/bin/python3", "-c", loop], preexec_fn=keeping.die_with_parent)
            for _ in range(os.cpu_count() or 1)]


class Story:
    def __init__(self, with_zabbix):
        self.with_zabbix = with_zabbix
        self.progress = screen.Progress()
        self.servers = {}
        self.processes = []
        self.platform = None
        self.onset = None

    def start_servers(self):
        names = ["mariadb", "smtp"] + (["zabbix"] if self.with_zabbix else [])
        self.progress.say("starting " + ", ".join({"mariadb": "MariaDB", "smtp": "an SMTP server with TLS",
                                                   "zabbix": "Zabbix server, agent and web API"}[n] for n in names))
        for name in names:
            self.servers[name] = Server(name, os.path.join(VAR, name))
        facts = {name: server.wait_ready() for name, server in self.servers.items()}
        self.progress.say("all are up")
        return facts

    def start_hyphenmon(self):
        with open(os.path.join(VAR, "hyphenmon.log"), "w", encoding="utf-8") as log:
            process = subprocess.Popen([os.path.join(BIN, "hyphenmon"), "--listen", "127.0.0.1:0", "--scenario", "incident",
                                        "--seed", "7"], stdout=subprocess.PIPE, stderr=log, text=True,
                                       start_new_session=True, preexec_fn=keeping.die_with_parent)
        self.processes.append(process)
        line = process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError("hyphenmon did not start: var/hyphenmon.log says why")
        return line[line.index("http://"):].split()[0]

    def cycle(self):
        """One line of cron: data-aggregator; processor."""
        for program, account in (("data-aggregator", "aggregator"), ("processor", "processor")):
            done = subprocess.run([self.platform.program(program), "--config", self.platform.config_file],
                                  env=self.platform.environment(account), capture_output=True, text=True, timeout=120,
                                  check=False)
            if done.returncode not in (0, 75):
                self.progress.say(f"{program} ended with {done.returncode}: {done.stderr.strip()}")

    def play(self):
        started = time.monotonic()
        load = []
        while time.monotonic() - started < STORY_SECONDS:
            begin = time.monotonic()
            if not load and begin - started >= ONSET_SECONDS:
                self.onset = int(time.time())
                load = busy_machine(LOAD_SECONDS)
                self.processes += load
                self.progress.say(f"the incident begins; {len(load)} busy processes load this machine "
                                  f"for {LOAD_SECONDS} s")
            self.cycle()
            self.progress.show(self.platform.line_of_progress())
            mails = self.platform.mails()
            if len(mails) >= 2 and self.platform.open_alerts() == 0:
                self.progress.say("the recovery mail has arrived")
                return
            time.sleep(max(0.0, CYCLE_SECONDS - (time.monotonic() - begin)))

    def run(self):
        facts = self.start_servers()
        self.platform = platform_setup.Platform(VAR, BIN, facts)
        self.platform.create_database()
        self.progress.say("tables made by data-aggregator --migrate, accounts with least rights by sql/accounts.sql")
        self.platform.write_config(self.start_hyphenmon())
        self.progress.say(f"hyphenmon plays an incident; data-aggregator and processor run every {CYCLE_SECONDS} s")
        self.play()
        return report.tell(self.platform, self.onset)

    def keep(self):
        """Goes on as cron would until --stop."""
        while True:
            self.cycle()
            time.sleep(CYCLE_SECONDS)

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for server in self.servers.values():
            server.close()
        for server in self.servers.values():
            server.wait_closed()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def stop_now(*_):
    raise SystemExit(143)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-zabbix", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--stop", action="store_true")
    options = parser.parse_args()
    os.makedirs(VAR, exist_ok=True)
    if options.stop:
        return keeping.stop(VAR)
    if not keeping.take(VAR):
        print("Another ./quickstart is at work here. One that --keep left running ends with: ./quickstart --stop",
              file=sys.stderr)
        return 75
    os.environ["no_proxy"] = "127.0.0.1,localhost"
    if options.keep:
        keeping.detach_on_success(VAR)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop_now)
    keeping.die_with_parent()
    story = Story(not options.no_zabbix)
    status = 69
    try:
        status = story.run()
        if options.keep and status == 0:
            report.where_it_runs(story.platform, VAR)
            keeping.let_go(VAR, status)
            story.keep()
    except (RuntimeError, OSError, subprocess.SubprocessError, urllib.error.URLError) as error:
        print(f"\nquickstart: {error}", file=sys.stderr)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        story.close()
        keeping.forget(VAR)
    return status


if __name__ == "__main__":
    sys.exit(main())
