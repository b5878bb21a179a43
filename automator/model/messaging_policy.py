"""Messaging policies of platforms: until when a message may be sent, and whether it may be now."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from automator.model.record import record
from automator.model.text import TextUnit

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@record
class ButtonLimits:
    """The limits of a platform for the buttons of one message; None if there is no such limit."""

    most: int
    #: Characters of a title, and of the payload that comes back after a tap.
    title: int
    payload: int
    payload_unit: TextUnit = "characters"
    #: Characters of the text above buttons, and of the text of a card, which has a picture.
    text: int | None = None
    card_text: int | None = None
    #: Whether a button that opens an address must be the only button of its message.
    link_stands_alone: bool = False


@record
class TemplateKeys:
    """The keys that a platform accepts in an approved template, the required keys, and their
    possible values.
    """

    takes: frozenset[str]
    needs: frozenset[str]
    kinds: Mapping[str, tuple[type, ...]] = field(default_factory=dict)


@record
class MessagingPolicy:
    """The limits of a platform for messages. Spans are in milliseconds; None if there
    is no limit.
    """

    #: Its name for people.
    platform: str
    #: How long after the person's last message a message may be sent to them.
    message_ms: int | None = None
    #: How long after it a colleague may write by hand, if the platform allows more time for that.
    by_hand_ms: int | None = None
    #: How long after an event it may be answered in the place that it came from.
    reply_ms: int | None = None
    #: How long after a comment its author may be answered privately.
    private_reply_ms: int | None = None
    #: Whether a message that the platform has approved in advance may be sent at any time.
    templates_anytime: bool = False
    #: The key of an approved template, if other templates are only forms of a message.
    approved_has: str = ""
    #: The key of a template that is only a form of a message, if approved ones have no key.
    form_has: str = ""
    #: The keys of an approved template; None if unknown.
    template_keys: TemplateKeys | None = None
    #: Whether a comment gets only one private reply, ever.
    one_private_reply: bool = False
    #: The number of quick replies, and the maximum lengths of a message and of a comment.
    quick_replies: int | None = None
    #: How many characters of a quick reply are shown; the rest is cut off.
    quick_reply_title: int | None = None
    #: How many other parts of each kind a public reply to a comment may have.
    comment_parts: Mapping[str, int] | None = None
    #: Whether an answer to a comment can mention the comment's author.
    mentions: bool = False
    #: The unit in which the length of a text is counted.
    unit: TextUnit = "characters"
    message_length: int | None = None
    comment_length: int | None = None
    #: None if its messages have no buttons.
    buttons: ButtonLimits | None = None

    def longest(self, *, in_public: bool) -> int | None:
        """Returns the maximum length of a text, in public of a comment."""
        return self.comment_length if in_public else self.message_length

    def is_approved(self, template: Mapping[str, Any] | None) -> bool:
        """Whether a message is a template that may be sent at any time."""
        if template is None or not self.templates_anytime:
            return False
        if self.form_has and self.form_has in template:
            return False
        return not self.approved_has or self.approved_has in template

    def limits_message(self, wait_ms: int, *, template: Mapping[str, Any] | None) -> bool:
        """Whether a message is too late, this long after the person's last message."""
        if self.message_ms is None or wait_ms <= self.message_ms:
            return False
        return not self.is_approved(template)

    def limits_reply(self, wait_ms: int) -> bool:
        """Whether a reply is too late, this long after the event."""
        return self.reply_ms is not None and wait_ms > self.reply_ms

    def limits_private_reply(self, wait_ms: int) -> bool:
        """Whether a private reply is too late, this long after the comment."""
        return self.private_reply_ms is not None and wait_ms > self.private_reply_ms
