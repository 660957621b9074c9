"""A real SMTP server (aiosmtpd) with TLS, login, and faults on demand.

Ports, all on 127.0.0.1: `plain`; `starttls` (encryption and login demanded); `tls` (implicit TLS, login demanded);
`wrong_name` and `wrong_name_starttls` (the same two with a certificate of other.example). Each mail that is accepted
becomes a file NNNN.eml in DIR/mails, byte for byte as it came, and beside it NNNN.json with its envelope.

Faults are read from DIR/faults.json, which may change at any time: a list of
    {"stage": "rcpt", "action": "550 5.1.1 no such user", "recipient": "b@*", "times": 1, "port": "plain"}
stage:  connect, ehlo, starttls, auth, mail, rcpt, data, end (after the final dot), quit
action: a reply ("451 …"), "hang", "drop", "delay 0.5"; at `ehlo` also "no-starttls" (a downgrade); at `end` also
        "store-drop" and "store-hang": the mail is taken, its sender never hears of it
recipient (a pattern), times and port narrow it down; without them it holds for all, and always.
"""

import asyncio
import fnmatch
import json
import logging
import os
import signal
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult

import server
import tls

USER = "monitoring@example.test"
PASSWORD = "correct horse: battery/staple"


class Faults:
    """The faults file, and how often each of its lines has been used."""

    def __init__(self, path):
        self._path = path
        self._version = None
        self._faults = []

    def _load(self):
        try:
            status = os.stat(self._path)
        except FileNotFoundError:
            self._version, self._faults = None, []
            return
        version = (status.st_mtime_ns, status.st_ino)
        if version != self._version:
            with open(self._path, encoding="utf-8") as file:
                self._faults = json.load(file)
            self._version = version

    def action(self, stage, port, recipients):
        self._load()
        for fault in self._faults:
            wanted = fault.get("recipient")
            if fault["stage"] != stage or fault.get("port", port) != port or fault.get("times", 1) <= 0:
                continue
            if wanted is not None and not any(fnmatch.fnmatch(r, wanted) for r in recipients):
                continue
            if "times" in fault:
                fault["times"] -= 1
            return fault["action"]
        return None


class Mailbox:
    """Where accepted mails are written."""

    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self._count = len([name for name in os.listdir(directory) if name.endswith(".eml")])

    def store(self, content, facts):
        self._count += 1
        path = os.path.join(self.directory, f"{self._count:04d}")
        with open(path + ".json", "w", encoding="utf-8") as file:
            json.dump(facts, file)
        with open(path + ".tmp", "wb") as file:
            file.write(content)
        os.rename(path + ".tmp", path + ".eml")  # last: whoever sees the mail finds its envelope


