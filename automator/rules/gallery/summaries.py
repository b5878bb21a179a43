"""A rule that tells the shop itself how its week was."""

from typing import Any

from automator.model import N_
from automator.rules.editing.lines.times import DAYS, cron_at
from automator.rules.gallery.common_parts import notices
from automator.rules.gallery.gallery_rule import Filled, GalleryField, GalleryRule

_TEXT = N_(
    "{{ event.data.summary.inquiries }} people wrote, {{ event.data.summary.answered }} were"
    " answered ({{ event.data.summary.answered_by_rules }} by rules,"
    " {{ event.data.summary.answered_by_hand }} by hand), {{ event.data.summary.unanswered }} were"
    " not. {{ event.data.summary.missed_buyers }} who wanted to buy were left waiting."
)
_RULES = (
    "{% for rule in event.data.summary.rules %}\n- {{ rule.name }}: {{ rule.done }} ✓"
    "{% if rule.failed %}, {{ rule.failed }} ✗{% endif %}{% endfor %}"
)


def _summary(filled: Filled) -> dict[str, Any]:
    """A notice with the figures of the last days, or a line in the log."""
    days = next(key for key, label in DAYS.items() if label == filled.text("days"))
    schedule = {"cron": cron_at(days, filled.text("time")), "summary": "7d"}
    text = f"{filled.say(_TEXT)}{_RULES}"
    told = notices(filled, text, filled.say(N_("The last seven days")))
    return {"trigger": {"schedule": schedule}, "actions": told or [{"log": text}]}


SUMMARY = GalleryRule(
    key="summary",
    title=N_("Tell me each week how it went"),
    about=N_(
        "The first receiver named under “Who is told” hears how many people wrote in the last seven"
        " days, who was answered, and what each rule did. Without a receiver the log has it."
    ),
    events=("message.received",),
    needs=frozenset(),
    fields=(
        GalleryField("days", N_("On which days"), DAYS["* * mon"], "choice", tuple(DAYS.values())),
        GalleryField("time", N_("At what time"), "08:00", "time"),
    ),
    make=_summary,
    sample="",
    is_scheduled=True,
)
