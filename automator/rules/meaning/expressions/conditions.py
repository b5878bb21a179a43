"""Finds conditions that never hold, and those that read paths that no event has."""

from collections.abc import Iterator, Mapping
from typing import Any

from automator.conditions import Equals, ExpressionError, compile_expression
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.values import Node, constant
from automator.files import Path, suggest
from automator.model import Reason
from automator.reasons.problems import words
from automator.reasons.problems.meaning.comparisons import (
    CONTRADICTION,
    EVENT_IN_CAPITALS,
    NEVER_THIS_CONNECTION,
    NEVER_THIS_PROVIDER,
    NOT_LISTENED_TO,
    UNKNOWN_ARM,
)
from automator.reasons.problems.meaning.paths import EVENTS_TOO_EARLY
from automator.rules.compiled.globs import matches_any
from automator.rules.meaning.event_paths import event_paths, headers_of, paths_read
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression

#: Values of another condition that a problem names, at most.
_MOST_LITERALS = 4
#: The paths that have the name of the connection.
_CONNECTION = ("event.connection", "connection.name")
Required = dict[str, frozenset[str]]


def contradictions(subject: Subject) -> Iterator[Remark]:
    """Finds two conditions that want different values of one field."""
    yield from _of_list((*subject.path, "conditions"), subject.data.get("conditions"), {})


def _of_list(path: Path, items: Any, required: Required) -> Iterator[Remark]:
    """Looks through a list whose items must all hold; `required` has the values that earlier ones
    want.
    """
    for index, item in enumerate(items if isinstance(items, list) else ()):
        yield from _of_item((*path, index), item, required)


def _of_item(path: Path, item: Any, required: Required) -> Iterator[Remark]:
    if isinstance(item, str):
        yield from _of_text(path, item, required)
    if not isinstance(item, Mapping):
        return
    if isinstance(item.get("expr"), str):
        yield from _of_text((*path, "expr"), item["expr"], required)
    yield from _of_list((*path, "all"), item.get("all"), required)
    for kind in ("any", "not"):
        inner = item.get(kind)
        for index, one in enumerate(inner if isinstance(inner, list) else ()):
            beside = dict(required) if kind == "any" else {}
            yield from _of_item((*path, kind, index), one, beside)


def _of_text(path: Path, text: str, required: Required) -> Iterator[Remark]:
    try:
        predicates = compile_expression(text).predicates
    except ExpressionError:
        return
    for predicate in predicates:
        if isinstance(predicate, Equals):
            name = ".".join(predicate.path)
            before = required.setdefault(name, predicate.literals)
            required[name] = before & predicate.literals
            if before and predicate.literals and not required[name]:
                wanted = [f"'{literal}'" for literal in sorted(before)[:_MOST_LITERALS]]
                reason = CONTRADICTION(name=name, wanted=wanted)
                yield WrittenExpression(path, text, "conditions").remark(name, reason)


def unknown_paths(subject: Subject) -> Iterator[Remark]:
    """Finds paths that no sample of the trigger's events has, and `events` or `steps` where there
    are none.
    """
    headers = headers_of(subject.trigger, subject.connections, subject.headers)
    of_event = event_paths(subject.trigger, subject.known_paths, headers)
    for written in subject.expressions:
        if written.tree is None or written.role not in ("conditions", "key"):
            continue
        reads_events = "events" in compile_expression(written.text).roots
        # An expression that reads the whole scope, as `[]` does, does not mean `events`.
        if reads_events and "events" in written.text:
            yield written.remark("events", EVENTS_TOO_EARLY())
        for names in paths_read(written.tree):
            reason = of_event(".".join(names)) if len(names) > 1 else None
            # Capitals in the name of a header have a remark of their own.
            if reason is not None and not (
                names[1] == "headers" and names[-1].lower() != names[-1]
            ):
                yield written.remark(".".join(names), reason)
            found = subject.missing(names) if written.role == "conditions" else None
            if found is not None:
                yield written.remark(".".join(names[: found[1]]), found[0])


def other_events(subject: Subject) -> Iterator[Remark]:
    """Finds conditions on a type, a connection or a provider that the trigger does not
    listen to.
    """
    for written in subject.conditions:
        for node in written.parts_in_scope:
            compared = path_and_literal(node)
            if compared is not None and node["value"] == "eq" and isinstance(compared[1], str):
                reason = _not_listened_to(subject, *compared)
                if reason is not None:
                    yield written.remark(compared[0], reason)


def _not_listened_to(subject: Subject, name: str, value: str) -> Reason | None:
    trigger = subject.trigger
    listened = {
        "event.type": trigger.events,
        "event.connection": trigger.connections,
        "connection.name": trigger.connections,
        "event.provider": trigger.providers,
        "connection.provider": trigger.providers,
    }.get(name, ())
    if name == "event.type" and value != value.lower():
        return EVENT_IN_CAPITALS(lower=value.lower())
    if not listened:
        return _not_configured(subject, name, value)
    if name in _CONNECTION:
        is_covered = trigger.hears(value)
    else:
        is_covered = matches_any(value, listened) if name == "event.type" else value in listened
    return None if is_covered else NOT_LISTENED_TO(listened=listened, value=value)


def _not_configured(subject: Subject, name: str, value: str) -> Reason | None:
    """The reason why no event has this connection or provider, where the trigger names none."""
    if subject.connections is None or subject.trigger.schedule is not None:
        return None
    if name in _CONNECTION and value not in subject.connections:
        suggestion = suggest(value, subject.connections, words.WORD_CONNECTIONS)
        return NEVER_THIS_CONNECTION(value=value, suggestion=suggestion)
    providers = set(subject.connections.values())
    if name in ("event.provider", "connection.provider") and value not in providers:
        suggestion = suggest(value, providers, words.WORD_PROVIDERS)
        return NEVER_THIS_PROVIDER(value=value, suggestion=suggestion)
    return None


def path_and_literal(node: Node) -> tuple[str, Any] | None:
    """The path and the written value of a comparison of the two, or None."""
    if node["type"] != "comparator":
        return None
    left, right = node["children"]
    if left["type"] == "literal":
        left, right = right, left
    names = path_names(left)
    if names is None or right["type"] != "literal":
        return None
    return ".".join(names), right["value"]


def unknown_arms(subject: Subject) -> Iterator[Remark]:
    """`arm(event.actor.id, 'greeting', ['a', 'b']) == 'c'`: there is no such arm."""
    for written, node in subject.parts:
        children = node["children"]
        if node["type"] != "comparator" or node["value"] != "eq":
            continue
        for one, other in (children, children[::-1]):
            if one["type"] != "function_expression" or one["value"] != "arm":
                continue
            (_, name), (_, arms) = map(constant, one["children"][1:])
            word = other["value"] if other["type"] == "literal" else None
            if isinstance(word, str) and word not in arms:
                reason = UNKNOWN_ARM(split=name, value=word, known=list(arms))
                yield written.remark(f"'{word}'", reason)
