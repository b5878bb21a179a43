"""Finds keys of limits that are valid and most likely not meant so."""

from collections.abc import Iterator, Sequence

from automator.conditions import ExpressionError, compile_expression
from automator.conditions.forms.paths import path_names
from automator.files import Path
from automator.model.rules.limits import LIMIT_NAMES, Once
from automator.reasons.problems.rules import KEY_OF_EVERYBODY, KEY_OF_NAMESAKES, KEY_OF_ONE_EVENT
from automator.rules.meaning.event_paths import paths_of_expression
from automator.rules.meaning.subject import Remark, Subject

#: Paths whose value is the same for all people who meet one rule.
_OF_EVERYBODY = ("event.post", "event.type", "event.connection", "event.provider", "connection")
#: Paths whose value is different for every event.
_OF_ONE_EVENT = ("event.id", "event.received_at", "now")

#: Functions whose result contains their whole argument.
_KEEPS_VALUE = frozenset({"join", "to_json", "to_string", "to_array", "trim", "not_null"})

#: Paths whose value different people may share, such as a name, each with the path that is unique.
_OF_NAMESAKES = {"event.actor.name": "event.actor.id", "contact.name": "contact.id"}


def limit_keys(subject: Subject) -> Iterator[Remark]:
    """Finds keys that differ for every event, or that different people share."""
    for limit in subject.limits:
        here: Path = (*subject.path, "limits", LIMIT_NAMES[type(limit)], "key")
        paths = [".".join(names) for names in paths_of_expression(limit.key)]
        for single in _unaltered(limit.key):
            if single in _OF_ONE_EVENT:
                reason = KEY_OF_ONE_EVENT(path=single)
                yield Remark(here, reason, (limit.key.find(single), len(single)))
        for named in (path for path in paths if path in _OF_NAMESAKES):
            if not set(paths) & {"event.actor.id", "contact.id"}:
                reason = KEY_OF_NAMESAKES(path=named, nearest=_OF_NAMESAKES[named])
                yield Remark(here, reason, (limit.key.find(named), len(named)))
        if isinstance(limit, Once) and _is_of_everybody(limit.key, paths):
            yield Remark(here, KEY_OF_EVERYBODY(), (0, len(limit.key)))


def _unaltered(key: str) -> Iterator[str]:
    """The paths whose whole value is in the key: of `weekday(now, zone)` it has the day alone."""
    try:
        tree = compile_expression(key).tree
    except ExpressionError:
        return
    open_ = [tree]
    for node in open_:
        names = path_names(node)
        if names:
            yield ".".join(names)
        elif node["type"] != "function_expression" or node["value"] in _KEEPS_VALUE:
            open_ += node["children"] if node["type"] != "slice" else ()


def _is_of_everybody(key: str, paths: Sequence[str]) -> bool:
    """Whether nothing in a key tells one person from another."""
    if {path.split(".")[0] for path in paths} != compile_expression(key).roots:
        # It reads other things beside plain paths.
        return False
    return all(f"{path}.".startswith(tuple(f"{one}." for one in _OF_EVERYBODY)) for path in paths)
