"""The form of a rule's conditions, with groups (all, one or none of several) inside each other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from automator.conditions import INTENTS
from automator.files import Path
from automator.files.editing import put, remove, renamed
from automator.files.editing.stretches import block
from automator.model import N_, UsageError, record
from automator.rules.editing.edits import RULE_KEYS, data_of
from automator.rules.editing.expressions import (
    GROUPS,
    Asks,
    Chosen,
    FormCondition,
    Found,
    Hours,
    Posts,
    Tagged,
    TopLevel,
    Words,
    group_of,
    read_conditions,
    words_in,
)
from automator.rules.editing.fields import (
    LONG_LINE,
    Edit,
    FormField,
    at,
    from_yaml,
    put_changes,
)

# The fields for conditions: words, phone numbers and links, posts, hours, and comments under the
# post itself.


_MODES = (
    ("word", N_("as whole words")),
    ("contains", N_("also inside of words")),
    ("exact", N_("as the whole text")),
)
_FOUND = (
    ("", N_("anything")),
    ("phones", N_("a phone number")),
    ("links", N_("a link")),
    ("emails", N_("an e-mail address")),
    ("addresses", N_("a postal address")),
)
_INTENTS = (("", N_("anything")), *((name, one.about) for name, one in INTENTS.items()))
_ACCENTS = N_(
    "Capital letters do not matter, and people may leave accents out: “giá” finds “GIA”, but not"
    " “giả”."
)
K = TypeVar("K", bound=FormCondition)


@record(kw_only=False)
class ListPlace:
    """The place of a list of conditions: the list of the rule itself, or a group inside it."""

    rule: Path
    #: The indexes of the groups that lead to it.
    indexes: tuple[int, ...] = ()

    @property
    def prefix(self) -> str:
        """The beginning of the names of this list's fields."""
        return f"c{self.key}." if self.indexes else ""

    @property
    def key(self) -> str:
        """The name of the place in the buttons of the form."""
        return "-".join(map(str, self.indexes))

    def path(self, text: str) -> Path | None:
        """The path of the list in a text, even if its group is of another kind now; or None."""
        data = data_of(text)
        path: Path = (*self.rule, "conditions")
        for index in self.indexes:
            kind = group_of(at(data, (*path, index)))
            if not kind:
                return None
            path = (*path, index, kind)
        return path

    def removed(self, text: str, _value: str) -> str:
        """The text without the group."""
        path = self.path(text)
        return _without(text, path[:-1]) if path else text

    def read(self, text: str) -> Chosen:
        """The conditions of the list."""
        path = self.path(text)
        return read_conditions(at(data_of(text), path) if path else None)


def condition_fields(
    place: ListPlace, chosen: Chosen, *, of_comments: bool, zone: str
) -> tuple[list[FormField], list[FormField]]:
    """The fields of the list's conditions that a form can show, and fields to add a condition."""
    words, hours = chosen.of(Words), chosen.of(Hours)
    written = [one for number in range(len(words)) for one in _words(place, chosen, number)]
    more = _words(place, chosen, len(words))
    (written if chosen.of(Asks) else more).extend(
        _choices(
            place,
            "asks",
            N_("Is understood as"),
            _INTENTS,
            [",".join(one.intents) for _, one in chosen.of(Asks)],
            Asks,
            lambda value: Asks(tuple(value.split(","))),
        )
    )
    (written if chosen.of(Found) else more).extend(
        _choices(
            place,
            "found",
            N_("Has in its text"),
            _FOUND,
            [one.name for _, one in chosen.of(Found)],
            Found,
            Found,
        )
    )
    (written if chosen.of(Tagged) else more).extend(
        FormField(
            _name(place, "tagged", number),
            N_("The person has this tag"),
            "line",
            tagged.tag,
            _tag_setter(place, number),
        )
        for number, (_, tagged) in enumerate(chosen.of(Tagged) or [(0, Tagged(""))])
    )
    if of_comments or chosen.of(TopLevel):
        (written if chosen.of(TopLevel) else more).append(_top_level(place, chosen))
    if of_comments or chosen.of(Posts):
        (written if chosen.of(Posts) else more).extend(_posts(place, chosen))
    for number in range(len(hours)):
        written += _hours(place, hours[number][1], number)
    if not hours:
        more += _hours(place, Hours("", "", zone), 0)
    return written, more


