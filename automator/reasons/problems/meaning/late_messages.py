"""Warnings about messages that come later than a platform allows them."""

from automator.model import N_
from automator.reasons.kind import problem_kind

REPLY_TOO_LATE = problem_kind(
    "meaning_reply_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no reply"
        " more than {most:span} after it"
    ),
    N_("send it earlier, or write with `message`."),
)
MESSAGE_TOO_LATE = problem_kind(
    "meaning_message_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " more than {most:span} after that"
    ),
    N_("send it earlier."),
)
TEXT_TOO_LATE = problem_kind(
    "meaning_text_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no message"
        " but an approved template more than {most:span} after that"
    ),
    N_("send it earlier, or send a template."),
)
MAY_BE_APPROVED_TOO_LATE = problem_kind(
    "meaning_may_be_approved_too_late",
    "outside-window",
    N_(
        "this may be sent {wait:duration} after the event, because it waits for somebody's"
        " approval, and {platform} allows nothing more than {most:span} after that"
    ),
    N_("give less time to approve, as with approve: {{within: 2h}}."),
)
MAY_BE_TOO_LATE = problem_kind(
    "meaning_may_be_too_late",
    "outside-window",
    N_(
        "this may be sent {wait:duration} after the event, because it waits until 'active' begins,"
        " and {platform} allows nothing more than {most:span} after that"
    ),
    N_("wait for less, act at more times, or skip late follow-ups, as with window: 2h."),
)
PRIVATE_REPLY_TOO_LATE = problem_kind(
    "meaning_private_reply_too_late",
    "outside-window",
    N_(
        "this is sent {wait:duration} after the event, and {platform} allows no private"
        " reply more than {most:span} after the comment"
    ),
    N_("send it earlier."),
)
MESSAGE_BEFORE_ANSWER = problem_kind(
    "meaning_message_before_answer",
    "before-answer",
    N_(
        "{platform} refuses this to people who have only commented: they get one private reply, and"
        " further messages only within {most:span} after their own last one"
    ),
    N_(
        "say it in `reply` or `private_reply`, or in a rule for message.received; if it is meant"
        " for people who have written, say so: if: contact.last_inbound_at != null."
    ),
)
