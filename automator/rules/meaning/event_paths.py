"""The paths that events have, by the samples of providers, and the paths that a rule reads."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from automator.conditions import ExpressionError, compile_expression
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.values import Node
from automator.files import did_you_mean, suggest
from automator.model import N_, Reason, Rule, Step, Trigger
from automator.model.rule import expressions_of
from automator.reasons.problems.phrases import word_names
from automator.rules.compiled.globs import is_glob, matches
from automator.rules.meaning.subject import KnownPaths, SeenOfRequests, parts_in_scope, providers_of
from automator.rules.mending.fixes import mistake
from automator.rules.templates.inputs import compile_text, texts_in
from automator.rules.templates.template import is_template

# --- Kinds of values ---

#: The parts of an event that are objects with an id.
PARTS = ("conversation", "post", "comment", "parent", "message")
#: Paths whose value is a text or null.
TEXTS = frozenset(
    {
        "event.id",
        "event.type",
        "event.provider",
        "event.connection",
        "event.occurred_at",
        "event.received_at",
        "event.text",
        "event.actor.id",
        "event.actor.name",
        "connection.name",
        "connection.provider",
    }
    | {f"event.{name}.id" for name in PARTS}
)
#: Paths whose value is true or false.
FLAGS = frozenset(
    {
        "event.actor.is_self",
        "event.comment.is_reply",
        "event.post.is_ad",
        "contact.opted_out",
        "contact.blocked",
    }
)
LISTS = frozenset({"contact.tags", "event.attachments"})
#: Every path whose value is an object.
OBJECTS = frozenset(
    {"event", "event.actor", "contact", "contact.state", "connection", "vars"}
    | {f"event.{name}" for name in PARTS}
)


# --- Paths ---


@mistake(
    "unknown-path",
    N_("rules do not see the header {name} of these events"),
    N_("{suggestion} The option headers of the connection takes more of them."),
    bad="conditions:\n  - event.headers.\"x-shop\" == 'a'",
    good="conditions:\n  - event.headers.\"user-agent\" == 'a'",
)
def meaning_header_not_seen(*, name: str, suggestion: Reason) -> None: ...
@mistake(
    "unknown-path",
    N_("rules do not see {path} of these events"),
    N_("list it in the connection: request takes method, path and remote."),
    bad="conditions:\n  - event.request.remote == '203.0.113.7'",
    good="conditions:\n  - event.query.shop == '7'",
)
def meaning_request_not_seen(*, path: str) -> None: ...
@mistake(
    "unknown-path",
    N_("no sample of {events:all} has {path}"),
    N_("look at an event in the log."),
    bad="conditions:\n  - event.data.delivery_window_of_parcel == 'am'",
    good="conditions:\n  - event.text == 'am'",
)
def meaning_unknown_path(*, events: Sequence[str], path: str) -> None: ...
@mistake(
    "unknown-path",
    N_("no sample of {events:all} has {path}"),
    N_("did you mean {nearest}?"),
    bad="conditions:\n  - event.txt == 'a'",
)
def meaning_misspelt_path(*, events: Sequence[str], path: str, nearest: str) -> None: ...


_ALWAYS = frozenset(
    name for name in TEXTS | FLAGS if name.startswith("event.") and name.split(".")[1] not in PARTS
) | {"event.actor"}
#: Names of other programs for the text of an event and for its author.
_CALLED_TEXT = re.compile(
    r"event\.(?:(?:comment|message|post|body|data)\.)?(?:text|message|content|body|caption|noi_dung)"
)
_CALLED_ACTOR = re.compile(
    r"event\.(?:sender|from|user|author|customer|contact|khach)(?:\.(?P<part>id|name|\w*name))?"
    r"|event\.actor\.(?P<of_actor>\w*(?<!\.)name|ten|ho_ten|\w+_id)"
)
_OPEN = ("event.headers", "event.query", "event.request")
_HEADERS, _REQUEST = "event.headers.", "event.request."


def event_paths(
    trigger: Trigger, known: KnownPaths, seen: Collection[str] | None = None
) -> Callable[[str], Reason | None]:
    """Makes a function that returns the reason why no event of a trigger has a path, or None.

    `seen` are the paths of requests that rules see in the events; None = not known.
    """
    paths = _paths_of(trigger, known)
    return lambda name: _missing(paths, trigger, name, seen)


def seen_of(
    trigger: Trigger, connections: Mapping[str, str] | None, seen: SeenOfRequests
) -> Collection[str] | None:
    """The paths of requests that rules see in the events of a trigger; None = not known."""
    providers = providers_of(trigger, connections)
    if not providers or not providers <= seen.keys():
        return None
    return frozenset().union(*(seen[name] for name in providers))


def paths_read(tree: Node) -> Iterator[tuple[str, ...]]:
    """The paths from the top of the scope that an expression reads."""
    for node in parts_in_scope(tree):
        names = path_names(node)
        if names:
            yield tuple(names)


def paths_of_expression(text: str) -> Iterator[tuple[str, ...]]:
    """The paths that the expression in a text reads; none if it has a mistake."""
    try:
        tree = compile_expression(text).tree
    except ExpressionError:
        return
    yield from paths_read(tree)


def _missing(
    known: frozenset[str] | None, trigger: Trigger, name: str, seen: Collection[str] | None
) -> Reason | None:
    """The reason why no event of the trigger has a path; None if one has it, or nobody knows."""
    if seen is not None and name not in seen and name.startswith(_HEADERS):
        headers = [path.removeprefix(_HEADERS) for path in seen if path.startswith(_HEADERS)]
        name = name.removeprefix(_HEADERS)
        suggestion = suggest(name.replace("_", "-"), headers, word_names)
        return meaning_header_not_seen(name=name, suggestion=suggestion)
    if seen is not None and name not in seen and name.startswith(_REQUEST):
        return meaning_request_not_seen(path=name)
    if known is None or not name.startswith("event."):
        return None
    parts = name.split(".")
    around = [".".join(parts[:end]) + ".*" for end in range(2, len(parts))]
    if name in known or any(one in known for one in around):
        return None
    nearest: str | None = _meant(name, known)
    if nearest not in known and not name.endswith(".length"):
        nearest = did_you_mean(name, [one for one in known if not one.endswith(".*")])
    if nearest:
        return meaning_misspelt_path(events=trigger.events, path=name, nearest=nearest)
    return meaning_unknown_path(events=trigger.events, path=name)


def _meant(name: str, known: frozenset[str]) -> str:
    """The path of this program for a name of other programs; "" if unknown."""
    if _CALLED_TEXT.fullmatch(name):
        return "event.text"
    owner, _, last = name.rpartition(".")
    if last == "length" and owner in known:
        return f"length({owner})"
    found = _CALLED_ACTOR.fullmatch(name)
    if found is None:
        return ""
    part = found["of_actor"] or found["part"] or ""
    return "event.actor" + (f".{'id' if part.endswith('id') else 'name'}" if part else "")


def _paths_of(trigger: Trigger, known: KnownPaths) -> frozenset[str] | None:
    """The paths of all events that a trigger may mean, or None if these are not known."""
    found: frozenset[str] = _ALWAYS | {f"{one}.*" for one in _OPEN}
    if not trigger.events:
        return None
    for event in trigger.events:
        of_event = [paths for kind, paths in known.items() if matches(kind, event)]
        if not of_event or is_glob(event):
            # A glob may cover events without samples.
            return None
        found = found.union(*of_event)
    return found


# --- The paths that a rule reads ---


def event_paths_of(rule: Rule) -> frozenset[tuple[str, ...]]:
    """The paths below `event`, such as ("actor", "name"), without paths with a default."""
    asked = (names for text in _expressions(rule) for names in paths_of_expression(text))
    every = (*asked, *_of_steps(rule.every_step()))
    return frozenset(names[1:] for names in every if names[0] == "event" and len(names) > 1)


def _expressions(rule: Rule) -> Iterator[str]:
    yield from (expression.text for expression in expressions_of(rule.conditions))
    yield from (limit.key for limit in rule.limits)
    if rule.rollout is not None:
        yield rule.rollout.key


def _of_steps(steps: Iterable[Step]) -> Iterator[tuple[str, ...]]:
    for step in steps:
        if step.condition:
            yield from paths_of_expression(step.condition)
        for _, text in texts_in(step.inputs, ()):
            if is_template(text):
                template, _ = compile_text(text, is_url=False)
                yield from template.reads if template is not None else ()
