"""The form of a rule's conditions, with groups (all, one or none of several) inside each other."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from automator.conditions import INTENTS
from automator.files import Path
from automator.files.editing import put, remove, renamed
from automator.files.editing.stretches import block
from automator.model import N_, UsageError, record
from automator.rules.editing.edits import RULE_KEYS, data_of
from automator.rules.editing.expressions import (
    COMPARED,
    GROUPS,
    TICKED,
    Asks,
    Equal,
    FirstTime,
    FormCondition,
    Found,
    Hours,
    Posts,
    Split,
    Tagged,
    TopLevel,
    Words,
    group_of,
    joined,
    parts_of,
    read_conditions,
    words_in,
)
from automator.rules.editing.fields import (
    LONG_LINE,
    Choice,
    FormField,
    Kind,
    at,
    from_yaml,
    put_changes,
    setter,
    shown,
)
from automator.rules.editing.splits import splits_in
from automator.rules.templates.inputs import texts_in

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

    def items(self, text: str) -> list[Any] | None:
        """The conditions of the list; None if it cannot be changed there any more."""
        path = self.path(text)
        items = at(data_of(text), path) if path else None
        return None if path is None else items if isinstance(items, list) else []

    def put(self, text: str, index: int, value: Any) -> str:
        """The text with another condition at this index; one more, at the index after the last."""
        path = self.path(text) or ()
        return put_changes(text, (*path, index), value, RULE_KEYS)

    def without(self, text: str, index: int) -> str:
        """The text without the condition at this index."""
        return _without(text, (*(self.path(text) or ()), index))


@record(kw_only=False)
class StepPlace(ListPlace):
    """The `if` of a step at the path `rule`: an expression with conditions joined by `&&`."""

    begin: str = ""

    @property
    def prefix(self) -> str:
        """The beginning of the names of its fields."""
        return f"{self.begin}.if."

    def items(self, text: str) -> list[Any] | None:
        """The parts of the expression; None if there is something else."""
        written = at(data_of(text), (*self.rule, "if"))
        return parts_of(written) if isinstance(written, str) else None if written else []

    def put(self, text: str, index: int, value: Any) -> str:
        """The text with another part, or one more."""
        parts = self.items(text) or []
        return self._with(text, [*parts[:index], str(value), *parts[index + 1 :]])

    def without(self, text: str, index: int) -> str:
        """The text without the part at this index."""
        parts = self.items(text) or []
        return self._with(text, [*parts[:index], *parts[index + 1 :]])

    def _with(self, text: str, parts: Sequence[str]) -> str:
        return setter((*self.rule, "if"), RULE_KEYS)(text, joined(parts))


@record(kw_only=False)
class _Part:
    """A field of a condition, for one of its attributes; "" for a condition without a value."""

    attribute: str
    name: str
    label: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    #: Whether the condition stays when it is emptied.
    may_be_empty: bool = False


_EQUAL = {
    "event.button.id": _Part("value", "pressed", N_("The pressed button has this answer"), "line"),
    "event.command.id": _Part("value", "command", N_("The command is"), "line"),
    "event.referral.ref": _Part("value", "came_by", N_("Came through the link named"), "line"),
}
#: The fields of each kind of condition. A new condition shows the first one, and hours both.
_PARTS: Mapping[type[FormCondition], tuple[_Part, ...]] = {
    Words: (
        _Part("words", "words", N_("Has one of these words"), "words"),
        _Part("mode", "mode", N_("How the words are looked for"), "choice", _MODES),
        _Part("exclude", "exclude", N_("And none of these words"), "words", (), may_be_empty=True),
    ),
    Asks: (_Part("intents", "asks", N_("Is understood as"), "choice", _INTENTS),),
    Found: (_Part("name", "found", N_("Has in its text"), "choice", _FOUND),),
    Tagged: (_Part("tag", "tagged", N_("The person has this tag"), "line"),),
    FirstTime: (_Part("", "first_time", N_("Only people who write for the first time"), "check"),),
    TopLevel: (
        _Part(
            "",
            "top_level",
            N_("Only comments under the post itself, not answers to comments"),
            "check",
        ),
    ),
    Posts: (_Part("ids", "posts", N_("Only these posts, by their ids"), "words"),),
    Hours: (
        _Part("first", "from", N_("From"), "time"),
        _Part("last", "until", N_("Until"), "time"),
    ),
    Split: (
        _Part("name", "split", N_("Only a part of all people, in the split named"), "line"),
        _Part("arm", "arm", N_("This part"), "choice"),
    ),
}


def _new_conditions(events: Collection[str], zone: str) -> Iterator[FormCondition]:
    """The conditions that can be added to a rule for these events, without their values."""
    of_comments = any(event.startswith("comment") for event in events)
    yield from (Words(()), Asks(()), Found(""), Tagged(""), FirstTime())
    if of_comments:
        yield from (TopLevel(), Posts(()))
    yield Hours("", "", zone)
    for path in COMPARED:
        if any(path.split(".")[1] in event for event in events):
            yield Equal(path, "")
    yield Split("")


def _fields(place: ListPlace, number: int, one: FormCondition, *, is_new: bool) -> list[FormField]:
    """The fields of the condition with this number of its sort."""
    parts = (_EQUAL[one.path],) if isinstance(one, Equal) else _PARTS[type(one)]
    has_value = not is_new or isinstance(one, Hours)
    return [
        FormField(
            f"{place.prefix}{part.name}{number + 1 if number else ''}",
            part.label,
            part.kind,
            value := _text(one, part, is_new=is_new),
            partial(_edited, place, number, one, part),
            choices=_offered(one, part, value),
            hint=_ACCENTS if part.name == "words" and not place.indexes and not number else "",
        )
        for part in parts[: None if has_value else 1]
    ]


def _text(one: FormCondition, part: _Part, *, is_new: bool) -> str:
    if not part.attribute:
        return "" if is_new else "1"
    value = getattr(one, part.attribute)
    return value if isinstance(value, str) else ", ".join(value)


def _offered(one: FormCondition, part: _Part, value: str) -> tuple[Choice, ...]:
    if isinstance(one, Split) and part.attribute == "arm":
        return tuple((arm, arm) for arm in one.arms)
    is_known = not part.choices or value in dict(part.choices)
    return part.choices if is_known else (*part.choices, (value, value))


def _edited(
    place: ListPlace, number: int, one: FormCondition, part: _Part, text: str, value: str
) -> str:
    """Replaces the condition with this number of its sort, or removes it.

    A new condition comes after the others.
    """
    conditions = place.items(text)
    if conditions is None:
        return text
    found = read_conditions(conditions).like(one)
    index, old = found[number] if number < len(found) else (None, one)
    changed = _changed(old, part, value)
    if isinstance(changed, Split) and index is None:
        # Another condition on a split of the rule has its parts.
        leaves = texts_in(at(data_of(text), place.rule[:2]), ())
        known = dict(pair for _, leaf in leaves for pair in splits_in(leaf))
        changed = replace(changed, arms=known.get(changed.name, changed.arms))
    if changed:
        return place.put(text, len(conditions) if index is None else index, str(changed))
    return text if index is None else place.without(text, index)


def _changed(one: FormCondition, part: _Part, value: str) -> FormCondition | None:
    if not part.attribute:
        return one if value else None
    is_text = isinstance(getattr(one, part.attribute), str)
    new: Any = " ".join(value.split()) if is_text else words_in(value)
    return replace(one, **{part.attribute: new}) if new or part.may_be_empty else None


def _without(text: str, path: Path) -> str:
    """The text without the value at a path; a group or list that becomes empty goes too."""
    data = data_of(text)
    while path[-1] != "conditions" and len(at(data, path[:-1])) == 1:
        path = path[:-1]
    return remove(text, path)


_KINDS = (
    ("any", N_("one of these must hold:")),
    ("all", N_("all of these must hold:")),
    ("not", N_("none of these may hold:")),
)
_DEEPEST = 3
#: How many groups a form shows; a rule with more has to be edited as text.
_MOST_GROUPS = 20


@record(kw_only=False)
class ConditionRow:
    """A condition with its fields, or a group."""

    fields: Sequence[FormField] = ()
    #: The condition in JMESPath, for its words.
    expression: str = ""
    group: "ConditionList | None" = None


@record(kw_only=False)
class ConditionList:
    """The form of a list of conditions: the rule's own list, or a group."""

    place: ListPlace
    rows: Sequence[ConditionRow]
    #: The conditions that can be added.
    more: Sequence[FormField]
    #: The field for the kind of a group.
    kind: FormField | None = None
    #: Whether a group can be added to it.
    takes_groups: bool = True

    @property
    def groups(self) -> "Sequence[ConditionList]":
        """The groups among its conditions."""
        return [row.group for row in self.rows if row.group]

    def all_fields(self, gone: str) -> Iterator[FormField]:
        """The fields of this list and of its groups; of the group `gone`, only its removal."""
        yield from [self.kind] if self.kind else []
        yield from (field for row in self.rows for field in row.fields)
        yield from self.more
        for group in self.groups:
            if group.place.key == gone:
                yield FormField("gone", "", "check", "1", group.place.removed)
            else:
                yield from group.all_fields(gone)


