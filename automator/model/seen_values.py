"""The values of a contact and of `vars` that conditions could read when an event was decided.

Contacts and `vars` change later. Their values are kept with the event, so that its explanation
stays what it was. So is the text of the post that an event is about, where that was looked up. The
other things that conditions read never change: the event itself, its connection, and `now`, which
is the time at which the event came in.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

from automator.model.event import lacks_post_text, with_post_text
from automator.model.reason import Reason
from automator.model.record import record

#: Stands for every field: of the contact, or of `vars`.
EVERY: Final = "*"
#: Bytes of JSON that are kept with one event.
MOST_SEEN_BYTES: Final = 8 * 1024
_TEXT: Final = "message"
#: The path of the post's text in `left_out`.
POST_PATH: Final = f"post.{_TEXT}"


@record
class SeenValues:
    """The values at one moment. Names in `absent` and `left_out` are paths such as `vars.word`."""

    contact: Mapping[str, Any] = field(default_factory=dict)
    #: Values of automator.yaml. Those of a rule file are part of its revision.
    vars: Mapping[str, Any] = field(default_factory=dict)
    #: Paths that were read and did not exist; `contact.*` says that nothing else existed.
    absent: frozenset[str] = frozenset()
    #: Paths that were not kept, because the value was too large or held a secret.
    left_out: frozenset[str] = frozenset()
    #: These rules were decided with the values, in the event's turn; empty for all rules.
    rules: tuple[str, ...] = ()
    #: The rules behind this one were decided with the values, because it was held back.
    behind: str = ""
    #: The text of the post as `message`, where the event does not carry it and it was found.
    post: Mapping[str, Any] = field(default_factory=dict)
    #: Why it was not found.
    no_post: Reason | None = None

    def as_data(self) -> dict[str, Any]:
        """The same as plain data, without what is empty."""
        values = {
            "contact": dict(self.contact),
            "vars": dict(self.vars),
            "absent": sorted(self.absent),
            "left_out": sorted(self.left_out),
            "rules": list(self.rules),
            "behind": self.behind,
            "post": dict(self.post),
            "no_post": self.no_post.to_json() if self.no_post else None,
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "SeenValues":
        """The values of which `as_data` was made."""
        return cls(
            contact=data.get("contact", {}),
            vars=data.get("vars", {}),
            absent=frozenset(data.get("absent", ())),
            left_out=frozenset(data.get("left_out", ())),
            rules=tuple(data.get("rules", ())),
            behind=data.get("behind", ""),
            post=data.get("post", {}),
            no_post=Reason.from_json(data["no_post"]) if data.get("no_post") else None,
        )

    def in_event(self, event: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body of the event, with the text of its post where that was found."""
        if _TEXT in self.post and lacks_post_text(event):
            return with_post_text(event, self.post[_TEXT])
        return event

    def covers(self, path: str) -> bool:
        """Whether it knows the value of a path such as `vars.word`."""
        root, _, name = path.partition(".")
        if path in self.absent or f"{root}.{EVERY}" in self.absent:
            return True
        return name in (self.contact if root == "contact" else self.vars)

    def over(self, root: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """`contact` or `vars` with these values over others, and without what was absent."""
        own = self.contact if root == "contact" else self.vars
        if f"{root}.{EVERY}" in self.absent:
            return dict(own)
        kept = {
            name: value for name, value in values.items() if f"{root}.{name}" not in self.absent
        }
        return {**kept, **own}

    def values(self) -> Iterator[tuple[str, Any]]:
        """Every path that has a value, with it."""
        for root, values in (("contact", self.contact), ("vars", self.vars), ("post", self.post)):
            for name, value in values.items():
                yield f"{root}.{name}", value

    def without(self, paths: Collection[str]) -> "SeenValues":
        """The same without the values of some paths, which it names as left out."""
        going = frozenset(path for path, _ in self.values() if path in paths)
        if not going:
            return self
        # The left-out values did exist, so the mark that nothing else existed is dropped.
        roots = {f"{path.partition('.')[0]}.{EVERY}" for path in going}
        return replace(
            self,
            contact=_others(self.contact, "contact", going),
            vars=_others(self.vars, "vars", going),
            post=_others(self.post, "post", going),
            absent=self.absent - roots,
            left_out=self.left_out | going,
        )


def bounded_seen(
    parts: Sequence[SeenValues],
    size_of: Callable[[Any], int],
    most_bytes: int = MOST_SEEN_BYTES,
) -> list[SeenValues]:
    """The parts, without their largest values where all together would be too large.

    `size_of` says how many bytes plain data has as it is stored.
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
    # The names of what is left out take room as well.
    for paths in (going, set(sizes)):
        smaller = [part.without(paths) for part in parts]
        if _size(smaller, size_of) <= most_bytes:
            return smaller
    return [SeenValues(left_out=frozenset({EVERY}))]


def _size(parts: Sequence[SeenValues], size_of: Callable[[Any], int]) -> int:
    return size_of([part.as_data() for part in parts])


def _others(values: Mapping[str, Any], root: str, going: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f"{root}.{name}" not in going}
