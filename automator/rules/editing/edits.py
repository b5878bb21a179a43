"""Switches rules and files on and off, and names, promotes, copies, clones and removes rules;
rewrites old spellings, and translates names.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from automator.files import Path, Position
from automator.files.editing import (
    REMOVED,
    SpliceError,
    edited_parts,
    put,
    put_all,
    remove,
    renamed,
)
from automator.files.editing.tree import comments_in, read_tree
from automator.files.source import parse_yaml
from automator.model import LOOK_IN_LIST, N_, NotFoundError
from automator.rules.schema.old_spellings import (
    Change,
    Drop,
    Put,
    old_spellings_in,
    take_as_new,
)
from automator.rules.templates.inputs import texts_in

_FILE_KEYS = ("include", "enabled", "vars", "intents", "snippets", "defaults", "rules")
#: The texts of a rule itself; its conditions and tests have names as well.
_NAMING = (("name",), ("description",), ("disabled_reason",))
#: The order in which people write the keys of a rule.
RULE_KEYS = (
    "id", "name", "description", "enabled", "disabled_reason", "mode", "rollout", "priority",
    "stop", "fallback", "trigger", "active", "outside", "conditions", "limits", "pause_on",
    "actions", "on_error", "tests",
)  # fmt: skip


def data_of(text: str) -> Any:
    """The data of a file in the new spellings; None if it cannot be read."""
    parsed = parse_yaml("", text)
    take_as_new(parsed)
    return None if parsed.problems else parsed.data


def with_new_spellings(text: str, only: Position | None = None) -> str:
    """The text with every old spelling rewritten, or only the one at this place.

    A spelling stays old if a comment would be lost, or if a form cannot change this part.
    """
    parsed = parse_yaml("", text)
    found = defaultdict[Path, list[list[Change]]](list)
    for _, path, changes in () if parsed.problems else old_spellings_in(parsed.data):
        if only in (None, parsed.positions.key(path)):
            found[path[:-1]].append(changes)
    rewritten = {path: partial(_rewritten, changes=one) for path, one in found.items()}
    return edited_parts(text, rewritten) if found else text


def _rewritten(text: str, changes: Sequence[Sequence[Change]]) -> str:
    """The lines of a mapping with its old spellings rewritten, where no comment would be lost."""
    for one in changes:
        try:
            changed = _with_changes(text, one)
        except SpliceError:
            continue
        if comments_in(changed) == comments_in(text):
            text = changed
    return text


def _with_changes(text: str, changes: Sequence[Change]) -> str:
    for change in changes:
        if isinstance(change, Put):
            text = put(text, change.path, change.value, order=RULE_KEYS)
        elif isinstance(change, Drop):
            text = remove(text, change.path)
        elif change.old[:-1] == change.path[:-1]:
            text = renamed(text, change.old, str(change.path[-1]))
        else:
            value = parse_yaml("", text).at(change.old)
            text = remove(put(text, change.path, value), change.old)
    return text


def rules_in(text: str) -> list[Any]:
    """The rules of a file as plain data; empty if it cannot be read."""
    data = data_of(text)
    rules = data.get("rules") if isinstance(data, dict) else None
    return rules if isinstance(rules, list) else []


def rule_lines(text: str) -> list[int]:
    """The lines on which the rules of a file begin; empty if it cannot be read."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if parse_yaml("", plain).problems:
        return []
    root = read_tree(plain)
    rules = root.at(("rules",)) if root else None
    lines, line, counted = [], 1, 0
    for entry in rules.entries if rules else ():
        line += plain.count("\n", counted, entry.start)
        counted = entry.start
        lines.append(line)
    return lines


def place_of(text: str, rule_id: str) -> Path:
    """The path of a rule in its file.

    Raises:
        NotFoundError: the file has no rule with this id.
    """
    for index, rule in enumerate(rules_in(text)):
        if isinstance(rule, dict) and rule.get("id") == rule_id:
            return "rules", index
    raise NotFoundError(N_("there is no rule {id} in this file"), fix=LOOK_IN_LIST, id=rule_id)


def with_rule_switched(text: str, rule_id: str, *, on: bool) -> str:
    """The text of the file with one rule switched on or off."""
    text, place = with_new_spellings(text), place_of(text, rule_id)
    if not on:
        return put(text, (*place, "enabled"), False, order=RULE_KEYS)
    for key in ("enabled", "disabled_reason"):
        text = remove(text, (*place, key))
    return text


def with_file_switched(text: str, *, on: bool) -> str:
    """The text with the whole file switched off, or on: then each rule's `enabled` counts."""
    return remove(text, ("enabled",)) if on else put(text, ("enabled",), False, order=_FILE_KEYS)


def is_file_on(text: str) -> bool:
    """Whether the file as a whole is switched on."""
    if "enabled" not in text:
        return True
    data = parse_yaml("", text).data
    return not (isinstance(data, dict) and data.get("enabled") is False)


def with_rule_named(text: str, rule_id: str, name: str) -> str:
    """The text with another name for a rule; the id stays, because the log refers to it."""
    place = (*place_of(text, rule_id), "name")
    return put(text, place, name, order=RULE_KEYS) if name else remove(text, place)


def with_rule_promoted(text: str, rule_id: str) -> str:
    """The text with a rule made live for everybody: without `mode: shadow` and `rollout`."""
    place = place_of(text, rule_id)
    return remove(remove(text, (*place, "mode")), (*place, "rollout"))


