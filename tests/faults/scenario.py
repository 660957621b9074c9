"""What a scenario is: a function that breaks something in a world; what must hold afterwards is checked for it."""

import traceback

import invariants
from world import World

SCENARIOS = []


class Scenario:
    def __init__(self, subject, fault, breaks, quick, soak, options):
        self.subject = subject
        self.fault = fault
        self.breaks = breaks
        self.quick = quick
        self.soak = soak
        self.options = options
        self.name = breaks.__name__.replace("_", "-")


def scenario(subject, fault, quick=False, soak=False, **options):
    """`options` are those of World; `quick` ones are part of ./test, `soak` is for --soak alone."""
    def register(breaks):
        SCENARIOS.append(Scenario(subject, fault, breaks, quick, soak, options))
        return breaks
    return register


def play(tools, chosen):
    """Runs one scenario; gives kills, {invariant: complaints} and what is worth telling."""
    tools.heal()
    complaints = {}
    world = None
    try:
        with World(tools, chosen.name, **chosen.options) as world:
            chosen.breaks(world)
            world.settle()
            for name, check in invariants.ALL.items():
                complaints[name] = check(world)
    except Exception as error:  # pylint: disable=broad-except
        told = [f"{type(error).__name__}: {error} ({traceback.format_exc(limit=-2).splitlines()[1].strip()})"]
    else:
        told = []
    complaints = {"as expected": (world.failures if world else []) + told,
                  **{name: complaints.get(name, ["not reached"]) for name in invariants.ALL}}
    return world.kills if world else 0, complaints, "; ".join(dict.fromkeys(world.notes if world else []))