def _words(place: ListPlace, chosen: Chosen, number: int) -> list[FormField]:
    found = chosen.of(Words)
    words = found[number][1] if number < len(found) else Words(())
    fields = [
        FormField(
            _name(place, "words", number),
            N_("Has one of these words"),
            "words",
            ", ".join(words.words),
            _words_setter(place, number, lambda old, value: replace(old, words=words_in(value))),
            hint=_ACCENTS if not place.indexes and not number else "",
        )
    ]
    if not words.words:
        return fields
    return [
        *fields,
        FormField(
            _name(place, "mode", number),
            N_("How the words are looked for"),
            "choice",
            words.mode,
            _words_setter(place, number, lambda old, value: replace(old, mode=value)),
            choices=_MODES,
        ),
        FormField(
            _name(place, "exclude", number),
            N_("And none of these words"),
            "words",
            ", ".join(words.exclude),
            _words_setter(place, number, lambda old, value: replace(old, exclude=words_in(value))),
        ),
    ]


def _choices(
    place: ListPlace,
    name: str,
    label: str,
    choices: tuple[tuple[str, str], ...],
    chosen: Sequence[str],
    kind: type[K],
    make: Callable[[str], K],
) -> list[FormField]:
    """A field for each condition of a kind that has one value out of a few."""

    def edit(number: int) -> Edit:
        def of_value(text: str, value: str) -> str:
            return _set(text, place, number, kind, make(value) if value else None)

        return of_value

    return [
        FormField(
            _name(place, name, number),
            label,
            "choice",
            value,
            edit(number),
            choices=choices if value in dict(choices) else (*choices, (value, value)),
        )
        for number, value in enumerate(chosen or [""])
    ]


def _top_level(place: ListPlace, chosen: Chosen) -> FormField:
    return FormField(
        _name(place, "top_level", 0),
        N_("Only comments under the post itself, not answers to comments"),
        "check",
        "1" if chosen.of(TopLevel) else "",
        lambda text, value: _set(text, place, 0, TopLevel, TopLevel() if value else None),
    )


def _posts(place: ListPlace, chosen: Chosen) -> list[FormField]:
    def edit(number: int) -> Edit:
        def of_value(text: str, value: str) -> str:
            ids = words_in(value)
            return _set(text, place, number, Posts, Posts(ids) if ids else None)

        return of_value

    return [
        FormField(
            _name(place, "posts", number),
            N_("Only these posts, by their ids"),
            "words",
            ", ".join(posts.ids),
            edit(number),
        )
        for number, (_, posts) in enumerate(chosen.of(Posts) or [(0, Posts(()))])
    ]


def _hours(place: ListPlace, hours: Hours, number: int) -> list[FormField]:
    def edit(is_first: bool, text: str, value: str) -> str:
        found = place.read(text).of(Hours)
        old = found[number][1] if number < len(found) else Hours("", "", hours.zone)
        new = replace(old, first=value) if is_first else replace(old, last=value)
        complete = Hours(new.first or "00:00", new.last or "23:59", new.zone)
        return _set(text, place, number, Hours, complete if value else None)

    return [
        FormField(
            _name(place, name, number),
            label,
            "time",
            value,
            partial(edit, name == "from"),
        )
        for name, label, value in (
            ("from", N_("From"), hours.first),
            ("until", N_("Until"), hours.last),
        )
    ]


def _name(place: ListPlace, name: str, number: int) -> str:
    return f"{place.prefix}{name}{number + 1 if number else ''}"


def _tag_setter(place: ListPlace, number: int) -> Edit:
    def edit(text: str, value: str) -> str:
        tag = " ".join(value.split())
        return _set(text, place, number, Tagged, Tagged(tag) if tag else None)

    return edit


def _words_setter(place: ListPlace, number: int, change: Callable[[Words, str], Words]) -> Edit:
    def edit(text: str, value: str) -> str:
        found = place.read(text).of(Words)
        words = change(found[number][1] if number < len(found) else Words(()), value)
        return _set(text, place, number, Words, words if words.words else None)

    return edit


def _set(text: str, place: ListPlace, number: int, kind: type[K], condition: K | None) -> str:
    """Replaces the condition with this number of its kind, or removes it.

    A new condition comes after the others.
    """
    path = place.path(text)
    if path is None:
        return text
    conditions = at(data_of(text), path)
    found = read_conditions(conditions).of(kind)
    index = found[number][0] if number < len(found) else None
    if condition:
        count = len(conditions) if isinstance(conditions, list) else 0
        return put(
            text, (*path, count if index is None else index), str(condition), order=RULE_KEYS
        )
    return text if index is None else _without(text, (*path, index))


