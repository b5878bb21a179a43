"""Rule files → a rule set, or every problem of every file at once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FolderPath
from typing import Any

from automator.files import MAX_BYTES, Path, kind_of, parse_yaml, suggest
from automator.model import Problem, Rule, Severity, Trigger
from automator.plugins import AnyAction
from automator.rules.collector import Collector
from automator.rules.compiled import CompiledRule
from automator.rules.events import misspelt_event
from automator.rules.read_actions import ActionReader
from automator.rules.read_conditions import read_conditions
from automator.rules.ruleset import RuleSet
from automator.rules.schema import (
    NOT_YET_RULE,
    NOT_YET_TRIGGER,
    RuleFileSource,
    RuleSource,
    TriggerSource,
)

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What rule files say. `rule_set` is None when there is an error in any of them."""

    rule_set: RuleSet | None
    #: In the order of their places; warnings may stand here beside a rule set.
    problems: list[Problem]


def load_rules(
    files: Mapping[str, str],
    *,
    actions: Mapping[str, AnyAction],
    connections: Mapping[str, str] | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002  # The word of the rule language.
) -> Loaded:
    """Reads all rule files together. Raises nothing: what is wrong stands in `problems`.

    `connections` are the configured ones with their providers, or None when they are not known
    and shall not be checked. `vars` are those of automator.yaml.
    """
    reader = _Reader(actions, connections, dict(vars or {}))
    for name in sorted(files):
        reader.read_file(name, files[name])
    problems = sorted(reader.problems)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return Loaded(None, problems)
    rules = tuple(CompiledRule(rule, actions) for rule in reader.rules)
    return Loaded(RuleSet(rules, files=dict(files), digest=digest_of(files)), problems)


def digest_of(files: Mapping[str, str]) -> str:
    """The SHA-256 of names and texts, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name, files[name]):
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def read_rule_files(folder: FolderPath) -> dict[str, str]:
    """The rule files below a folder by their names relative to it, in the order of the names.

    Hidden files and folders, and links that lead out of the folder, are left out. A file that is
    too large is read just far enough to be reported.
    """
    root = folder.resolve()
    files: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or path.suffix not in _SUFFIXES or not path.is_file():
            continue
        if path.resolve().is_relative_to(root):
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            files[relative.as_posix()] = data.decode("utf-8", "replace")
    return files


class _Reader:
    def __init__(
        self,
        actions: Mapping[str, AnyAction],
        connections: Mapping[str, str] | None,
        server_vars: dict[str, Any],
    ) -> None:
        self._actions = actions
        self._connections = connections
        self._server_vars = server_vars
        self._places: dict[str, str] = {}
        self.rules: list[Rule] = []
        self.problems: list[Problem] = []

    def read_file(self, name: str, text: str) -> None:
        parsed = parse_yaml(name, text)
        collector = Collector(parsed)
        if parsed.data is not None:
            self._read_rules(collector, parsed.data)
        self.problems += collector.problems

    def _read_rules(self, collector: Collector, data: Any) -> None:
        source = collector.model(RuleFileSource, (), data)
        own = data.get("vars") if isinstance(data, Mapping) else None
        values = {**self._server_vars, **(own if isinstance(own, Mapping) else {})}
        items = source.rules if source else data.get("rules") if isinstance(data, Mapping) else None
        for index, item in enumerate(items if isinstance(items, list) else []):
            self._read_rule(collector, ("rules", index), item, values)

    def _read_rule(
        self, collector: Collector, path: Path, item: Any, values: Mapping[str, Any]
    ) -> None:
        if not isinstance(item, Mapping):
            message = f"a rule is a mapping with an id, and this is {kind_of(item)}"
            collector.at_value(path, message, "wrong-kind", "begin it with '- id: …'.")
            return
        data = collector.without(path, item, sorted(NOT_YET_RULE), "rules")
        trigger = data.get("trigger")
        if isinstance(trigger, Mapping):
            data["trigger"] = collector.without(
                (*path, "trigger"), trigger, sorted(NOT_YET_TRIGGER), "triggers"
            )
        source = collector.model(RuleSource, path, data)
        conditions = read_conditions(collector, (*path, "conditions"), data.get("conditions"))
        reader = ActionReader(collector, self._actions)
        reader.note_ids(data.get("actions"))
        reader.note_ids(data.get("on_error"))
        steps = reader.read((*path, "actions"), data.get("actions"))
        on_error = reader.read((*path, "on_error"), data.get("on_error"))
        if isinstance(data.get("id"), str):
            self._note_id(collector, path, data["id"])
        if source is None:
            return
        disabled = source.disabled
        self.rules.append(
            Rule(
                id=source.id,
                name=source.name,
                description=source.description,
                enabled=source.enabled and disabled is None,
                disabled_reason=disabled.reason if disabled else "",
                trigger=self._trigger(collector, (*path, "trigger"), source.trigger),
                conditions=conditions,
                steps=steps,
                on_error_steps=on_error,
                vars=values,
                place=collector.place((*path, "id")),
            )
        )

    def _note_id(self, collector: Collector, path: Path, rule_id: str) -> None:
        place = str(collector.place((*path, "id")))
        other = self._places.setdefault(rule_id, place)
        if other != place:
            message = f"the id '{rule_id}' is already taken by {other}"
            collector.at_value((*path, "id"), message, "duplicate-id", "choose another id.")

    def _trigger(self, collector: Collector, path: Path, source: TriggerSource) -> Trigger:
        for number, event in enumerate(source.event):
            nearest = misspelt_event(event)
            if nearest:
                place = self._item(collector, (*path, "event"), number)
                message = f"no provider sends '{event}'"
                fix = f"did you mean '{nearest}'?"
                collector.at_value(place, message, "unknown-event", fix, Severity.WARNING)
        known = self._connections
        for number, connection in enumerate(source.connection if known is not None else ()):
            if known is not None and connection not in known:
                place = self._item(collector, (*path, "connection"), number)
                fix = suggest(connection, known, "connections")
                message = f"there is no connection '{connection}'"
                collector.at_value(place, message, "unknown-connection", fix)
        return Trigger(
            events=source.event,
            connections=source.connection,
            providers=source.provider,
            include_self=source.include_self,
        )

    @staticmethod
    def _item(collector: Collector, path: Path, number: int) -> Path:
        return (*path, number) if isinstance(collector.parsed.at(path), list) else path
