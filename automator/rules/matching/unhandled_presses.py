"""Finds the buttons of menus whose press no rule takes, before anybody has pressed them."""

from typing import Any

from automator.model import Condition
from automator.plugins import Press, Provider
from automator.rules.compiled.conditions import Scope, compile_condition, expressions_in, fields_of
from automator.rules.compiled.globs import matches_any
from automator.rules.compiled.rule import CompiledRule
from automator.rules.matching.ruleset import RuleSet

#: The names that are known before a tap: conditions that read more may hold for some people.
_KNOWN_ROOTS = frozenset({"event", "vars", "connection"})
_KNOWN_FIELDS = frozenset({"type", "provider", "connection", "text", "button", "command"})


def unhandled_presses(rule_set: RuleSet, provider: Provider) -> list[Press]:
    """The items that people can tap at a connection's accounts and that no live rule may answer."""
    accounts = (provider, *provider.accounts)
    return [
        press
        for press in provider.presses
        if not any(
            _may_take(rule, scope)
            for scope in (_scope(item, press) for item in accounts)
            for rule in rule_set.rules
        )
    ]


def _scope(provider: Provider, press: Press) -> Scope:
    """The scope of conditions for a tap, as far as it is known."""
    connection = {"name": provider.connection, "provider": provider.name}
    event: dict[str, Any] = {"provider": provider.name, "connection": provider.connection}
    if press.kind == "command":
        command = {"id": press.payload, "text": ""}
        event |= {"type": "message.received", "text": press.payload, "command": command}
    else:
        button = {"id": press.payload, "title": press.title}
        event |= {"type": "button.clicked", "text": press.title, "button": button}
    seen = {"contact": {}, "now": "", "steps": {}}
    return {"event": event, "connection": connection, **seen}


def _may_take(rule: CompiledRule, scope: Scope) -> bool:
    spec, trigger, connection = rule.spec, rule.spec.trigger, scope["connection"]
    is_live = spec.enabled and not spec.shadow and trigger.schedule is None
    if not is_live or (trigger.events and not matches_any(scope["event"]["type"], trigger.events)):
        return False
    providers = trigger.providers or (connection["provider"],)
    if connection["provider"] not in providers or not trigger.hears(connection["name"]):
        return False
    seen = rule.scope_for(scope)
    return all(_may_hold(condition, seen) for condition in spec.conditions)


def _may_hold(condition: Condition, scope: Scope) -> bool:
    roots = frozenset().union(*(one.roots for one in expressions_in((condition,))))
    is_known = roots <= _KNOWN_ROOTS and fields_of((condition,), "event") <= _KNOWN_FIELDS
    return not is_known or compile_condition(condition)(scope, None)