class FaultySMTP(SMTP):
    """aiosmtpd's server with a look at the faults before each command."""

    def __init__(self, handler, port_name, **options):
        super().__init__(handler, hostname="localhost", ident="test server", **options)
        self.port_name = port_name

    async def interfere(self, stage, recipients=()):
        """True where a fault has taken the command's place."""
        action = self.event_handler.faults.action(stage, self.port_name, recipients)
        if action is None:
            return False
        if action.startswith("delay "):
            await asyncio.sleep(float(action.split()[1]))
            return False
        if action == "no-starttls":
            return action
        if action.endswith("hang"):
            await asyncio.sleep(3600)
        elif action.endswith("drop"):
            self.transport.abort()
            await asyncio.sleep(3600)  # ended by the loss of the connection
        else:
            await self.push(action)
            if action.startswith("421") or stage == "connect":
                self.transport.close()
        return True

    async def _handle_client(self):
        if not await self.interfere("connect"):
            await super()._handle_client()

    async def smtp_EHLO(self, hostname):
        fault = await self.interfere("ehlo")
        if fault == "no-starttls":
            context, self.tls_context = self.tls_context, None
            await super().smtp_EHLO(hostname)
            self.tls_context = context
        elif not fault:
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg):
        if not await self.interfere("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg):
        if not await self.interfere("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg):
        if not await self.interfere("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        recipient = (arg or "").partition("<")[2].partition(">")[0]
        if not await self.interfere("rcpt", [recipient]):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        if not await self.interfere("data", self.envelope.rcpt_tos):
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg):
        if not await self.interfere("quit"):
            await super().smtp_QUIT(arg)


class Handler:
    def __init__(self, faults, mailbox):
        self.faults = faults
        self.mailbox = mailbox

    async def handle_DATA(self, smtp, session, envelope):
        action = self.faults.action("end", smtp.port_name, envelope.rcpt_tos)
        if action is None or action.startswith(("store-", "delay ")):
            encryption = smtp.transport.get_extra_info("ssl_object")
            self.mailbox.store(envelope.original_content, {
                "from": envelope.mail_from, "to": envelope.rcpt_tos, "port": smtp.port_name,
                "tls": encryption.version() if encryption else None,
                "user": session.auth_data.login.decode() if session.auth_data else None,
                "ehlo": session.host_name})
        if action is None:
            return "250 2.0.0 taken"
        if action.startswith("delay "):
            await asyncio.sleep(float(action.split()[1]))
            return "250 2.0.0 taken"
        if action.endswith("drop"):
            smtp.transport.abort()
        if action.endswith(("hang", "drop")):
            await asyncio.sleep(3600)
        return action


def authenticate(_server, _session, _envelope, _mechanism, data):
    right = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=right, auth_data=data, handled=right)


def context(certificate):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate["cert"], certificate["key"])
    return made


async def serve(directory, faults_path, ready):
    own = tls.certificates(os.path.join(directory, "tls"))
    other = tls.certificates(os.path.join(directory, "tls"), "other", "DNS:other.example")
    handler = Handler(Faults(faults_path), Mailbox(os.path.join(directory, "mails")))
    login = {"auth_required": True, "authenticator": authenticate}
    starttls = {"require_starttls": True, "auth_require_tls": True, **login}
    # aiosmtpd does not count implicit TLS as TLS when it decides whether a login may be offered.
    implicit = {"auth_require_tls": False, **login}
    kinds = {
        "plain": ({}, None),
        "starttls": ({"tls_context": context(own), **starttls}, None),
        "tls": (implicit, context(own)),
        "wrong_name": (implicit, context(other)),
        "wrong_name_starttls": ({"tls_context": context(other), **starttls}, None),
    }
    loop = asyncio.get_running_loop()
    ports = {}
    listeners = []
    for name, (options, encryption) in kinds.items():
        listener = await loop.create_server(
            lambda name=name, options=options: FaultySMTP(handler, name, loop=loop, **options),
            "127.0.0.1", 0, ssl=encryption)
        listeners.append(listener)
        ports[name + "_port"] = listener.sockets[0].getsockname()[1]
    ready({"host": "127.0.0.1", **ports, "ca": own["ca"], "user": USER, "password": PASSWORD,
           "mails": handler.mailbox.directory, "faults": faults_path})
    await asyncio.Event().wait()


def main():
    arguments = server.arguments(__doc__.partition("\n")[0]).parse_args()
    directory = os.path.abspath(arguments.dir)
    with server.Servers(directory) as servers:
        facts = {}
        up = threading.Event()
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # it warns of its own deprecated parts

        def ready(found):
            facts.update(found)
            up.set()

        def work():
            try:
                asyncio.run(serve(directory, os.path.join(directory, "faults.json"), ready))
            except Exception as error:  # pylint: disable=broad-except
                print(f"smtp.py: {error}", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=work, daemon=True).start()
        if not up.wait(60):
            raise RuntimeError("the SMTP server did not come up within 60 s")
        servers.ready(**facts)


if __name__ == "__main__":
    server.run(main)