def _without(text: str, path: Path) -> str:
    """The text without the value at a path; a group or list that becomes empty goes too."""
    data = data_of(text)
    while path[-1] != "conditions" and len(at(data, path[:-1])) == 1:
        path = path[:-1]
    return remove(text, path)


_KINDS = (
    ("any", N_("one of these must hold")),
    ("all", N_("all of these must hold")),
    ("not", N_("none of these may hold")),
)
_DEEPEST = 3
#: How many groups a form shows; a rule with more has to be edited as text.
_MOST_GROUPS = 20


@record(kw_only=False)
class ConditionList:
    """The form of a list of conditions: the rule's own list, or a group."""

    place: ListPlace
    fields: Sequence[FormField]
    #: The conditions that can be added.
    more: Sequence[FormField]
    groups: "Sequence[ConditionList]"
    #: Whether a group can be added to it.
    takes_groups: bool = True

    def all_fields(self, gone: str) -> Iterator[FormField]:
        """The fields of this list and of its groups; of the group `gone`, only its removal."""
        yield from (*self.fields, *self.more)
        for group in self.groups:
            if group.place.key == gone:
                yield FormField("gone", "", "check", "1", group.place.removed)
            else:
                yield from group.all_fields(gone)


def condition_list(rule: Path, conditions: Any, *, of_comments: bool, zone: str) -> ConditionList:
    """The form of the conditions of a rule."""
    left = [_MOST_GROUPS]

    def made(place: ListPlace, path: Path, items: Any) -> ConditionList:
        chosen = read_conditions(items)
        written, more = condition_fields(place, chosen, of_comments=of_comments, zone=zone)
        groups, others = [], list(chosen.others)
        depth = len(place.indexes)
        for index, kind in chosen.groups:
            if depth == _DEEPEST or not left[0]:
                others.append(index)
                continue
            left[0] -= 1
            inner = ListPlace(rule, (*place.indexes, index))
            groups.append(made(inner, (*path, index, kind), items[index][kind]))
        for number, index in enumerate(sorted(others)):
            written.append(_expression(place, items[index], str(number)))
        more.append(_expression(place))
        if place.indexes:
            written.insert(0, _kind_field(place, str(path[-1])))
        return ConditionList(
            place,
            written,
            more,
            groups,
            depth < _DEEPEST and left[0] > 0,
        )

    return made(ListPlace(rule), (*rule, "conditions"), conditions)


def _expression(place: ListPlace, item: Any = None, number: str = "") -> FormField:
    """The field for the text of a condition that no other field can show; without `item`, for a new
    condition.
    """

    def edit(text: str, value: str) -> str:
        path = place.path(text)
        items = at(data_of(text), path) if path else None
        listed = items if isinstance(items, list) else []
        # The index may have changed, because earlier conditions were removed.
        if path is None or (item is not None and item not in listed):
            return text
        one = (*path, len(listed) if item is None else listed.index(item))
        if not value:
            return _without(text, one)
        is_yaml = item is not None and not isinstance(item, str)
        return put_changes(text, one, from_yaml(value) if is_yaml else value, RULE_KEYS)

    name, label = f"{place.prefix}expression{number}", N_("A condition, as an expression")
    written = "" if item is None else item if isinstance(item, str) else block(item, "")
    is_long = "\n" in written or len(written) > LONG_LINE
    return FormField(name, label, "text" if is_long else "line", written, edit)


def _kind_field(place: ListPlace, kind: str) -> FormField:
    def edit(text: str, value: str) -> str:
        path = place.path(text)
        return renamed(text, path, value) if path and value in GROUPS else text

    return FormField(f"{place.prefix}kind", N_("Together"), "choice", kind, edit, choices=_KINDS)


def with_group(text: str, conditions: ConditionList, do: str, say: Callable[[str], str]) -> str:
    """The text with a new group and an example condition; the button names it `kind:place`."""
    kind, _, key = do.partition(":")
    place = _list(conditions, key).place
    path = place.path(text)
    if path is None or kind not in GROUPS:
        return text
    words = Words(words_in(say(N_("price, how much, cost"))))
    items = at(data_of(text), path)
    count = len(items) if isinstance(items, list) else 0
    return put(text, (*path, count), {kind: [str(words)]}, order=RULE_KEYS)


def _list(conditions: ConditionList, key: str) -> ConditionList:
    waiting = [conditions]
    while waiting:
        one = waiting.pop()
        if one.place.key == key:
            return one
        waiting += one.groups
    raise UsageError(N_("the form has no such place"), fix=N_("Reload the page and try again."))
