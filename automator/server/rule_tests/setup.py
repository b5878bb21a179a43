"""The setup of the tests of rule files: a configuration, and stand-ins for missing connections."""

from collections.abc import Mapping
from dataclasses import replace

from automator.actions import builtin_actions
from automator.configuration.settings import Settings
from automator.model.own_events import SCHEDULE
from automator.plugins import Provider
from automator.rules import Loaded, RuleContext, RuleTest
from automator.simulation.simulation import SimulationSetup

#: The kind of connection through which people are mostly written to.
_USUAL = "facebook"


def setup_of(
    files: Mapping[str, str],
    rule_context: RuleContext,
    settings: Settings,
    connections: Mapping[str, Provider],
) -> SimulationSetup:
    """The setup with which the tests of these files run."""
    names = {name: provider.name for name, provider in connections.items()}
    return SimulationSetup(
        files=files,
        rule_context=replace(rule_context, connections=names),
        settings=settings.without_addresses(),
        connections=connections,
        actions=builtin_actions(),
    )


def stand_ins(read: Loaded, known: Mapping[str, Provider]) -> dict[str, Provider]:
    """The connections that rules name, if nothing is configured.

    Each is like the known connection whose samples the tests of the rule use. A connection that
    rules only send through is simulated by the provider that its name mentions, else as a Page. A
    connection whose tests use no sample is simulated as a Page.
    """
    by_kind = {provider.name: provider for provider in known.values()}
    made = _named_by_triggers(read, known, by_kind)
    for rule in read.rule_set.rules:
        for step in rule.steps.values():
            if step.via and step.via not in known and step.via not in made:
                kind = next((kind for kind in by_kind if kind in step.via), _USUAL)
                if kind in by_kind:
                    made[step.via] = type(by_kind[kind])(step.via, by_kind[kind].options)
    return made


def _named_by_triggers(
    read: Loaded, known: Mapping[str, Provider], by_kind: Mapping[str, Provider]
) -> dict[str, Provider]:
    made: dict[str, Provider] = {}
    sampled = [(test.rule, _kinds_of(test)) for test in read.tests]
    # Contacts of a schedule, and events written out in a test, show no kind of connection.
    for rule_id, kinds in (*sampled, *((test.rule, [_USUAL]) for test in read.tests)):
        rule = read.rule_set.rule(rule_id)
        names = rule.spec.trigger.connections if rule else ()
        for like in (by_kind[kind] for kind in kinds if kind in by_kind):
            for name in names:
                if name not in known and name not in made and name != SCHEDULE:
                    made[name] = type(like)(name, like.options)
    return made


def _kinds_of(test: RuleTest) -> list[str]:
    """The kinds of connections whose samples a test uses."""
    return [(arrival.sample or "").partition("/")[0] for arrival in test.source.arrivals]
