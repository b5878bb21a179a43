"""The values of a contact and of `vars` that conditions could read when they decided an event.

Contacts and `vars` change later, so their values are stored with the event, and its explanation
stays the same. A looked-up part of the event is stored too: the text of its post, or the answers of
its lead. Everything else that conditions read never changes: the event itself, its connection, and
`now`, which is the time at which the event came in.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from automator.model.event import LEAD, PART_KEYS, POST, EventPart, lacked_part, with_part
from automator.model.reason import Reason
from automator.model.record import record

#: Stands for every field of the contact or of `vars`, as in `contact.*`.
EVERY: Final = "*"
#: How many bytes of JSON are stored with one event.
MOST_SEEN_BYTES: Final = 8 * 1024


@record
class SeenValues:
    """The values at one moment. `absent` and `left_out` contain paths such as `vars.word`."""

    contact: Mapping[str, Any] = field(default_factory=dict)
    #: `vars` of automator.yaml. The `vars` of a rule file are part of the file's revision.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Paths that were read and did not exist; `contact.*` means that nothing else existed.
    absent: frozenset[str] = frozenset()
    #: Paths that are not stored, because the value was too large or contained a secret.
    left_out: frozenset[str] = frozenset()
    #: The rules that these values decided in the event's turn; empty if all rules.
    rules: tuple[str, ...] = ()
    #: The rule whose run was held back, after which these values decided all later rules.
    behind: str = ""
    #: The looked-up content of the event's post or lead, by its keys there.
    post: Mapping[str, Any] = field(default_factory=dict)
    lead: Mapping[str, Any] = field(default_factory=dict)
    #: Why the content was not found; None if it was found or not looked up.
    not_found: Reason | None = None

    def as_data(self) -> dict[str, Any]:
        """Returns the values as plain data, without empty parts."""
        values = {
            "contact": dict(self.contact),
            "vars": dict(self.vars),
            "absent": sorted(self.absent),
            "left_out": sorted(self.left_out),
            "rules": list(self.rules),
            "behind": self.behind,
            "post": dict(self.post),
            "lead": dict(self.lead),
            "not_found": self.not_found.to_json() if self.not_found else None,
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "SeenValues":
        """Makes the values from the result of `as_data`."""
        return cls(
            contact=data.get("contact", {}),
            vars=data.get("vars", {}),
            absent=frozenset(data.get("absent", ())),
            left_out=frozenset(data.get("left_out", ())),
            rules=tuple(data.get("rules", ())),
            behind=data.get("behind", ""),
            post=data.get("post", {}),
            lead=data.get("lead", {}),
            not_found=Reason.from_json(data["not_found"]) if data.get("not_found") else None,
        )

    def in_event(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the event's body with the looked-up part, if that was found."""
        part = lacked_part(event)
        found = self.found(part) if part else None
        return with_part(event, part, found) if part and found else event

    def found(self, part: EventPart) -> Mapping[str, Any]:
        """Returns the looked-up content of `part`; empty if it was not found or not stored."""
        found = self.post if part == POST else self.lead
        return found if PART_KEYS[part] in found else {}

    def covers(self, path: str) -> bool:
        """Whether the value at a path such as `vars.word` is known."""
        root, _, name = path.partition(".")
        if path in self.absent or f"{root}.{EVERY}" in self.absent:
            return True
        return name in (self.contact if root == "contact" else self.vars)

    def over(self, root: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Returns `contact` or `vars`: the given values, with the stored ones over them.

        Paths that were absent are left out.
        """
        own = self.contact if root == "contact" else self.vars
        if f"{root}.{EVERY}" in self.absent:
            return dict(own)
        kept = {
            name: value for name, value in values.items() if f"{root}.{name}" not in self.absent
        }
        return {**kept, **own}

    def values(self) -> Iterator[tuple[str, Any]]:
        """Yields every path that has a value, with the value."""
        roots = {"contact": self.contact, "vars": self.vars, POST: self.post, LEAD: self.lead}
        for root, values in roots.items():
            for name, value in values.items():
                yield f"{root}.{name}", value

    def without(self, paths: Collection[str]) -> "SeenValues":
        """Returns a copy without the values at `paths`, which `left_out` then names."""
        going = frozenset(path for path, _ in self.values() if path in paths)
        if not going:
            return self
        # A left-out value did exist, so `contact.*` can no longer say that nothing else existed.
        roots = {f"{path.partition('.')[0]}.{EVERY}" for path in going}
        return replace(
            self,
            contact=_others(self.contact, "contact", going),
            vars=_others(self.vars, "vars", going),
            post=_others(self.post, POST, going),
            lead=_others(self.lead, LEAD, going),
            absent=self.absent - roots,
            left_out=self.left_out | going,
        )


def bounded_seen(
    parts: Sequence[SeenValues],
    size_of: Callable[[Any], int],
    most_bytes: int = MOST_SEEN_BYTES,
) -> list[SeenValues]:
    """Returns the parts, without their largest values if all together exceed `most_bytes`.

    `size_of` returns how many bytes a value takes in the database.
    """
    over = _size(parts, size_of) - most_bytes
    if over <= 0:
        return list(parts)
    sizes: Counter[str] = Counter()
    for part in parts:
        for path, value in part.values():
            sizes[path] += size_of(value)
    going: set[str] = set()
    for path, size in sizes.most_common():
        if over <= 0:
            break
        going.add(path)
        over -= size
    # The names of left-out values take space too.
    for paths in (going, set(sizes)):
        smaller = [part.without(paths) for part in parts]
        if _size(smaller, size_of) <= most_bytes:
            return smaller
    return [SeenValues(left_out=frozenset({EVERY}))]


def _size(parts: Sequence[SeenValues], size_of: Callable[[Any], int]) -> int:
    return size_of([part.as_data() for part in parts])


def _others(values: Mapping[str, Any], root: str, going: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f"{root}.{name}" not in going}
