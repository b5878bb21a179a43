"""Snippets: named lists of actions with parameters, which rules put in by `use`; and defaults, the
keys of a rule that a file writes once for all its rules.

They are put in when a file is read, into its data: everything behind it knows only actions. A value
takes the place of a whole text, or becomes a literal inside a template or an expression, so that no
value is ever read as a part of the text around it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import PurePosixPath
from typing import Any, Final

from automator.conditions import ExpressionError, compile_expression, unparse
from automator.conditions.forms.values import Node
from automator.files import Parsed, Path, Position, suggest, validate
from automator.files.limits import MAX_BYTES, MAX_NODES
from automator.files.positions import Graft
from automator.model import Problem, Reason, record
from automator.reasons.problems import rules
from automator.reasons.problems.phrases import word_names
from automator.rules.compiled.shop_texts import texts_named
from automator.rules.meaning.subject import later_follow_ups
from automator.rules.schema.rule_file import DefaultsSource, SnippetSource, UseSource
from automator.rules.templates.template import (
    TemplateLiteralError,
    is_template,
    literal_in_template,
    with_values,
)

#: The name by which the texts of a snippet read its parameters.
ROOT: Final = "with"
_USE: Final = "use"
_WHOLE: Final = re.compile(rf"\s*\{{\{{-?\s*{ROOT}\s*\.\s*(\w+)\s*-?\}}\}}\s*")
_MENTION: Final = re.compile(rf"\b{ROOT}\s*\.")
#: What a part of the data costs besides its text: a file of the largest size can have so many.
_PART: Final = MAX_BYTES // MAX_NODES
#: A text whose value is not known, in place of a parameter without a value.
_OPEN: Final = "{{ event.type }}"


@record
class Snippet:
    """A snippet as its file writes it."""

    parsed: Parsed
    path: Path
    source: SnippetSource

    @property
    def defaults(self) -> dict[str, Any]:
        """The values of the parameters that a use can leave out."""
        return {name: value for name, value in self.source.parameters.items() if value is not None}


@record
class SharedParts:
    """The parts of a file that other files can include."""

    vars: Mapping[str, Any] = field(default_factory=dict)
    #: The words that it adds to intents.
    words: Mapping[str, dict[str, list[str]]] = field(default_factory=dict)
    snippets: Mapping[str, Snippet] = field(default_factory=dict)
    #: The keys of its `defaults`, each with the file that writes it.
    defaults: Mapping[str, Parsed] = field(default_factory=dict)

    def under(self, other: "SharedParts") -> "SharedParts":
        """Both together, with the words of the other; of the same name, the other one counts."""
        return SharedParts(
            vars={**self.vars, **other.vars},
            words=other.words,
            snippets={**self.snippets, **other.snippets},
            defaults={**self.defaults, **other.defaults},
        )


def included_places(file: str, name: str) -> Iterator[str]:
    """Yields where a file that is included by this name may be: in the folder of the file that
    includes it, and then in each folder above.
    """
    if ".." not in PurePosixPath(name).parts and not name.startswith("/"):
        for folder in PurePosixPath(file).parents:
            yield str(folder / name)


def lists_of_actions(path: Path, holder: Any) -> Iterator[tuple[Path, dict[str, Any], str]]:
    """Yields the lists of actions in a rule or a snippet: the path of the mapping that has the
    list, the mapping, and the key. A list comes before the lists in its follow-ups.
    """
    for key in ("actions", "on_error"):
        items = holder.get(key) if isinstance(holder, dict) else None
        if not isinstance(items, list):
            continue
        yield path, holder, key
        for number, item in enumerate(items):
            planned = item.get("follow_up") if isinstance(item, dict) else None
            if isinstance(planned, dict):
                here: Path = (*path, key, number, "follow_up")
                yield from lists_of_actions(here, planned)
                for index, later in later_follow_ups(planned):
                    yield from lists_of_actions((*here, "next", index), later)


def named_texts(data: Any) -> Iterator[str]:
    """The names of the texts in all rules and snippets of a file."""
    rules = data.get("rules") if isinstance(data, dict) else None
    snippets = data.get("snippets") if isinstance(data, dict) else None
    holders = [
        *(rules if isinstance(rules, list) else ()),
        *(snippets.values() if isinstance(snippets, dict) else ()),
    ]
    for holder in holders:
        for _, mapping, key in lists_of_actions((), holder):
            for item in mapping[key]:
                yield from texts_named(item)


def is_use(item: Any) -> bool:
    """Whether an item of a list of actions puts in a snippet."""
    return isinstance(item, Mapping) and _USE in item


# --- Values in place of parameters ---


class TooLargeError(Exception):
    """More would be put in than a file may have."""


class Budget:
    """The size of everything that may still be put in."""

    def __init__(self) -> None:
        self._left = MAX_BYTES

    def spend(self, value: Any) -> None:
        """Pays for a value, without the parts of a mapping or a list."""
        self._left -= _PART + (len(value) if isinstance(value, str) else 0)
        if self._left < 0:
            raise TooLargeError

    def spend_whole(self, value: Any) -> None:
        """Pays for a value with its parts."""
        self.spend(value)
        parts = value.values() if isinstance(value, Mapping) else value
        for inner in parts if isinstance(value, Mapping | list) else ():
            self.spend_whole(inner)


class Filled:
    """The actions of a snippet with values in place of its parameters."""

    def __init__(self, snippet: Snippet, given: Mapping[str, Any], budget: Budget) -> None:
        """Raises TooLargeError before more is made than the budget allows."""
        self._values = {**snippet.defaults, **given}
        self._known = snippet.source.parameters
        self._budget = budget
        #: The paths of the texts that are replaced as a whole, each with its parameter.
        self.whole: dict[Path, str] = {}
        #: The paths of the texts in which a value becomes a literal.
        self.changed: list[Path] = []
        #: Mistakes in the texts of the snippet, by their paths.
        self.mistakes: list[tuple[Path, Reason]] = []
        #: Values that cannot be used where the snippet reads them.
        self.unusable: dict[str, Reason] = {}
        self.actions: list[Any] = self._filled((), snippet.source.actions)

    def _filled(self, path: Path, written: Any) -> Any:
        self._budget.spend(written)
        if isinstance(written, Mapping):
            return {key: self._filled((*path, key), inner) for key, inner in written.items()}
        if isinstance(written, list):
            return [self._filled((*path, index), inner) for index, inner in enumerate(written)]
        if not isinstance(written, str) or not _MENTION.search(written):
            return written
        whole = _WHOLE.fullmatch(written)
        if whole:
            return self._whole(path, whole[1])
        text = self._in_template(path, written) if is_template(written) else None
        text = self._in_expression(path, written) if text is None else text
        if text != written:
            self.changed.append(path)
        return text

    def _whole(self, path: Path, name: str) -> Any:
        self._is_known(path, name)
        self.whole[path] = name
        value = self._values.get(name, _OPEN)
        self._budget.spend_whole(value)
        return value

    def _is_known(self, path: Path, name: str) -> bool:
        if name not in self._known:
            suggestion = suggest(name, self._known, word_names)
            reason = rules.rule_no_parameter(name=name, suggestion=suggestion)
            self.mistakes.append((path, reason))
        return name in self._known

    def _in_template(self, path: Path, text: str) -> str:
        def literal(name: str) -> str | None:
            if not self._is_known(path, name):
                return None
            value = self._values.get(name, "")
            self._budget.spend_whole(value)
            try:
                return literal_in_template(value)
            except TemplateLiteralError:
                self.unusable[name] = rules.rule_value_is_template(name=name)
                return None

        return with_values(text, ROOT, literal)

    def _in_expression(self, path: Path, text: str) -> str:
        try:
            compiled = compile_expression(text)
        except ExpressionError:
            return text
        if ROOT not in compiled.roots:
            return text

        def value_of(name: str) -> Any:
            value = self._values.get(name, "") if self._is_known(path, name) else ""
            self._budget.spend_whole(value)
            if _has_template(value):
                self.unusable[name] = rules.rule_value_is_template(name=name)
            return value

        return unparse(_with_literals(compiled.tree, value_of))


def _has_template(value: Any) -> bool:
    if isinstance(value, Mapping | list):
        return any(map(_has_template, value.values() if isinstance(value, Mapping) else value))
    return isinstance(value, str) and is_template(value)


def _with_literals(node: Node, value_of: Callable[[str], Any]) -> Node:
    """The tree with a literal in place of each `with.name`."""
    children = node["children"]
    is_path = node["type"] == "subexpression" and children[0]["type"] == "field"
    if is_path and children[0]["value"] == ROOT:
        first = _first_as_literal(children[1], value_of)
        return {**node, "children": [first, *children[2:]]} if children[2:] else first
    inner = [_with_literals(one, value_of) if isinstance(one, dict) else one for one in children]
    return {**node, "children": inner}


def _first_as_literal(node: Node, value_of: Callable[[str], Any]) -> Node:
    """The tree with a literal in place of its leftmost name."""
    if node["type"] == "field":
        return {"type": "literal", "value": value_of(node["value"]), "children": []}
    first, *others = node["children"]
    return {**node, "children": [_first_as_literal(first, value_of), *others]}


# --- Snippets and defaults in the rules of a file ---


def put_in(parsed: Parsed, shared: SharedParts, *, are_all: bool) -> list[Problem]:
    """Puts snippets into the rules of a file, in place of each `use`, and the defaults that they do
    not write themselves; returns the problems.

    A `use` with a problem stays. Unless these are all snippets (`are_all`), an unknown one is no
    problem. The parts that are put in keep the places where they are written.
    """
    written = parsed.data.get("rules") if isinstance(parsed.data, dict) else None
    expansion = _Expansion(parsed, shared, are_all=are_all)
    try:
        for index, rule in enumerate(written if isinstance(written, list) else ()):
            expansion.put_into(("rules", index), rule)
    except TooLargeError:
        expansion.report(expansion.here, rules.rule_snippets_too_large(most=MAX_BYTES))
    parsed.positions.graft(expansion.grafts)
    return expansion.problems


class _Expansion:
    def __init__(self, parsed: Parsed, shared: SharedParts, *, are_all: bool) -> None:
        self._parsed = parsed
        self._are_all = are_all
        self._snippets = shared.snippets
        self._defaults = shared.defaults
        self._budget = Budget()
        self.grafts: dict[Path, Graft] = {}
        self.problems: list[Problem] = []
        #: The path of the last `use`, or of the id of a rule with defaults.
        self.here: Path = ()

    def report(self, path: Path, reason: Reason) -> None:
        """Adds a problem with the value at a path."""
        self.problems.append(self._parsed.problem(self._parsed.positions.value(path), reason))

    def put_into(self, path: Path, rule: Any) -> None:
        """Puts the defaults into a rule, and snippets into all its lists of actions."""
        if isinstance(rule, dict):
            self._put_defaults(path, rule)
        found = list(lists_of_actions(path, rule))
        if not any(is_use(item) for _, holder, key in found for item in holder[key]):
            return
        # The innermost lists come first, so that their paths are still as they are written.
        for where, holder, key in reversed(found):
            holder[key] = self._list((*where, key), holder[key])

    def _put_defaults(self, path: Path, rule: dict[str, Any]) -> None:
        self.here = (*path, "id")
        used_at = self._parsed.positions.key(self.here)
        # `active` comes before `outside`, which means nothing in a rule without times.
        for key in DefaultsSource.model_fields:
            origin = self._defaults.get(key)
            if origin is None:
                continue
            if key in rule:
                if rule[key] is None:  # The rule does without the default.
                    del rule[key]
                continue
            if key == "outside" and not rule.get("active"):
                continue
            there: Path = ("defaults", key)
            rule[key] = origin.at(there)
            self._budget.spend_whole(rule[key])
            self.grafts[*path, key] = self._graft(origin, there, used_at)

    def _list(self, path: Path, items: list[Any]) -> list[Any]:
        done: list[Any] = []
        grafts: dict[Path, Graft] = {}
        for index, item in enumerate(items):
            written: Path = (*path, index)
            filled = self._filled(written, item) if is_use(item) else None
            if filled is None:
                self._move(grafts, written, (*path, len(done)))
                done.append(item)
                continue
            snippet, actions = filled
            used_at = self._parsed.positions.key((*written, _USE))
            for number, action in enumerate(actions.actions):
                here: Path = (*path, len(done))
                grafts[here] = self._origin(snippet, ("actions", number), used_at)
                for inner, name in actions.whole.items():
                    if inner[0] == number:
                        given = name in (item.get(ROOT) or ())
                        grafts[here + inner[1:]] = (
                            Graft(path=(*written, ROOT, name))
                            if given
                            else self._origin(snippet, ("parameters", name), used_at)
                        )
                done.append(action)
        self.grafts |= grafts
        return done

    def _origin(self, snippet: Snippet, path: Path, used_at: Position) -> Graft:
        return self._graft(snippet.parsed, snippet.path + path, used_at)

    def _graft(self, origin: Parsed, path: Path, used_at: Position) -> Graft:
        return Graft(path=path, positions=origin.positions, file=origin.file, used_at=used_at)

    def _move(self, grafts: dict[Path, Graft], written: Path, path: Path) -> None:
        """Moves an item of a list, together with the parts that were put into its follow-ups."""
        if path == written:
            return
        inner = [one for one in self.grafts if one[: len(written)] == written]
        grafts |= {path + one[len(written) :]: self.grafts.pop(one) for one in inner}
        grafts.setdefault(path, Graft(path=written))

    def _filled(self, path: Path, item: Mapping[str, Any]) -> tuple[Snippet, Filled] | None:
        """The snippet of a `use`, with its values; None if it has a problem."""
        self.here = (*path, _USE)
        source, problems = validate(UseSource, self._parsed, path, dict(item))
        self.problems += problems
        if source is None:
            return None
        snippet = self._snippets.get(source.use)
        if snippet is None:
            suggestion = suggest(source.use, self._snippets, word_names)
            if self._are_all:
                reason = rules.rule_unknown_snippet(name=source.use, suggestion=suggestion)
                self.report(self.here, reason)
            return None
        count = len(self.problems)
        known = snippet.source.parameters
        for name in source.values.keys() - known.keys():
            suggestion = suggest(name, known, word_names)
            reason = rules.rule_no_parameter(name=name, suggestion=suggestion)
            position = self._parsed.positions.key((*path, ROOT, name))
            self.problems.append(self._parsed.problem(position, reason))
        for name in known.keys() - snippet.defaults.keys() - source.values.keys():
            self.report(self.here, rules.rule_parameter_missing(name=name, snippet=source.use))
        if len(self.problems) > count:
            return None
        filled = Filled(snippet, source.values, self._budget)
        for name, reason in filled.unusable.items():
            place: Path = (*path, ROOT, name) if name in source.values else self.here
            self.report(place, reason)
        return None if filled.unusable else (snippet, filled)
