"""The limits of a platform for messages: their form, and how late they may be sent."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from automator.model.record import record
from automator.model.text_helpers import TextUnit

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@record
class ButtonLimits:
    """A platform's limits for the buttons of one message. A field is None if there is no limit."""

    most: int
    #: How many characters a title may have; below, a payload that comes back after a tap.
    title: int
    payload: int
    payload_unit: TextUnit = "characters"
    #: How many characters the text above buttons may have; below, the text of a card.
    text: int | None = None
    card_text: int | None = None
    #: Whether a button that opens an address must be the only button of its message.
    link_stands_alone: bool = False


@record
class TemplateKeys:
    """The keys of an approved template: accepted keys, required keys, and their possible values."""

    takes: frozenset[str]
    needs: frozenset[str]
    kinds: Mapping[str, tuple[type, ...]] = field(default_factory=dict)


@record(kw_only=False)
class Asking:
    """A message that a platform shows as a question of its own: what it does, in English words, its
    limits, and an example of its template.
    """

    words: str
    limits: str
    template: Mapping[str, Any]


@record
class MessagingPolicy:
    """A platform's limits for messages. Spans are in milliseconds; None if there is no limit."""

    #: The platform's name for people.
    platform: str
    #: How long after the person's last message a message may be sent to them.
    message_ms: int | None = None
    #: The same for a colleague's handwritten message, if the platform allows more time for it.
    by_hand_ms: int | None = None
    #: How long after an event it may be answered where it happened.
    reply_ms: int | None = None
    #: How long after a comment its author may get a private reply.
    private_reply_ms: int | None = None
    #: Whether approved templates may be sent at any time.
    templates_anytime: bool = False
    #: The key that only approved templates have; "" if there is no such key.
    approved_has: str = ""
    #: The key that only other templates have, which are mere forms of a message; "" if none.
    form_has: str = ""
    #: The questions that the platform shows itself, by their `template_type`.
    asking: Mapping[str, Asking] = field(default_factory=dict)
    #: The keys of an approved template; None if they are not known.
    template_keys: TemplateKeys | None = None
    #: Whether a comment gets only one private reply, ever.
    one_private_reply: bool = False
    #: How many quick replies a message may have; below, the lengths of a message and a comment.
    quick_replies: int | None = None
    #: How many characters of a quick reply are shown; the rest is cut off.
    quick_reply_title: int | None = None
    #: How many parts of each kind a public reply may have besides its text.
    comment_parts: Mapping[str, int] | None = None
    #: Whether an answer to a comment can mention the comment's author.
    mentions: bool = False
    #: Whether people see `**bold**` and `[text](address)` as formats.
    markdown: bool = False
    #: The unit in which the length of a text is counted.
    unit: TextUnit = "characters"
    message_length: int | None = None
    comment_length: int | None = None
    #: The limits for buttons; None if messages cannot have buttons.
    buttons: ButtonLimits | None = None

    def longest(self, *, in_public: bool) -> int | None:
        """Returns the maximum length of a text: of a comment if `in_public`, else of a message."""
        return self.comment_length if in_public else self.message_length

    def is_approved(self, template: Mapping[str, Any] | None) -> bool:
        """Whether a message uses a template that may be sent at any time."""
        if template is None or not self.templates_anytime:
            return False
        if self.form_has and self.form_has in template:
            return False
        return not self.approved_has or self.approved_has in template

    def limits_message(self, wait_ms: int, *, template: Mapping[str, Any] | None) -> bool:
        """Whether a message is too late, `wait_ms` after the person's last message."""
        if self.message_ms is None or wait_ms <= self.message_ms:
            return False
        return not self.is_approved(template)

    def limits_reply(self, wait_ms: int) -> bool:
        """Whether a reply is too late, `wait_ms` after the event."""
        return self.reply_ms is not None and wait_ms > self.reply_ms

    def limits_private_reply(self, wait_ms: int) -> bool:
        """Whether a private reply is too late, `wait_ms` after the comment."""
        return self.private_reply_ms is not None and wait_ms > self.private_reply_ms
