"""What a scenario is: a function that breaks something in a world; what must hold afterwards is checked for it."""

import traceback

import invariants
from world import World

SCENARIOS = []


class Scenario:
    def __init__(self, subject, fault, breaks, quick, options):
        self.subject = subject
        self.fault = fault
        self.breaks = breaks
        self.quick = quick
        self.options = options
        self.name = breaks.__name__.replace("_", "-")


def scenario(subject, fault, quick=False, **options):
    """`options` are those of World; `quick` ones are part of ./test."""
    def register(breaks):
        SCENARIOS.append(Scenario(subject, fault, breaks, quick, options))
        return breaks
    return register


def play(tools, chosen):
    """Runs one scenario; gives kills, {invariant: complaints} and what is worth telling."""
    tools.heal()
    with World(tools, chosen.name, **chosen.options) as world:
        complaints = {}
        try:
            chosen.breaks(world)
            world.settle()
            for name, check in invariants.ALL.items():
                complaints[name] = check(world)
        except Exception as error:  # pylint: disable=broad-except
            world.failures.append(f"{type(error).__name__}: {error} ({traceback.format_exc(limit=-2).splitlines()[1].strip()})")
        complaints = {"as expected": world.failures, **{name: complaints.get(name, ["not reached"]) for name in invariants.ALL}}
        return world.kills, complaints, "; ".join(dict.fromkeys(world.notes))
