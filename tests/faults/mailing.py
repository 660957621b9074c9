"""The mail server: refusing, putting off, silent, and gone at the worst moment."""

from scenario import scenario
from source import BAD, GOOD
from world import ALERTING_SYSTEM, OK, PROCESSOR, UNAVAILABLE

SUBJECT = "SMTP"
STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "end")


def each_fault(world, faults, code=UNAVAILABLE):
    """An incident begins and ends under each fault, with a good attempt in between and after."""
    for fault in faults:
        for rate in (BAD, GOOD):
            world.source.rate = lambda number, rate=rate: rate
            world.poll(2)
            world.tools.mail.set_faults(fault)
            world.expect(code, PROCESSOR)
            world.make_due()
            world.expect(code, ALERTING_SYSTEM)
            world.tools.mail.set_faults()
            world.make_due()
            world.expect(OK, ALERTING_SYSTEM)


@scenario(SUBJECT, "4xx at each stage, twice, then well", quick=True)
def smtp_4xx(world):
    # Where EHLO is not taken, HELO is tried, which this server takes.
    each_fault(world, [{"stage": stage, "action": "451 4.3.0 later"} for stage in STAGES if stage != "ehlo"])
    each_fault(world, [{"stage": "ehlo", "action": "451 4.3.0 later"}], OK)


@scenario(SUBJECT, "421 and the line closed, at each stage")
def smtp_421(world):
    each_fault(world, [{"stage": stage, "action": "421 4.3.2 closing"} for stage in STAGES])


@scenario(SUBJECT, "the connection dropped at each stage", quick=True)
def smtp_drop(world):
    each_fault(world, [{"stage": stage, "action": "drop"} for stage in STAGES])


@scenario(SUBJECT, "the mail taken, the connection dropped before the answer", quick=True)
def smtp_store_drop(world):
    each_fault(world, [{"stage": "end", "action": "store-drop"}])
    repeated = world.ask("SELECT COUNT(*) FROM notification_attempts WHERE outcome = 'uncertain'")[0][0]
    world.notes.append(f"{repeated} shown as uncertain")


@scenario(SUBJECT, "the mail taken, and never an answer")
def smtp_store_hang(world):
    world.source.rate = lambda number: BAD
    world.poll()
    world.tools.mail.set_faults({"stage": "end", "action": "store-hang", "times": 1})
    world.expect(UNAVAILABLE, PROCESSOR)


@scenario(SUBJECT, "silent at each stage")
def smtp_hang(world):
    for stage in STAGES:
        for rate in (BAD, GOOD):
            world.source.rate = lambda number, rate=rate: rate
            world.poll(2)
            world.expect((OK, UNAVAILABLE), PROCESSOR)
            world.make_due()
            world.tools.mail.set_faults({"stage": stage, "action": "hang", "times": 1})
            world.expect((OK, UNAVAILABLE), ALERTING_SYSTEM)
            world.tools.mail.set_faults()
            world.make_due()
            world.expect(OK, ALERTING_SYSTEM)


@scenario(SUBJECT, "5xx for one of two recipients", quick=True)
def smtp_5xx(world):
    world.refused = {world.recipients[1]}
    world.tools.mail.set_faults({"stage": "rcpt", "action": "550 5.1.1 no such user", "recipient": "second@*"})
    for rate in (BAD, GOOD):
        world.source.rate = lambda number, rate=rate: rate
        world.poll(2)
        world.run(PROCESSOR)
    dead = world.ask("SELECT COUNT(*) FROM notification_recipients WHERE status = 'dead'")[0][0]
    if dead == "0":
        world.failures.append("no mail is shown as dead")
    if any(recipient in world.refused for recipient, *_ in world.tools.mail.mails(world.domain)):
        world.failures.append("a recovery mail went to somebody who never got the problem mail")


@scenario(SUBJECT, "the whole server refuses: 554 at connect", quick=True)
def smtp_refuses(world):
    each_fault(world, [{"stage": "connect", "action": "554 5.3.2 no service"}])


@scenario(SUBJECT, "the login refused for a while", smtp="starttls")
def smtp_login(world):
    each_fault(world, [{"stage": "auth", "action": "535 5.7.8 no"}], (77, UNAVAILABLE))
