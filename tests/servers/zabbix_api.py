"""What zabbix.py tells a fresh Zabbix by its API, in the words of each version: hosts, items, users, a token."""

import json
import urllib.error
import urllib.request

DELAY = "5s"
# value_type of the API
FLOAT, CHARACTER, LOG, UNSIGNED, TEXT = 0, 1, 2, 3, 4

AGENT_ITEMS = [
    ("CPU load", "system.cpu.load[all,avg1]", FLOAT, ""),
    ("CPU utilization", "system.cpu.util[all,user,avg1]", FLOAT, "%"),
    ("Context switches", "system.cpu.switches", UNSIGNED, ""),
    ("Available memory", "vm.memory.size[available]", UNSIGNED, "B"),
    ("Used space of /", "vfs.fs.size[/,pused]", FLOAT, "%"),
    ("Free inodes of /", "vfs.fs.inode[/,free]", UNSIGNED, ""),
    ("Incoming traffic of lo", "net.if.in[lo]", UNSIGNED, "B"),
    ("Number of processes", "proc.num[]", UNSIGNED, ""),
    ("Running processes of {$APP}", "proc.num[,,run]", UNSIGNED, ""),
    ("System name", "system.uname", CHARACTER, ""),
    ("Not to be had", "no.such.key[1]", FLOAT, ""),
]
TRAPPER_ITEMS = [
    ("Users", "app.users", UNSIGNED, ""),
    ("Latency", "app.latency", FLOAT, "ms"),
    ("Counter near the end", "app.huge", UNSIGNED, ""),
    ("State", "app.state", CHARACTER, ""),
    ("Notes", "app.notes", TEXT, ""),
    ("Journal", "app.journal", LOG, ""),
]


class Api:
    """Just enough of a client to set a server up."""

    def __init__(self, url):
        self.url = url
        self.auth = None
        self.version = tuple(int(part) for part in self.call("apiinfo.version", []).split(".")[:2])

    def call(self, method, params):
        request = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
        headers = {"Content-Type": "application/json-rpc"}
        if self.auth and self.version >= (6, 4):
            headers["Authorization"] = "Bearer " + self.auth
        elif self.auth:
            request["auth"] = self.auth
        call = urllib.request.Request(self.url, json.dumps(request).encode(), headers)
        try:
            with urllib.request.urlopen(call, timeout=30) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method}: HTTP {error.code}: {error.read()[:2000]!r}") from error
        answer = json.loads(text) if text.startswith("{") else {"error": text[:2000]}
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def login(self, user, password):
        name = "username" if self.version >= (5, 4) else "user"
        self.auth = self.call("user.login", {name: user, "password": password})

    def logout(self):
        self.call("user.logout", [])
        self.auth = None


def answers(url):
    """A check for wait_for: does the API speak?"""
    def check():
        try:
            Api(url)
            return True
        except (OSError, RuntimeError):
            return False
    return check


def create_host(api, host, groupid, agent_port, **more):
    interface = {"type": 1, "main": 1, "useip": 1, "ip": "127.0.0.1", "dns": "", "port": str(agent_port)}
    host = {"host": host, "groups": [{"groupid": groupid}], "interfaces": [interface], **more}
    hostid = api.call("host.create", host)["hostids"][0]
    interfaceid = api.call("hostinterface.get", {"hostids": hostid, "output": ["interfaceid"]})[0]["interfaceid"]
    return hostid, interfaceid


def create_items(api, hostid, interfaceid, agent_items, trapper_items):
    """Creates them in one call; returns {key: itemid}."""
    items = [{"hostid": hostid, "name": name, "key_": key, "type": 0, "value_type": value_type, "units": units,
              "interfaceid": interfaceid, "delay": DELAY} for name, key, value_type, units in agent_items]
    items += [{"hostid": hostid, "name": name, "key_": key, "type": 2, "value_type": value_type, "units": units}
              for name, key, value_type, units in trapper_items]
    itemids = api.call("item.create", items)["itemids"]
    return dict(zip((item["key_"] for item in items), itemids))


def create_template(api, host, tags):
    kind = "templategroup" if api.version >= (6, 2) else "hostgroup"
    groupid = api.call(f"{kind}.create", {"name": f"Group of {host}"})["groupids"][0]
    return api.call("template.create", {"host": host, "groups": [{"groupid": groupid}], "tags": tags})["templateids"][0]


