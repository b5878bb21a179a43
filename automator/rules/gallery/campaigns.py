"""Rules for campaigns: messages to many contacts at a set time, and giveaways."""

from typing import Any

from automator.model import N_
from automator.rules.editing.lines.times import DAYS, cron_at
from automator.rules.gallery.common_parts import (
    HAS_PERSON,
    PERSON,
    PRIVATE,
    QUIET,
    once,
    says,
    words_field,
)
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule


def _written_to_many(filled: Filled) -> dict[str, Any]:
    """A message to each contact with a tag, at the times of a schedule, once a week at most."""
    days = next(key for key, label in DAYS.items() if label == filled.text("days"))
    contacts = {"connection": filled.around.connection, "tag": filled.text("tag")}
    return {
        "trigger": {
            "schedule": {"cron": cron_at(days, filled.text("time"))},
            "contacts": {key: value for key, value in contacts.items() if value},
        },
        "limits": once("contact.id", "6d"),
        **QUIET,
        "actions": [{"message": filled.text("answer")}],
    }


WRITE_TO_MANY = GalleryRule(
    key="write_to_many",
    title=N_("Write to your regulars at a set time"),
    about=N_(
        "Everybody with the tag gets the message, once in six days at most. People whom the "
        "platform no longer lets you write to are left out, such as those who last wrote to "
        "a Facebook Page more than a day ago; the page of the rule counts them beforehand."
    ),
    events=("message.received",),
    needs=frozenset({"message"}),
    fields=(
        GalleryField(
            "tag",
            N_("Only people with this tag (empty means all)"),
            N_("regular"),
            "line",
            is_optional=True,
        ),
        GalleryField("days", N_("On which days"), DAYS["* * sat"], "choice", tuple(DAYS.values())),
        GalleryField("time", N_("At what time"), "10:00", "time"),
        GalleryField(
            "answer",
            N_("What to write"),
            N_("Hello {{ contact.name | default('there') }}, this weekend delivery is free."),
        ),
    ),
    make=_written_to_many,
    sample="",
    is_for_people=True,
)


def _giveaway(filled: Filled) -> dict[str, Any]:
    """A private message, once for each person and post."""
    actions: list[Any] = [{"moderate": "like"}] if filled.can("like") else []
    actions += [
        {"private_reply": filled.text("private")},
        {"remember": {"tags": {"add": [filled.say(N_("giveaway"))]}}, "if": HAS_PERSON},
    ]
    return {
        "conditions": says(filled),
        "limits": once(f"[{PERSON}, event.post.id]"),
        "actions": actions,
    }


GIVEAWAY = GalleryRule(
    key="giveaway",
    title=N_("Giveaway: answer every entry"),
    about=N_(
        "People who comment with the word of the giveaway get a private message, once a post."
    ),
    events=("comment.created",),
    needs=frozenset({"private_reply"}),
    fields=(
        words_field(N_("join, count me in, giveaway")),
        GalleryField(
            "private", PRIVATE, N_("You are in! We draw the winner on Sunday. Good luck!")
        ),
    ),
    make=_giveaway,
    sample=N_("Count me in!"),
)
