"""Rules for any conversation: its first message, what nothing answers, and its end."""

from typing import Any

from automator.model import N_
from automator.rules.editing.expressions import Words
from automator.rules.gallery.common_parts import ANSWER, PERSON, QUIET, once, words_field
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule


def _welcome(filled: Filled) -> dict[str, Any]:
    """An answer to the first message of each person."""
    return {"limits": once(PERSON), **QUIET, "actions": [{"reply": filled.text("answer")}]}


WELCOME = GalleryRule(
    key="welcome",
    title=N_("Welcome new people"),
    about=N_("Everybody who writes for the first time is greeted, once."),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField("answer", ANSWER, N_("Hello, thank you for writing. How can we help you?")),
    ),
    make=_welcome,
    sample=N_("Hello"),
)


def _not_understood(filled: Filled) -> dict[str, Any]:
    """An answer where no other rule has one, once a day to each person."""
    return {
        "fallback": True,
        "limits": once(PERSON, "1d"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


NOT_UNDERSTOOD = GalleryRule(
    key="not_understood",
    title=N_("Answer messages that no other rule answers"),
    about=N_(
        "If none of your rules answers a message, the person learns that somebody will answer."
    ),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField(
            "answer", ANSWER, N_("Thank you for writing! One of us will answer you soon.")
        ),
    ),
    make=_not_understood,
    sample=N_("Do you repair shoes too?"),
)


def _no_more(filled: Filled) -> dict[str, Any]:
    """The last answer to a person, who is then left alone."""
    words = Words(filled.words("words"), mode="exact")
    return {
        "priority": 10,
        "stop": True,
        "conditions": [str(words)],
        "actions": [
            {"reply": filled.text("answer")},
            {"remember": {"opted_out": True}},
            {"cancel_follow_ups": {}},
        ],
    }


NO_MORE_MESSAGES = GalleryRule(
    key="no_more_messages",
    title=N_("Stop writing to people who ask for it"),
    about=N_("One word is enough, and this person gets no private messages any more."),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(
        words_field(N_("stop, unsubscribe")),
        GalleryField("answer", ANSWER, N_("You will get no more messages from us.")),
    ),
    make=_no_more,
    sample=N_("Stop"),
)
