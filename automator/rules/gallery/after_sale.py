"""Rules for buyers after the sale: questions about orders, complaints and praise."""

from typing import Any

from automator.model import N_
from automator.rules.gallery.common_parts import (
    ANSWER,
    HAS_PERSON,
    PERSON,
    PRIVATE,
    QUIET,
    notices,
    once,
    says,
    words_field,
)
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule


def _order_status(filled: Filled) -> dict[str, Any]:
    """An answer, and a line in the log."""
    note = filled.say(N_("Order asked about: {{ event.text | truncate(200) }}"))
    return {
        "conditions": says(filled),
        "limits": once(PERSON, "10m"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}, {"log": note}],
    }


ORDER_STATUS = GalleryRule(
    key="order_status",
    title=N_("Answer questions about orders"),
    about=N_(
        "People who ask where their order is hear that you will look it up; the log records it."
    ),
    events=("message.received", "comment.created"),
    needs=frozenset({"reply"}),
    fields=(
        words_field(N_("my order, order status, shipping, delivered, tracking")),
        GalleryField(
            "answer",
            ANSWER,
            N_("Please send us your order number; we look it up and answer within an hour."),
        ),
    ),
    make=_order_status,
    sample=N_("Where is my order?"),
)


def _complaint(filled: Filled) -> dict[str, Any]:
    """An apology, a tag, a warning, and a notice to who looks after it; later rules keep quiet."""
    actions: list[Any] = [{"reply": filled.text("answer")}]
    if filled.is_comment and filled.can("private_reply"):
        actions.append({"private_reply": filled.text("private")})
    note = filled.say(N_("Complaint: {{ event.text | truncate(200) }}"))
    actions += [
        {"remember": {"tags": {"add": [filled.say(N_("complaint"))]}}, "if": HAS_PERSON},
        {"log": {"text": note, "level": "warning"}},
        *notices(filled, "{{ event.text | truncate(500) }}", title=filled.say(N_("Complaint"))),
    ]
    return {"priority": 10, "stop": True, "conditions": says(filled), "actions": actions}


COMPLAINT = GalleryRule(
    key="complaint",
    title=N_("Take care of complaints"),
    about=N_(
        "A complaint gets an apology and a warning in the log. The receivers named under"
        " Connections, “Who is told”, are told, and no other rule answers it."
    ),
    events=("comment.created", "message.received"),
    needs=frozenset({"reply"}),
    fields=(
        words_field(N_("scam, terrible, broken, refund, disappointed, never arrived")),
        GalleryField(
            "answer", ANSWER, N_("We are very sorry. One of us will write to you right away.")
        ),
        GalleryField(
            "private",
            PRIVATE,
            N_("We are sorry. Please send us your phone number and order number."),
        ),
    ),
    make=_complaint,
    sample=N_("This is a scam, my order never arrived"),
)


def _thanks(filled: Filled) -> dict[str, Any]:
    """Likes and thanks for a comment, and notes every review."""
    under_comment = "event.comment != null"
    actions: list[Any] = []
    if filled.can("like"):
        actions.append({"moderate": "like", "if": under_comment})
    note = filled.say(N_("Praise: {{ event.text | default('') | truncate(200) }}"))
    actions += [{"reply": filled.text("answer"), "if": under_comment}, {"log": note}]
    praise = says(filled)
    if "review.created" in filled.around.events:
        praise = [{"any": ["event.type == 'review.created'", *praise]}]
    return {"conditions": praise, "actions": actions}


THANK_REVIEWS = GalleryRule(
    key="thank_reviews",
    title=N_("Thank for reviews and praise"),
    about=N_("Praise under a post gets thanks; the log shows reviews."),
    events=("comment.created", "review.created"),
    needs=frozenset({"reply"}),
    fields=(
        words_field(N_("love it, beautiful, great service, highly recommend")),
        GalleryField("answer", ANSWER, N_("Thank you so much, that makes our day!")),
    ),
    make=_thanks,
    sample=N_("Great service, I love it"),
    hears_all=True,
)
