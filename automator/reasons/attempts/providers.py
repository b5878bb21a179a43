"""Successes through the API of a provider."""

from automator.model import N_
from automator.reasons.kind import reason_kind

MESSAGE_SENT = reason_kind("message_sent", N_("sent a message to {to}"))
TEMPLATE_SENT = reason_kind("template_sent", N_("sent the template {template} to {to}"))
PRIVATE_REPLY_SENT = reason_kind(
    "private_reply_sent", N_("sent a private reply to comment {comment}")
)
PRIVATE_REPLY_WAS_SENT = reason_kind(
    "private_reply_was_sent", N_("comment {comment} already had its private reply")
)
COMMENT_ANSWERED = reason_kind("comment_answered", N_("replied to comment {comment}"))
COMMENT_LIKED = reason_kind("comment_liked", N_("liked comment {comment}"))
COMMENT_HIDDEN = reason_kind("comment_hidden", N_("hid comment {comment}"))
COMMENT_SHOWN = reason_kind("comment_shown", N_("showed again comment {comment}"))
COMMENT_DELETED = reason_kind("comment_deleted", N_("deleted comment {comment}"))
COMMENT_WAS_GONE = reason_kind("comment_was_gone", N_("comment {comment} was gone already"))
PERSON_BANNED = reason_kind("person_banned", N_("banned {person} from the Page"))
PERSON_UNBANNED = reason_kind("person_unbanned", N_("let {person} write on the Page again"))
COMMENTED_ON = reason_kind("commented_on", N_("commented on {place}"))
POSTED_TO = reason_kind("posted_to", N_("posted to {place}"))
POSTED_TO_WEBHOOK = reason_kind("posted_to_webhook", N_("posted to the webhook"))
PERSON_ANSWERED = reason_kind("person_answered", N_("answered {person}"))
PERSON_WAS_ANSWERED = reason_kind("person_was_answered", N_("{person} had been answered so before"))
REPLIED_TO = reason_kind("replied_to", N_("replied to {to}"))
PUSHED_TO = reason_kind("pushed_to", N_("pushed to {to}"))
ACCEPTED_BEFORE = reason_kind("accepted_before", N_("{platform} had accepted this before for {to}"))
