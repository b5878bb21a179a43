"""A ready-made rule of the gallery; with a connection and filled-in fields it becomes a file."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.files.editing import put
from automator.model import record
from automator.rules.editing.expressions import cleaned

Kind = Literal["words", "text", "time", "choice", "line"]
#: Translates a text into the reader's language.
Say = Callable[[str], str]
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
LONGEST_TEXT = 2000


@record(kw_only=False)
class GalleryField:
    """A value that a ready-made rule asks for."""

    key: str
    label: str
    default: str
    kind: Kind = "text"
    #: Shown in the reader's language, but the same in every language here.
    choices: tuple[str, ...] = ()
    #: Whether it may be left empty.
    is_optional: bool = False


@record(kw_only=False)
class GalleryConnection:
    """A connection as ready-made rules see it: the events and abilities of its provider."""

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
    """A ready-made rule with the values that its reader has filled in."""

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
    def is_comment(self) -> bool:
        """Whether the rule answers comments, not messages."""
        return self.event == "comment.created"


@record(kw_only=False)
class GalleryRule:
    """A ready-made rule."""

    key: str
    title: str
    about: str
    #: Types of events; the rule listens to the first that the provider has.
    events: tuple[str, ...]
    #: The kinds of messages that the connection must be able to send.
    needs: frozenset[str]
    fields: tuple[GalleryField, ...]
    #: Makes the parts of the rule besides id and name; its trigger only if a schedule fires it.
    make: Callable[[Filled], dict[str, Any]]
    #: A text that would make it fire; "" if no text does.
    sample: str
    #: Whether its messages have tracked links.
    needs_public_url: bool = False
    #: Whether it listens to all of its events that the provider has.
    hears_all: bool = False
    #: Whether a schedule fires it for contacts, who have not just written.
    is_for_people: bool = False
    #: Whether a schedule fires it without people, and no event does.
    is_scheduled: bool = False

    def fits(self, around: GalleryConnection) -> bool:
        """Whether a connection has an event for it and can send what it needs."""
        return (
            any(event in around.events for event in self.events)
            and self.needs <= set(around.can_send)
            and (around.has_public_url or not self.needs_public_url)
        )

    def filled(self, around: GalleryConnection, given: Mapping[str, str], say: Say) -> Filled:
        """The rule with the given texts, and with its own texts for missing texts."""
        event = next(event for event in self.events if event in around.events)
        values = {one.key: _value(one, given.get(one.key), say) for one in self.fields}
        return Filled(around, event, values, say)

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
