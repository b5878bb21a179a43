"""Prepares simulations of rule files: their setup, and stand-ins for missing connections."""

from collections.abc import Mapping
from dataclasses import replace

from automator.actions import builtin_actions
from automator.configuration.settings import Settings
from automator.model.own_events import SCHEDULE
from automator.plugins import Provider
from automator.rules import Loaded, RuleContext, RuleTest
from automator.simulation.simulation import SimulationSetup

#: The provider that a stand-in simulates if nothing shows which provider is meant.
_USUAL = "facebook"


def setup_of(
    files: Mapping[str, str],
    rule_context: RuleContext,
    settings: Settings,
    connections: Mapping[str, Provider],
) -> SimulationSetup:
    """The setup of simulations of these rule files; settings without the addresses of targets."""
    names = {name: provider.name for name, provider in connections.items()}
    return SimulationSetup(
        files=files,
        rule_context=replace(rule_context, connections=names),
        settings=settings.without_addresses(),
        connections=connections,
        actions=builtin_actions(),
    )


def stand_ins(read: Loaded, known: Mapping[str, Provider]) -> dict[str, Provider]:
    """Makes the connections that rules name and that are not known, if nothing is configured.

    A stand-in has the provider whose samples the tests of its rule use, or else is a Page. A
    connection that rules only send through has the provider that its name mentions, or else is a
    Page.
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
    # Tests without samples, with contacts of a schedule or written events, show no provider.
    for rule_id, kinds in (*sampled, *((test.rule, [_USUAL]) for test in read.tests)):
        rule = read.rule_set.rule(rule_id)
        names = rule.spec.trigger.connections if rule else ()
        for like in (by_kind[kind] for kind in kinds if kind in by_kind):
            for name in names:
                if name not in known and name not in made and name != SCHEDULE:
                    made[name] = type(like)(name, like.options)
    return made


def _kinds_of(test: RuleTest) -> list[str]:
    """The providers whose samples a test uses; "" for an event without a sample."""
    return [(arrival.sample or "").partition("/")[0] for arrival in test.source.arrivals]