def condition_list(
    place: ListPlace, conditions: Any, *, events: Collection[str], zone: str
) -> ConditionList:
    """The form of the conditions of a rule, or of a step, for these events."""
    rule, takes_groups = place.rule, not isinstance(place, StepPlace)
    left = [_MOST_GROUPS]

    def made(place: ListPlace, path: Path, items: Any) -> ConditionList:
        chosen = read_conditions(items)
        known, kinds, depth = dict(chosen.known), dict(chosen.groups), len(place.indexes)
        rows, others = [], 0
        for index, item in enumerate(items if isinstance(items, list) else []):
            if index in known:
                number = [at for at, _ in chosen.like(known[index])].index(index)
                fields = _fields(place, number, known[index], is_new=False)
                rows.append(ConditionRow(fields, item))
            elif index in kinds and depth < _DEEPEST and left[0]:
                left[0] -= 1
                inner = ListPlace(rule, (*place.indexes, index))
                group = made(inner, (*path, index, kinds[index]), item[kinds[index]])
                rows.append(ConditionRow(group=group))
            else:
                rows.append(ConditionRow([_expression(place, item, str(others))], shown(item)))
                others += 1
        more = [
            field
            for one in _new_conditions(events, zone)
            for number in [len(chosen.like(one))]
            if not (number and str(one) in TICKED)
            for field in _fields(place, number, one, is_new=True)
        ]
        return ConditionList(
            place,
            rows,
            [*more, _expression(place)],
            _kind_field(place, str(path[-1])) if place.indexes else None,
            takes_groups and depth < _DEEPEST and left[0] > 0,
        )

    return made(place, (*rule, "conditions"), conditions)


def _expression(place: ListPlace, item: Any = None, number: str = "") -> FormField:
    """The field for the text of a condition that no other field can show; without `item`, for a new
    condition.
    """

    def edit(text: str, value: str) -> str:
        listed = place.items(text)
        # The index may have changed, because earlier conditions were removed.
        if listed is None or (item is not None and item not in listed):
            return text
        index = len(listed) if item is None else listed.index(item)
        if not value:
            return text if item is None else place.without(text, index)
        is_yaml = item is not None and not isinstance(item, str)
        return place.put(text, index, from_yaml(value) if is_yaml else value)

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
