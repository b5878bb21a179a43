"""Warnings about messages with more, or with less, than a platform takes."""

from automator.model import N_
from automator.reasons.kind import problem_kind

TEMPLATE_WITHOUT_KEY = problem_kind(
    "sending_template_without_key",
    "unknown-key",
    N_("a template of {platform} has no '{key}'"),
    N_("{suggestion}"),
)
TEMPLATE_LACKS_KEY = problem_kind(
    "sending_template_lacks_key",
    "missing-key",
    N_("a template of {platform} needs '{key}'"),
    N_("write {key}: with its value."),
)
MENTIONS_NOT_SHOWN = problem_kind(
    "mentions_not_shown",
    "not-possible",
    N_("an answer on {platform} cannot name the person here"),
    N_("take it out, and write their name in the text: {{{{ event.actor.name }}}}."),
)
QUICK_REPLIES_OVER_LIMIT = problem_kind(
    "sending_quick_replies_over_limit",
    "too-much",
    N_("these are {count} quick replies, and {platform} takes at most {most}"),
    N_("leave some out."),
)
QUICK_REPLY_CUT = problem_kind(
    "sending_quick_reply_cut",
    "too-much",
    N_("{platform} shows {most} letters of a quick reply: people see '{shown}'"),
    N_("shorten it."),
)
PUBLIC_REPLY_OVER_LIMIT = problem_kind(
    "sending_public_reply_over_limit",
    "too-much",
    N_("this reply to a comment cannot be sent: {problem}"),
    N_("leave them out, or write to the person with `private_reply`."),
)
PRIVATE_REPLY_OVER_LIMIT = problem_kind(
    "sending_private_reply_over_limit",
    "too-much",
    N_("{platform} takes one message for each comment: a text or one attachment"),
    N_("keep one of them, or add buttons, which make a card of a text and one picture."),
)
SECOND_PRIVATE_REPLY = problem_kind(
    "meaning_second_private_reply",
    "second-private-reply",
    N_("{platform} allows one private reply for each comment, and this is the second"),
    N_("send the rest with `message` when the person has answered."),
)
BUTTONS_OVER_LIMIT = problem_kind(
    "sending_buttons_over_limit",
    "too-much",
    N_("these buttons cannot be sent: {problem}"),
    N_("shorten them or leave some out, or narrow the trigger to connections that take them."),
)
TEXT_OVER_BYTES = problem_kind(
    "sending_text_over_bytes",
    "too-much",
    N_(
        "the text has at least {length:number} bytes, as a letter with accents has two or three,"
        " and {platform} takes {most:number}"
    ),
    N_("shorten it, or send the rest with a second step."),
)
TEXT_OVER_LIMIT = problem_kind(
    "sending_text_over_limit",
    "too-much",
    N_("the text has at least {length:number} characters, and {platform} takes {most:number}"),
    N_("shorten it, or send the rest with a second step."),
)