def without_rule(text: str, rule_id: str) -> str | None:
    """The text without a rule; None if the file would have nothing for rules to use."""
    place = place_of(text, rule_id)
    if len(rules_in(text)) > 1:
        return remove(text, place)
    return remove(text, ("rules",)) if data_of(text).keys() & {"snippets", "defaults"} else None


def with_rule_copied(text: str, rule_id: str, copy_id: str, name: str) -> str:
    """The text with a copy of a rule at its end, switched off so that not both answer."""
    rules, (_, place) = rules_in(text), place_of(text, rule_id)
    copied = {**rules[int(place)], "id": copy_id, "name": name, "enabled": False}
    copied.pop("disabled_reason", None)
    ordered = {key: copied[key] for key in RULE_KEYS if key in copied}
    return put(text, ("rules", len(rules)), ordered)


# --- The rules of one connection, for another connection ---


#: Keys of a rule below which `connection`, `via` and `rule` are data of the rule's author.
_FREE = frozenset({
    "answers", "body", "data", "headers", "output", "query", "remember", "set", "state", "template",
    "vars", "with",
})  # fmt: skip


def connections_of(rule: Any) -> Collection[str]:
    """The names of the connections whose events or people a rule takes; empty if it names none."""
    trigger = rule.get("trigger") if isinstance(rule, Mapping) else None
    if not isinstance(trigger, Mapping):
        return ()
    people = trigger.get("contacts")
    named = (people if isinstance(people, Mapping) else trigger).get("connection", ())
    return [named] if isinstance(named, str) else named if isinstance(named, list) else ()


def with_rules_cloned(text: str, ids: Mapping[str, str], old: str, new: str) -> str:
    """The text with only the rules in `ids`, under their new ids, for the connection `new`.

    All else stays as it is written, with its comments. A step that writes through the connection
    `old` writes through `new`, and one that cancels follow-ups of a rule in `ids` names its clone.

    Raises:
        SpliceError: the file is written in a way that cannot be changed automatically.
    """
    text = with_new_spellings(text)
    values: dict[Path, Any] = {}
    for index, rule in enumerate(rules_in(text)):
        place = ("rules", index)
        if not isinstance(rule, dict) or rule.get("id") not in ids:
            values[place] = REMOVED
            continue
        values[(*place, "id")] = ids[rule["id"]]
        heard = dict.fromkeys(connections_of(rule), new)
        for path, key, name in _references(rule, place):
            names = ids if key == "rule" else {old: new} if key == "via" else {old: new, **heard}
            if isinstance(name, list):
                values[path] = new
            elif isinstance(name, str) and name in names:
                values[path] = names[name]
    return put_all(text, values)


def _references(value: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """The names of connections and rules in a rule: their places, keys and values."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        here = (*path, key)
        if key in ("connection", "via"):
            yield here, key, inner
        elif key == "cancel_follow_ups" and isinstance(inner, str):
            yield here, "rule", inner
        elif key == "cancel_follow_ups" and isinstance(inner, dict) and "rule" in inner:
            yield (*here, "rule"), "rule", inner["rule"]
        elif isinstance(inner, dict | list) and key not in _FREE:
            yield from _references(inner, here)


def lines_about(text: str, names: Collection[str]) -> list[int]:
    """The lines with a value or a quoted word that is one of `names` or a long number.

    Long numbers are ids of posts and people at a platform, or telephone numbers.
    """
    parsed = parse_yaml("", text)
    known = "|".join(map(re.escape, names))
    found = re.compile(rf"^(?:{known}|[0-9_]{{9,}})$|(['\"`])(?:{known}|[0-9_]{{9,}})\1")
    leaves = texts_in(parsed.data, ())
    lines = {parsed.positions.value(path).line for path, leaf in leaves if found.search(leaf)}
    return sorted(lines)


def with_rule_test(text: str, rule_id: str, test: Mapping[str, Any]) -> str:
    """The text with another test at the end of a rule's tests.

    If the rule has a test of the same name, the new name gets a number.
    """
    place = place_of(text, rule_id)
    known = parse_yaml("", text).data["rules"][place[1]].get("tests")
    tests = known if isinstance(known, list) else []
    names = {item.get("name") for item in tests if isinstance(item, dict)}
    name, number = test["name"], 1
    while name in names:
        number += 1
        name = f"{test['name']} ({number})"
    return put(text, (*place, "tests", len(tests)), {**test, "name": name}, order=RULE_KEYS)


def names_in(text: str) -> Iterator[tuple[Path, str]]:
    """The names and descriptions of rules, conditions and tests, with their paths.

    They are only for readers of the file. Texts that customers get are not among them.
    """
    for path, name in texts_in(rules_in(text), ("rules",)):
        match path[2:]:
            case ("conditions", *_, "name") | ("tests", int(), "name") if name:
                yield path, name
            case inside if name and inside in _NAMING:
                yield path, name
            case _:
                pass


def with_names_translated(text: str, say: Callable[[str], str]) -> str:
    """The file with each name and description replaced by its translation by `say`.

    Raises:
        SpliceError: a text is written in a way that an edit cannot change.
    """
    for path, name in list(names_in(text)):
        said = say(name)
        if said != name:
            text = put(text, path, said)
    return text
