"""Rules about opening hours: when the shop is open, and an answer while it is closed."""

from typing import Any

from automator.model import N_
from automator.rules.gallery.common_parts import ANSWER, PERSON, QUIET, once, says, words_field
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule


def _opening_hours(filled: Filled) -> dict[str, Any]:
    """An answer, once an hour to each person."""
    return {
        "conditions": says(filled),
        "limits": once(f"[{PERSON}, event.connection]", "1h"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


OPENING_HOURS = GalleryRule(
    key="opening_hours",
    title=N_("Say when you are open"),
    about=N_("Questions about opening hours and the address are answered at once."),
    events=("message.received", "comment.created"),
    needs=frozenset({"reply"}),
    fields=(
        words_field(N_("open, opening hours, address, where are you")),
        GalleryField(
            "answer", ANSWER, N_("We are at 12 Nguyen Trai, open 8 am to 9 pm every day.")
        ),
    ),
    make=_opening_hours,
    sample=N_("When are you open today?"),
)


def _out_of_hours(filled: Filled) -> dict[str, Any]:
    """An answer at times at which the shop is closed."""
    first, last = filled.text("opens"), filled.text("closes")
    open_now = f"between(now, '{first}', '{last}', '{filled.around.zone}')"
    return {
        "conditions": [{"not": [open_now]}],
        "limits": once(PERSON, "8h"),
        **QUIET,
        "actions": [{"reply": filled.text("answer")}],
    }


OUT_OF_HOURS = GalleryRule(
    key="out_of_hours",
    title=N_("Answer outside of opening hours"),
    about=N_("At night people learn when you will answer."),
    events=("message.received",),
    needs=frozenset({"reply"}),
    fields=(
        GalleryField("opens", N_("You open at"), "08:00", "time"),
        GalleryField("closes", N_("You close at"), "21:00", "time"),
        GalleryField("answer", ANSWER, N_("We are closed now and will answer tomorrow from 8 am.")),
    ),
    make=_out_of_hours,
    sample=N_("Is anybody there?"),
)
