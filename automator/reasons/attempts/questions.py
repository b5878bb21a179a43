"""Reasons of questions that steps ask, and of their answers."""

from automator.model import N_
from automator.reasons.kind import reason_kind

AWAITS_ANSWER = reason_kind("awaits_answer", N_("{step} waits for an answer"))
BELONGS_TO_QUESTION = reason_kind(
    "belongs_to_question",
    N_("the message answers the question {step} of the rule {rule}, run {run:id}"),
    N_("No other rule gets the answer to an open question, unless it lets people opt out."),
)
ANSWERS_QUESTION = reason_kind(
    "answers_question", N_("answers the question {step}, run {run:id}: {value}")
)
NOT_AN_ANSWER = reason_kind(
    "not_an_answer", N_("no good answer to the question {step}, run {run:id}: {because}")
)
GOOD_ANSWER = reason_kind("answered_question", N_("answered: {value}"))
ANSWERED_BEFORE = reason_kind(
    "answered_before", N_("it was answered before its own answer came: run {run:id}")
)
ANSWERED_SINCE = reason_kind("answered_since", N_("a good answer has come since"))
QUESTION_CLOSED = reason_kind("question_closed", N_("the question is no longer open"))
QUESTION_REFUSED = reason_kind(
    "question_refused", N_("{step}: no good answer in {tries} tries: {because}")
)
QUESTION_EXPIRED = reason_kind("question_expired", N_("{step}: no answer within {within:duration}"))
ASKED_SOMETHING_ELSE = reason_kind(
    "asked_something_else", N_("{rule} has asked the person something else, run {run:id}")
)
NOT_ASKED = reason_kind("not_asked", N_("the question {step} could not be asked"))

# --- Why an answer is not good ---

ANSWER_WITHOUT_TEXT = reason_kind("answer_without_text", N_("it has no text"))
ANSWER_WITHOUT_NUMBER = reason_kind(
    "answer_without_number", N_("'{text}' has no number, or several")
)
ANSWER_WITHOUT_PHONE = reason_kind("answer_without_phone", N_("'{text}' has no telephone number"))
ANSWER_WITHOUT_EMAIL = reason_kind("answer_without_email", N_("'{text}' has no e-mail address"))
ANSWER_WITHOUT_CHOICE = reason_kind(
    "answer_without_choice", N_("'{text}' names none of {choices:list}, or several")
)
ANSWER_WITHOUT_PATTERN = reason_kind(
    "answer_without_pattern", N_("'{text}' does not match {pattern}")
)
