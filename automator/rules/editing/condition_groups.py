"""Groups of conditions in a form: all of, one of or none of several, also within each other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from automator.files import Path
from automator.files.editing import put, renamed
from automator.files.one_line import inline
from automator.model import N_, UsageError, record
from automator.rules.editing.condition_fields import ListPlace, condition_fields
from automator.rules.editing.edits import RULE_KEYS
from automator.rules.editing.expressions import GROUPS, Words, read_conditions
from automator.rules.editing.fields import FormField, at, data_of, words_in

_KINDS = (
    ("any", N_("one of these must hold")),
    ("all", N_("all of these must hold")),
    ("not", N_("none of these may hold")),
)
_DEEPEST = 3
#: A rule with more groups is edited as text.
_MOST_GROUPS = 20
_LONGEST_OTHER = 300


@record(kw_only=False)
class ConditionList:
    """The form of a list of conditions: the one of a rule, or one of a group."""

    place: ListPlace
    fields: Sequence[FormField]
    #: The conditions that can be added.
    more: Sequence[FormField]
    groups: "Sequence[ConditionList]"
    #: Conditions that no form can show, by their path.
    others: Mapping[Path, str]
    #: Whether a group can be added to it.
    takes_groups: bool = True

    def all_fields(self, gone: str) -> Iterator[FormField]:
        """The fields of this list and of the groups in it; for the group `gone`, its removal."""
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
        if place.indexes:
            written.insert(0, _kind_field(place, str(path[-1])))
        return ConditionList(
            place,
            written,
            more,
            groups,
            {(*path, index): _shown(items[index]) for index in sorted(others)},
            depth < _DEEPEST and left[0] > 0,
        )

    return made(ListPlace(rule), (*rule, "conditions"), conditions)


def _shown(item: Any) -> str:
    text = item if isinstance(item, str) else inline(item)
    return text if len(text) <= _LONGEST_OTHER else f"{text[:_LONGEST_OTHER]}…"


def _kind_field(place: ListPlace, kind: str) -> FormField:
    def edit(text: str, value: str) -> str:
        path = place.path(text)
        return renamed(text, path, value) if path and value in GROUPS else text

    return FormField(f"{place.prefix}kind", N_("Together"), "choice", kind, edit, choices=_KINDS)


def with_group(text: str, conditions: ConditionList, do: str, say: Callable[[str], str]) -> str:
    """The text with one more group, as a button `kind:place` names it, filled in to be changed."""
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
