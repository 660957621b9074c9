"""What happened: the rows, the join around the incident, the mails, and whether they tell the truth."""

import json
import os
import re
import subprocess
import urllib.request

import screen

# As the mails print a Zabbix value; see alerting-system/README.md.
EVIDENCE = re.compile(r"^  .+ = (?P<value>.+)\n +itemid (?P<itemid>\d+), clock (?P<clock>\d+)", re.MULTILINE)
HISTORY_TYPES = (0, 3)


def tell(platform, onset):
    """Prints the report; 0 if the story ended as it should."""
    _rows(platform)
    _join(platform, onset)
    mails = platform.mails()
    for number, mail in enumerate(mails, 1):
        screen.heading(f"Mail {number} of {len(mails)}")
        for name in ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To"):
            if mail[name]:
                print(f"{name}: {mail[name]}")
        print()
        print(_text(mail).rstrip())
    problems = _judge(platform, mails)
    _next_steps(platform)
    for problem in problems:
        print(screen.bold("NOT AS IT SHOULD BE: ") + problem)
    return 69 if problems else 0


def _text(mail):
    return mail.get_body(preferencelist=("plain",)).get_content().replace("\r\n", "\n")


def _rows(platform):
    screen.heading("What was stored")
    tables = ("hyphenmon_metrics", "zabbix_items", "zabbix_history", "alerts", "alert_events", "notifications")
    counts = platform.sql(" UNION ALL ".join(f"SELECT '{t}', COUNT(*) FROM {t}" for t in tables))
    screen.table(("table", "rows"), counts)


def _join(platform, onset):
    if "zabbix" not in platform.facts or onset is None:
        return
    screen.heading("Application and infrastructure around the onset, joined within ±10 s (correlator)")
    span = (onset - 5, onset + 40)
    application = os.path.join(os.path.dirname(platform.config_file), "application.csv")
    infrastructure = os.path.join(os.path.dirname(platform.config_file), "infrastructure.csv")
    samples = platform.sql("SELECT timestamp, response_time_ms, error_rate FROM hyphenmon_metrics "
                           f"WHERE timestamp BETWEEN {span[0]} AND {span[1]} ORDER BY timestamp")
    items = {row[0]: row[1] for row in platform.sql(
        "SELECT itemid, name FROM zabbix_items WHERE item_key LIKE 'system.cpu.%'")}
    values = platform.sql("SELECT itemid, clock, value FROM zabbix_history WHERE itemid IN "
                          f"({','.join(items) or 0}) AND clock BETWEEN {span[0] - 10} AND {span[1] + 10}")
    for path, header, rows in ((application, "timestamp,response_time_ms,error_rate", samples),
                               (infrastructure, "itemid,clock,value", values)):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([header] + [",".join(row) for row in rows]) + "\n")
    joined = subprocess.run([platform.program("correlator"), "--application", application, "--infrastructure",
                             infrastructure], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    rates = {row[0]: row for row in samples}
    screen.table(("timestamp", "response ms", "error rate", "item", "value", "offset s"),
                 [(t, rates[t][1], rates[t][2], items[itemid], value, offset)
                  for t, itemid, _, value, offset in (line.split(",") for line in joined)])


def _call(platform, method, params, auth=None):
    facts = platform.facts["zabbix"]
    request = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
    headers = {"Content-Type": "application/json-rpc"}
    if auth and facts["version"] >= "6.4":
        headers["Authorization"] = "Bearer " + auth
    elif auth:
        request["auth"] = auth
    with urllib.request.urlopen(urllib.request.Request(facts["url"], json.dumps(request).encode(), headers),
                                timeout=30) as answer:
        reply = json.load(answer)
    if "error" in reply:
        raise RuntimeError(f"Zabbix {method}: {reply['error'].get('data', reply['error'])}")
    return reply["result"]


def _history(platform, itemid, clock, auth):
    """What the Zabbix server itself says about one value."""
    for kind in HISTORY_TYPES:
        for row in _call(platform, "history.get", {"history": kind, "itemids": [itemid], "time_from": clock,
                                                   "time_till": clock}, auth):
            return row["value"]
    return None


def _judge(platform, mails):
    screen.heading("Is it true?")
    problems = []
    states = [("problem" if "RESOLVED" not in mail["Subject"].upper() else "recovery") for mail in mails]
    if states != ["problem", "recovery"]:
        problems.append(f"expected one problem mail and one recovery mail, got: {', '.join(states) or 'none'}")
    else:
        print("  one problem mail and one recovery mail")
    if "zabbix" in platform.facts and mails:
        problems += _compare_with_zabbix(platform, mails[0])
    return problems


def _compare_with_zabbix(platform, mail):
    facts = platform.facts["zabbix"]
    name = "user" if facts["version"] < "5.4" else "username"
    auth = _call(platform, "user.login", {name: facts["monitor_user"], "password": facts["monitor_password"]})
    quoted = [match.groupdict() for match in EVIDENCE.finditer(_text(mail))]
    wrong = []
    for row in quoted:
        real = _history(platform, row["itemid"], int(row["clock"]), auth)
        if real != row["value"]:
            wrong.append(f"item {row['itemid']} at {row['clock']}: the mail says {row['value']}, Zabbix {real}")
    _call(platform, "user.logout", [], auth)
    print(f"  {len(quoted) - len(wrong)} of {len(quoted)} Zabbix values in the problem mail equal what history.get returns")
    return wrong + ([] if quoted else ["the problem mail quotes no Zabbix value"])


def _next_steps(platform):
    screen.heading("To watch your own servers")
    print(f"""  1. cp monitoring.example.toml monitoring.toml, and set your MySQL, Zabbix, application and mail server in it
     (the file that this story used: {os.path.relpath(platform.config_file)})
  2. mysql ... < sql/accounts.sql, then build/release/bin/data-aggregator --migrate
  3. build/release/bin/zabbix-connector check
  4. crontab: * * * * * cd {os.getcwd()}/build/release/bin && ./data-aggregator; ./processor
  5. Grafana: dashboard/README.md""")


def where_it_runs(platform, var):
    facts = platform.facts
    screen.heading("Still running (until ./quickstart --stop)")
    rows = [("MariaDB", f"mariadb --skip-ssl --socket={facts['mariadb']['socket']} -u{facts['mariadb']['user']} "
                        f"-p{facts['mariadb']['password']} monitoring_db"),
            ("SMTP", f"127.0.0.1:{facts['smtp']['starttls_port']}, mails in {os.path.relpath(facts['smtp']['mails'])}"),
            ("configuration", os.path.relpath(platform.config_file)),
            ("log", os.path.relpath(os.path.join(var, "quickstart.log")))]
    if "zabbix" in facts:
        rows.insert(1, ("Zabbix API", f"{facts['zabbix']['url']} ({facts['zabbix']['monitor_user']} / "
                                      f"{facts['zabbix']['monitor_password']})"))
    screen.table(("what", "where"), rows)
    screen.heading("Try it by hand")
    config = os.path.relpath(platform.config_file)
    for account, name, words in (("aggregator", "data-aggregator", " doctor"), ("processor", "processor", " --dry-run")):
        environment = platform.environment(account)
        settings = " ".join(f"{key}={os.path.relpath(value) if os.path.isabs(value) else value}"
                            for key, value in environment.items() if key != "PATH")
        print(f"  {settings} \\\n    {os.path.relpath(platform.program(name))} --config {config}{words}")
