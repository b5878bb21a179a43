"""The classes of the gallery: a ready-made rule, its fields, and the connection that it is for."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Literal

from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.files.editing import put
from automator.model import N_, record
from automator.rules.editing.expressions import cleaned

Kind = Literal["words", "text", "time", "choice", "line"]
#: Translates a text into the reader's language.
Say = Callable[[str], str]
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
LONGEST_TEXT = 2000
#: What ready-made rules are for, by key, in the order of the gallery.
GOALS = {
    "answer": N_("Answer questions"),
    "sell": N_("Turn questions into orders"),
    "care": N_("Look after people"),
    "tidy": N_("Keep posts tidy"),
    "team": N_("Work together"),
}


@record(kw_only=False)
class GalleryField:
    """A field that a person fills in for a ready-made rule."""

    key: str
    label: str
    default: str
    kind: Kind = "text"
    #: The possible values, not translated; pages show them in the reader's language.
    choices: tuple[str, ...] = ()
    #: Whether it may be left empty.
    is_optional: bool = False
    #: The default where no private message follows an answer under a comment; "" if it is the same.
    alone: str = ""
    #: Whether it is a private message after an answer under a comment.
    is_private: bool = False


@record(kw_only=False)
class GalleryConnection:
    """A connection as ready-made rules see it: its events, and the messages that it can send."""

    connection: str
    #: The types of events that its provider has.
    events: Collection[str]
    #: The kinds of messages that it can send.
    can_send: Collection[str]
    zone: str = DEFAULT_ZONE
    #: Whether messages through it can have tracked links.
    has_public_url: bool = False
    #: The names under `notify` that can get notices.
    receivers: tuple[str, ...] = ()


@record(kw_only=False)
class Filled:
    """A ready-made rule with the values that a person has filled in."""

    around: GalleryConnection
    #: The type of event that the rule listens to.
    event: str
    given: Mapping[str, str]
    say: Say

    def words(self, key: str) -> tuple[str, ...]:
        """The words of a field, separated by commas or line ends."""
        return cleaned(re.split(r"[,\n;]", self.given[key]))

    def text(self, key: str) -> str:
        """The text of a field."""
        return self.given[key].replace("\r\n", "\n").strip()

    def can(self, kind: str) -> bool:
        """Whether the connection can send this kind of message."""
        return kind in self.around.can_send

    @property
    def has_private(self) -> bool:
        """Whether the rule answers comments, and its connection can also write in private."""
        return has_private(self.around, self.event)


def has_private(around: GalleryConnection, event: str) -> bool:
    """Whether an event is a comment to which the connection can answer in private too."""
    return event == "comment.created" and "private_reply" in around.can_send


def _makes_nothing(_filled: Filled) -> dict[str, Any]:
    return {}


@record
class GalleryRule:
    """A ready-made rule, declared as the decorator of the function that makes it."""

    #: The name of that function.
    key: str = ""
    #: The key of what it is for, of `GOALS`.
    goal: str
    #: The name of its icon in the template of icons.
    icon: str
    title: str
    about: str
    #: Types of events: the rule listens to the first of them that the provider has.
    events: tuple[str, ...]
    #: The kinds of messages that the connection must be able to send.
    needs: frozenset[str] = frozenset()
    fields: tuple[GalleryField, ...] = ()
    #: Makes the parts of the rule except its id and name; the trigger only of a scheduled rule.
    make: Callable[[Filled], dict[str, Any]] = _makes_nothing
    #: A text on which it would match; "" if no text makes it match.
    sample: str = ""
    #: Whether its messages have tracked links.
    needs_public_url: bool = False
    #: Whether it listens to all of `events` that the provider has, not just to the first.
    hears_all: bool = False
    #: Whether a schedule fires it for contacts.
    is_for_people: bool = False
    #: Whether a schedule fires it, and not for contacts.
    is_scheduled: bool = False

    def made_by(self, make: Callable[[Filled], dict[str, Any]]) -> "GalleryRule":
        """The rule with the function that makes it, as a decorator of that function."""
        return replace(self, key=make.__name__, make=make)

    def fits(self, around: GalleryConnection) -> bool:
        """Whether a connection has one of its events, and can send the messages that it needs."""
        return (
            any(event in around.events for event in self.events)
            and self.needs <= set(around.can_send)
            and (around.has_public_url or not self.needs_public_url)
        )

    def fields_for(self, around: GalleryConnection) -> tuple[GalleryField, ...]:
        """The fields for a connection; one text says all where no private message follows."""
        if has_private(around, self._event(around)):
            return self.fields
        return tuple(
            replace(one, default=one.alone or one.default)
            for one in self.fields
            if not one.is_private
        )

    def filled(self, around: GalleryConnection, given: Mapping[str, str], say: Say) -> Filled:
        """The rule with the given values; defaults replace missing values."""
        values = {one.key: _value(one, given.get(one.key), say) for one in self.fields_for(around)}
        return Filled(around, self._event(around), values, say)

    def _event(self, around: GalleryConnection) -> str:
        return next(event for event in self.events if event in around.events)

    def rule(self, filled: Filled, rule_id: str) -> dict[str, Any]:
        """The rule in the form of a rule file."""
        events = [event for event in self.events if event in filled.around.events]
        trigger: dict[str, Any] = {
            "event": events if self.hears_all and len(events) > 1 else filled.event,
            "connection": filled.around.connection,
        }
        return {
            "id": rule_id,
            "name": filled.say(self.title),
            "trigger": trigger,
            **self.make(filled),
        }

    def file(self, filled: Filled, rule_id: str) -> str:
        """The text of a rule file with only this rule."""
        return put(f"# {filled.say(self.about)}\n", ("rules",), [self.rule(filled, rule_id)])


def _value(gallery_field: GalleryField, given: str | None, say: Say) -> str:
    is_said = gallery_field.default and gallery_field.kind != "choice"
    default = say(gallery_field.default) if is_said else gallery_field.default
    value = default if given is None else given.strip()[:LONGEST_TEXT]
    is_known = gallery_field.kind != "choice" or value in gallery_field.choices
    is_time = gallery_field.kind != "time" or _TIME.fullmatch(value)
    if not is_known or not is_time or (not value and not gallery_field.is_optional):
        return default
    return value
