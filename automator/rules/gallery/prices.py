"""Rules for people who ask for the price: the answer, a link, and a second message later."""

from typing import Any

from automator.model import N_
from automator.rules.editing.lines.waits import DAYTIME
from automator.rules.gallery.common_parts import (
    ANSWER,
    PERSON,
    PRIVATE,
    QUIET,
    once,
    says,
    words_field,
)
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule

_PRICE_WORDS = N_("price, how much, cost")


def _price(filled: Filled) -> dict[str, Any]:
    """An answer, under a comment also a private one."""
    actions: list[Any] = [{"reply": filled.text("answer")}]
    if filled.is_comment and filled.can("private_reply"):
        actions.append({"private_reply": filled.text("private")})
    return {"conditions": says(filled), **QUIET, "actions": actions}


PRICE = GalleryRule(
    key="price",
    title=N_("Answer price questions"),
    about=N_("People who ask for the price are answered at once; under a comment also in private."),
    events=("comment.created", "message.received"),
    needs=frozenset({"reply"}),
    fields=(
        words_field(_PRICE_WORDS),
        GalleryField(
            "answer",
            ANSWER,
            N_("Hello {{ event.actor.name | default('there') }}, we have sent you the price."),
        ),
        GalleryField(
            "private", PRIVATE, N_("Hello! This one costs 250,000. Which size do you need?")
        ),
    ),
    make=_price,
    sample=N_("What is the price please?"),
)


def _asked_again(filled: Filled) -> dict[str, Any]:
    """A message later, in the daytime, unless the person has written meanwhile."""
    follow_up = {
        "after": filled.text("after"),
        "active": {"times": DAYTIME},
        "cancel_on": {"event": "message.received"},
        "actions": [{"message": filled.text("answer")}],
    }
    return {
        "conditions": says(filled),
        "limits": once(PERSON, "3d"),
        **QUIET,
        "actions": [{"follow_up": follow_up}],
    }


ASK_AGAIN = GalleryRule(
    key="ask_again",
    title=N_("Ask a quiet customer again"),
    about=N_(
        "People who ask for the price and then fall silent are asked once more, never between"
        " 9 pm and 8 am."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    fields=(
        words_field(_PRICE_WORDS),
        GalleryField("after", N_("After how long"), "12h", "choice", ("1h", "3h", "6h", "12h")),
        GalleryField("answer", N_("What to write"), N_("Are you still interested?")),
    ),
    make=_asked_again,
    sample=N_("How much is the blue one?"),
)


def _price_link(filled: Filled) -> dict[str, Any]:
    """A message with a tracked link, and a reminder in the daytime for people who have not opened
    it.
    """
    follow_up = {
        "after": filled.text("after"),
        "active": {"times": DAYTIME},
        "cancel_on": {"event": ["link.clicked", "message.received"]},
        "actions": [{"message": filled.text("again")}],
    }
    return {
        "conditions": says(filled),
        "limits": once(PERSON, "3d"),
        **QUIET,
        "actions": [{"message": filled.text("answer")}, {"follow_up": follow_up}],
    }


PRICE_LINK = GalleryRule(
    key="price_link",
    title=N_("Send a link, and ask whoever has not opened it"),
    about=N_(
        "People who ask for the price get a link; those who have not opened it are asked once."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    needs_public_url=True,
    fields=(
        words_field(_PRICE_WORDS),
        GalleryField(
            "answer",
            ANSWER,
            N_("Our prices are here: {{ 'https://shop.example/prices' | tracked }}"),
        ),
        GalleryField("after", N_("After how long"), "12h", "choice", ("1h", "3h", "6h", "12h")),
        GalleryField("again", N_("What to write"), N_("Have you had a look at our prices yet?")),
    ),
    make=_price_link,
    sample=N_("How much is the blue one?"),
)
