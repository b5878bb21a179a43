"""What the tests of rule files run on: a configuration, and connections where there is none."""

from collections.abc import Mapping
from dataclasses import replace

from automator.actions import builtin_actions
from automator.configuration.settings import Settings
from automator.plugins import Provider
from automator.rules import Loaded, Surroundings
from automator.simulation.rule_tests import Bench


def bench_of(
    read: Loaded,
    surroundings: Surroundings,
    settings: Settings,
    connections: Mapping[str, Provider],
) -> Bench:
    """What the tests of a rule set run on.

    Where `surroundings` know no connections, because nothing is configured, each connection that a
    rule names is like the one of the provider whose samples its tests use.
    """
    if surroundings.connections is None:
        connections = {**connections, **_stand_ins(read, connections)}
    names = {name: provider.name for name, provider in connections.items()}
    return Bench(
        files=read.rule_set.files,
        surroundings=replace(surroundings, connections=names),
        settings=settings,
        connections=connections,
        actions=builtin_actions(),
    )


def _stand_ins(read: Loaded, known: Mapping[str, Provider]) -> dict[str, Provider]:
    """The connections that rules name and nobody has configured, with the options of known ones."""
    by_kind = {provider.name: provider for provider in known.values()}
    made: dict[str, Provider] = {}
    for test in read.tests:
        rule = read.rule_set.rule(test.rule)
        names = rule.spec.trigger.connections if rule else ()
        for arrival in test.source.arrivals:
            like = by_kind.get((arrival.sample or "").partition("/")[0])
            if like is None:
                continue
            for name in names:
                if name not in known and name not in made:
                    made[name] = type(like)(name, like.options)
    return made
