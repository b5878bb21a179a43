"""Warnings about steps that the connection of the rule cannot carry out."""

from automator.model import N_
from automator.reasons.kind import problem_kind

NOT_POSSIBLE = problem_kind(
    "meaning_not_possible",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("use another action, or let events of another connection trigger the rule."),
)
MESSAGE_NOT_POSSIBLE = problem_kind(
    "meaning_message_not_possible",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("name the connection that is to send it, as in via: {other}, and the receiver in to:."),
)
NOT_POSSIBLE_FOR_SOME = problem_kind(
    "meaning_not_possible_for_some",
    "not-possible",
    N_("{providers:all} cannot do this: there is no '{kind}' for its events"),
    N_("give the step an 'if' that asks for connection.provider, or make two rules."),
)
CANNOT_WRITE_THROUGH = problem_kind(
    "meaning_cannot_write_through",
    "not-possible",
    N_("nobody can be written to through {connection}: {provider} has no '{kind}'"),
    N_("name another connection. Those that can: {known:list}."),
)
ONE_OF_ACCOUNTS = problem_kind(
    "meaning_one_of_accounts",
    "not-possible",
    N_("{connection} has several accounts, and none of them is named"),
    N_("name one of them: {known:list}."),
)
NO_COMMENT_HERE = problem_kind(
    "meaning_no_comment_here",
    "not-possible",
    N_("'{action}' needs a comment, and no sample of {events:all} has one"),
    N_("use message or reply, or let comment.created trigger the rule."),
)
