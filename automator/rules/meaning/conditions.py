"""Conditions that never hold, and conditions that always hold."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, Final

from automator.conditions import compile_expression
from automator.conditions.forms.logic import links
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, constant, is_true
from automator.files import did_you_mean, suggest
from automator.model import N_, Reason
from automator.reasons.problems import phrases
from automator.rules.compiled.globs import is_glob, matches_any
from automator.rules.meaning.event_paths import event_paths, paths_read, seen_of
from automator.rules.meaning.listening import SHARED_EVENTS
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression, warning
from automator.rules.mending.fixes import by, for_underlined, mistake
from automator.rules.templates.template import is_template

# --- Parts of expressions ---


def calls(subject: Subject, *functions: str) -> Iterator[tuple[WrittenExpression, Node, str]]:
    """All calls of these functions with two arguments or more, each with its expression."""
    for written, node in subject.parts:
        function = str(node.get("value"))
        is_call = node["type"] == "function_expression" and len(node["children"]) > 1
        if is_call and (not functions or function in functions):
            yield written, node, function


def sides(node: Node, *others: str) -> Iterator[tuple[Node, Node]]:
    """Both sides of `==`, and of these other signs and functions, with either side first."""
    if node.get("value") in ("eq", *others) and len(node["children"]) == 2:
        yield from permutations(node["children"], 2)


def is_text(node: Node) -> bool:
    """Whether a part is a literal text."""
    return node["type"] == "literal" and isinstance(node["value"], str)


def written_texts(node: Node) -> list[str]:
    """The literal texts of a part: a single one, or those in a list."""
    items: list[Any] = node["children"] if node["type"] == "multi_select_list" else [node]
    return [item["value"] for item in items if is_text(item)]


# --- Contradictions and unknown paths ---


@mistake(
    "events-too-early",
    N_("'events' is empty here: this is evaluated for each event separately"),
    N_("write event; steps see as events what debounce or both has collected."),
    bad="conditions:\n  - length(events) > `1`",
    good="conditions:\n  - event.text",
)
def meaning_events_too_early() -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: event.type is in lower case"),
    N_("write '{lower}'."),
    bad="conditions:\n  - event.type == 'Comment.Created'",
    good="conditions:\n  - event.type == 'comment.created'",
)
def meaning_event_in_capitals(*, lower: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: the trigger listens to {listened:alternatives}"),
    N_("write one of those, or add '{value}' to the trigger."),
    bad="conditions:\n  - event.type == 'comment.edited'",
    good="conditions:\n  - event.type == 'comment.created'",
)
def meaning_not_listened_to(*, listened: Sequence[str], value: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: no type of event here has '{value}' at that place"),
    N_("did you mean '{nearest}'?"),
    bad="trigger: {connection: demo-page}\nconditions: [\"starts_with(event.type, 'comments.')\"]",
    fix=by("'{value}'", "'{nearest}'"),
)
def meaning_no_such_type(*, value: str, nearest: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: no event here comes from '{value}'"),
    N_("{suggestion}"),
    bad="trigger: {event: comment.created}\nconditions:\n  - event.connection == 'our-own'",
    good="conditions:\n  - event.connection == 'demo-page'",
)
def meaning_never_from_there(*, value: str, suggestion: Reason) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: the split '{split}' has no arm '{value}'"),
    N_("write one of: {known:list}."),
    bad="conditions:\n  - arm(event.actor.id, 'greeting', ['a', 'b']) == 'c'",
    good="conditions:\n  - arm(event.actor.id, 'greeting', ['a', 'b']) == 'b'",
)
def meaning_unknown_arm(*, split: str, value: str, known: Sequence[str]) -> None: ...


#: The paths that hold the name of the connection.
_CONNECTION = ("event.connection", "connection.name")
#: A comparison within a template.
_COMPARED: Final = re.compile(
    r"\b(?P<name>event\.(?:type|connection|provider)) *== *"
    r"(?P<quote>['\"])(?P<value>[^'\"{}]+)(?P=quote)"
)
#: The ways to compare a type, and whether a type has a text there.
_FITS: Mapping[str, Callable[[str, str], bool]] = {
    "one_of": str.__eq__,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "contains": str.__contains__,
}


@warning
def unknown_paths(subject: Subject) -> Iterator[Remark]:
    """Finds paths that no sample of the trigger's events has, and conditions on `events` or
    `steps`, which are empty then.
    """
    seen = seen_of(subject.trigger, subject.context.connections, subject.context.seen)
    of_event = event_paths(subject.trigger, subject.context.known_paths, seen)
    for written in subject.expressions:
        if written.tree is None or written.role not in ("conditions", "key"):
            continue
        reads_events = "events" in compile_expression(written.text).roots
        # An expression such as `[]` reads the whole scope, not `events` in particular.
        if reads_events and "events" in written.text:
            yield written.remark("events", meaning_events_too_early())
        for names in paths_read(written.tree):
            reason = of_event(".".join(names)) if len(names) > 1 else None
            # Another check reports upper case in the name of a header.
            if reason is not None and not (
                names[1] == "headers" and names[-1].lower() != names[-1]
            ):
                yield written.remark(".".join(names), reason)
            found = subject.missing(names) if written.role == "conditions" else None
            if found is not None:
                yield written.remark(".".join(names[: found[1]]), found[0])


@warning
def other_events(subject: Subject) -> Iterator[Remark]:
    """Finds conditions on a type of event, a connection or a provider that the trigger excludes,
    also in the `if` of a step and in templates.
    """
    for written in subject.expressions:
        for node in written.parts_in_scope if written.role in ("conditions", "if") else ():
            function, name, values = _asked_for(node)
            reasons = [_not_listened_to(subject, name, one, function) for one in values]
            if reasons and reasons[0] is not None and None not in reasons:
                yield written.remark(name, reasons[0])
    for _, place, text in subject.texts:
        for found in _COMPARED.finditer(text) if is_template(text) else ():
            reason = _not_listened_to(subject, found["name"], found["value"], "eq")
            if reason is not None:
                yield Remark(place, reason, (found.start(), len(found[0])))


def _asked_for(node: Node) -> tuple[str, str, list[str]]:
    """The function or sign that compares a path, the path, and the texts; none in other parts."""
    compared = path_and_literal(node)
    if compared is not None and node["value"] == "eq":
        return "eq", compared[0], [compared[1]] if isinstance(compared[1], str) else []
    children, function = node["children"], str(node.get("value"))
    if node["type"] != "function_expression" or function not in _FITS or len(children) != 2:
        return "", "", []
    return function, ".".join(path_names(children[0]) or ()), written_texts(children[1])


def _not_listened_to(subject: Subject, name: str, value: str, function: str) -> Reason | None:
    trigger = subject.trigger
    listened = {
        "event.type": trigger.events,
        "event.connection": trigger.connections,
        "connection.name": trigger.connections,
        "event.provider": trigger.providers,
        "connection.provider": trigger.providers,
    }.get(name, ())
    if name == "event.type" and value != value.lower():
        return meaning_event_in_capitals(lower=value.lower())
    if function not in ("eq", "one_of"):
        return _not_a_part(subject, value, function) if name == "event.type" else None
    if not listened:
        return _not_configured(subject, name, value)
    if name in _CONNECTION:
        is_covered = trigger.hears(value)
    else:
        is_covered = matches_any(value, listened) if name == "event.type" else value in listened
    return None if is_covered else meaning_not_listened_to(listened=listened, value=value)


def _not_a_part(subject: Subject, value: str, function: str) -> Reason | None:
    """The reason why no type of an event begins with a text, ends with it or has it; None if one
    may. Rules raise events too, so a text unlike all types may be meant.
    """
    events, word = subject.trigger.events, value.strip(".")
    types = subject.context.event_types
    named = {kind for one in subject.providers or () for kind in types.get(one, ())}
    for one in subject.providers or ():
        named.update(f"{one}.{name}" for name in subject.context.event_names.get(one, ()))
    known = sorted(events or (named and named | SHARED_EVENTS))
    heads = {one: re.split(r"[*?\[]", one)[0] for one in known if is_glob(one)}
    if any(function != "starts_with" or value.startswith(head) for head in heads.values()):
        return None
    if not known or any(_FITS[function](heads.get(one, one), value) for one in known):
        return None
    # A provider may have more subjects than are declared.
    if not events and value.startswith(tuple(f"{one}." for one in subject.providers or ())):
        return None
    if events:
        missed = f"{value}*" if function == "starts_with" else value
        return meaning_not_listened_to(listened=events, value=missed)
    nearest = did_you_mean(word, [part for kind in known for part in kind.split(".")])
    if nearest == word:
        # `starts_with(event.type, 'issues')` means `github.issues`.
        whole = next(one for one in known if word in one.split("."))
        nearest = whole[: whole.index(word) + len(word)]
    better = value.replace(word, nearest or "")
    return meaning_no_such_type(value=value, nearest=better) if nearest else None


def _not_configured(subject: Subject, name: str, value: str) -> Reason | None:
    """The reason why no event has this connection or provider: automator.yaml does not have it."""
    if subject.context.connections is None or subject.trigger.schedule is not None:
        return None
    known, many = set(subject.context.connections), phrases.word_connections
    if name in ("event.provider", "connection.provider"):
        known, many = set(subject.context.connections.values()), phrases.word_providers
    elif name not in _CONNECTION:
        return None
    if value in known:
        return None
    return meaning_never_from_there(value=value, suggestion=suggest(value, known, many))


def path_and_literal(node: Node) -> tuple[str, Any] | None:
    """The path and the literal value that a node compares; None for any other node."""
    if node["type"] != "comparator":
        return None
    left, right = node["children"]
    if left["type"] == "literal":
        left, right = right, left
    names = path_names(left)
    if names is None or right["type"] != "literal":
        return None
    return ".".join(names), right["value"]


@warning
def unknown_arms(subject: Subject) -> Iterator[Remark]:
    """Finds `arm(event.actor.id, 'greeting', ['a', 'b']) == 'c'`: there is no such arm."""
    for written, node in subject.parts:
        for one, other in sides(node):
            if one["type"] != "function_expression" or one["value"] != "arm":
                continue
            (_, name), (_, arms) = map(constant, one["children"][1:])
            word = other["value"] if other["type"] == "literal" else None
            if isinstance(word, str) and word not in arms:
                reason = meaning_unknown_arm(split=name, value=word, known=list(arms))
                yield written.remark(f"'{word}'", reason)


# --- What always holds ---


@mistake(
    "always-holds",
    N_("this always holds: a list with something in it counts as true"),
    N_("leave the brackets out, as in {better}."),
    bad='conditions: ["[event.post.is_ad]"]',
    fix=for_underlined,
)
def meaning_list_always_holds(*, better: str) -> None: ...
@mistake(
    "always-holds",
    N_("this always holds: every number counts as true, 0 as well"),
    N_("write {better}."),
    bad="conditions:\n  - len(event.text)",
    fix=for_underlined,
)
def meaning_number_always_holds(*, better: str) -> None: ...
@mistake(
    "always-holds",
    N_("this always holds: a value that stands alone is compared with nothing"),
    N_("write {better}."),
    bad="conditions:\n  - event.text == 'a' || 'b'",
    fix=for_underlined,
)
def meaning_missing_side(*, better: str) -> None: ...
@mistake(
    "always-holds",
    N_("this always holds: there is always a value here, and nothing that it is compared with"),
    N_("compare it, as in event.text == 'giá'."),
    bad="conditions:\n  - event.actor && event",
    good="conditions:\n  - event.actor",
)
def meaning_value_always_holds() -> None: ...


#: Functions whose result is a number.
_NUMBERS: Final = frozenset({"len", "length", "abs", "ceil", "floor", "sum"})
#: Functions whose result is a text that is never empty.
_TEXTS: Final = frozenset({"type", "weekday", "to_json", "arm"})
#: Names of the scope that are never empty.
_FULL: Final = frozenset({"event", "connection", "now"})


@warning
def always_hold(subject: Subject) -> Iterator[Remark]:
    """Finds `event.text == 'giá' || 'bao nhiêu'`, `[keywords(…)]`, `len(event.text)`."""
    for written in subject.expressions:
        if written.tree is not None and written.is_condition:
            yield from _found(written, written.tree, None)


def _found(written: WrittenExpression, node: Node, before: Node | None) -> Iterator[Remark]:
    """Remarks on parts of a condition that always hold; `before` is the part before `node`."""
    kind = node["type"]
    if kind in ("or_expression", "and_expression"):
        for part in links(node):
            yield from _found(written, part, before)
            before = part if part["type"] in ("comparator", "function_expression") else before
        return
    if kind == "not_expression":
        yield from _found(written, node["children"][0], None)
        return
    reason = _because(node, before)
    if reason is not None:
        yield written.remark_on(node, reason)


def _because(node: Node, before: Node | None) -> Reason | None:
    """The reason why a part always holds, or None."""
    kind = node["type"]
    if kind == "multi_select_list":
        inner = " && ".join(unparse(child) for child in node["children"])
        return meaning_list_always_holds(better=inner)
    if kind == "literal" and is_true(node["value"]) and node["value"] is not True:
        better = _asked_of(node, before)
        return meaning_missing_side(better=better) if better else meaning_value_always_holds()
    if kind == "function_expression" and node["value"] in _NUMBERS:
        return meaning_number_always_holds(better=f"{unparse(node)} > `0`")
    is_text = kind == "function_expression" and node["value"] in _TEXTS
    is_full = kind == "field" and node["value"] in _FULL
    is_value = is_text or is_full or kind == "multi_select_dict"
    return meaning_value_always_holds() if is_value else None


def _asked_of(literal: Node, before: Node | None) -> str:
    """The comparison before `||`, repeated for this literal; "" if there is none."""
    children: list[Node] = before["children"] if before is not None else []
    if before is None or len(children) < 2 or children[1]["type"] != "literal":
        return ""
    return unparse({**before, "children": [children[0], literal, *children[2:]]})