def create_hosts(api, agent_port, probes):
    """Two groups, two watched hosts, a disabled one and, with probes, one that has them; returns hostids, itemids by
    host, groupids."""
    groups = {name: api.call("hostgroup.create", {"name": name})["groupids"][0]
              for name in ("Watched applications", "Watched databases")}
    hostids, items = {}, {}
    hostids["app-1"], interface = create_host(
        api, "app-1", groups["Watched applications"], agent_port, name="Application host 1",
        tags=[{"tag": "service", "value": "shop"}, {"tag": "demo", "value": ""}],
        templates=[{"templateid": create_template(api, "Tagged", [{"tag": "os", "value": "linux"}])}],
        macros=[{"macro": "{$APP}", "value": "shop"}])
    items["app-1"] = create_items(api, hostids["app-1"], interface, AGENT_ITEMS, TRAPPER_ITEMS)
    items["app-1"].update(create_items(api, hostids["app-1"], interface, [], [
        ("Disabled", "app.disabled", UNSIGNED, "")]))
    api.call("item.update", {"itemid": items["app-1"]["app.disabled"], "status": 1})
    if api.version >= (5, 4):  # items had no tags before
        api.call("item.update", {"itemid": items["app-1"]["vm.memory.size[available]"],
                                 "tags": [{"tag": "component", "value": "memory"}]})
    hostids["app-2"], interface = create_host(
        api, "app-2", groups["Watched databases"], agent_port, tags=[{"tag": "service", "value": "database"}])
    items["app-2"] = create_items(api, hostids["app-2"], interface, AGENT_ITEMS[:4], TRAPPER_ITEMS[:2])
    if probes:
        hostids["probed"], interface = create_host(api, "probed", groups["Watched applications"], agent_port)
        items["probed"] = create_items(api, hostids["probed"], interface, [], [
            (f"Probe {number}", f"probe[{number}]", FLOAT, "") for number in range(1, probes + 1)])
    hostids["app-off"], _ = create_host(api, "app-off", groups["Watched applications"], agent_port, status=1)
    return hostids, items, groups


def create_user(api, name, password, super_admin, groupid):
    user = {"passwd": password, "usrgrps": [{"usrgrpid": groupid}]}
    kind = 3 if super_admin else 1
    if api.version >= (5, 4):
        user.update(username=name, roleid=str(kind))
    else:
        user.update(alias=name, type=kind)
    return api.call("user.create", user)["userids"][0]


def create_users(api, groups, passwords):
    """`monitor` may see all, `limited` the hosts of the group Applications; returns the token of `monitor` or ""."""
    readers = api.call("usergroup.create", {"name": "Readers of all"})["usrgrpids"][0]
    rights = "hostgroup_rights" if api.version >= (6, 2) else "rights"
    few = api.call("usergroup.create", {"name": "Readers of applications",
                                        rights: [{"permission": 2, "id": groups["Watched applications"]}]})["usrgrpids"][0]
    monitor = create_user(api, "monitor", passwords["monitor"], True, readers)
    create_user(api, "limited", passwords["limited"], False, few)
    if api.version < (5, 4):
        return ""
    tokenid = api.call("token.create", {"name": "monitoring", "userid": monitor})["tokenids"][0]
    return api.call("token.generate", [tokenid])[0]["token"]


def set_up(api, agent_port, passwords, probes):
    """Everything, once; returns what there is now, to be kept for the next start."""
    shipped = api.call("host.get", {"filter": {"host": "Zabbix server"}, "output": ["hostid"]})
    for host in shipped:  # it would ask whatever agent this machine has of its own
        api.call("host.update", {"hostid": host["hostid"], "status": 1})
    hostids, items, groups = create_hosts(api, agent_port, probes)
    return {"hostids": hostids, "itemids": items, "groupids": groups, "token": create_users(api, groups, passwords)}


def move_agent(api, hostids, agent_port):
    """The agent got another port at a later start."""
    for interface in api.call("hostinterface.get", {"hostids": list(hostids.values()), "output": ["interfaceid"]}):
        api.call("hostinterface.update", {"interfaceid": interface["interfaceid"], "port": str(agent_port)})
